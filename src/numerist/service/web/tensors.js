// The network's numbers: from base64 text in the page to arrays.

/**
 * The number that 16 bits stand for in half precision (IEEE 754 binary16).
 * @param {number} bits - sign, 5 bits of exponent, 10 bits of fraction.
 */
function fromHalf(bits) {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (1024 + fraction) * 2 ** (exponent - 25);
}

/** The bytes that a text in base64 stands for. */
function fromBase64(text) {
  const characters = atob(text);
  const bytes = new Uint8Array(characters.length);
  for (let k = 0; k < bytes.length; k++) bytes[k] = characters.charCodeAt(k);
  return bytes;
}

/**
 * All numbers of the network, one after the other, little-endian in the page.
 * @param {string} text - base64.
 * @param {"float16"|"float32"} precision - in which they are kept.
 * @returns {Float32Array}
 */
function decodeNumbers(text, precision) {
  const view = new DataView(fromBase64(text).buffer);
  const half = precision === "float16";
  const numbers = new Float32Array(view.byteLength / (half ? 2 : 4));
  for (let k = 0; k < numbers.length; k++) {
    numbers[k] = half ? fromHalf(view.getUint16(2 * k, true)) : view.getFloat32(4 * k, true);
  }
  return numbers;
}

/**
 * The layers of a model with their weights and biases.
 * @param {{layers: object[], precision: string}} model - as page.py describes it; a layer that
 *   learned has `shape`, that of its weights: (out, in) or (out, in, side, side).
 * @param {string} text - its numbers in base64.
 */
function withNumbers(model, text) {
  const numbers = decodeNumbers(text, model.precision);
  let at = 0;
  const take = (count) => numbers.subarray(at, (at += count));
  return model.layers.map((layer) => {
    if (!layer.shape) return layer;
    const size = layer.shape.reduce((product, side) => product * side, 1);
    return { ...layer, weights: take(size), biases: take(layer.shape[0]) };
  });
}
