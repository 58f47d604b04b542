// The network's numbers: from text in the page to arrays.

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

const BASE85 =
  "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;,=>?@^_`{|}~";

/** The bytes that a text in base 85 stands for: five characters for four bytes. */
function fromBase85(text) {
  const values = new Uint8Array(128);
  for (let k = 0; k < 85; k++) values[BASE85.charCodeAt(k)] = k;
  const groups = Math.ceil(text.length / 5);
  const view = new DataView(new ArrayBuffer(4 * groups));
  for (let group = 0; group < groups; group++) {
    let number = 0;
    for (let at = 5 * group; at < 5 * group + 5; at++) {
      number = number * 85 + (at < text.length ? values[text.charCodeAt(at)] : 84);
    }
    view.setUint32(4 * group, number);
  }
  const missing = 5 * groups - text.length; // the last group stands for as many bytes less
  return new Uint8Array(view.buffer, 0, 4 * groups - missing);
}

/** The bytes that zlib has compressed. */
async function inflate(bytes) {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/**
 * All numbers of the network, one after the other.
 * @param {Uint8Array} bytes - the lowest bytes of all numbers, then the next ones, and so on.
 * @param {"float16"|"float32"} precision - in which they are kept.
 * @returns {Float32Array}
 */
function decodeNumbers(bytes, precision) {
  const size = precision === "float16" ? 2 : 4;
  const count = bytes.length / size;
  const together = new Uint8Array(bytes.length);
  for (let k = 0; k < count; k++) {
    for (let byte = 0; byte < size; byte++) together[k * size + byte] = bytes[byte * count + k];
  }
  const view = new DataView(together.buffer);
  const number = (k) => (size === 2 ? fromHalf(view.getUint16(2 * k, true)) : view.getFloat32(4 * k, true));
  const numbers = new Float32Array(count);
  for (let k = 0; k < count; k++) numbers[k] = number(k);
  return numbers;
}

/**
 * The layers of a model with their weights and biases.
 * @param {{layers: object[], precision: string}} model - as page.py describes it; a layer that
 *   learned has `shape`, that of its weights: (out, in) or (out, in, side, side).
 * @param {string} text - its numbers, compressed, in base 85.
 */
async function withNumbers(model, text) {
  const numbers = decodeNumbers(await inflate(fromBase85(text)), model.precision);
  let at = 0;
  const take = (count) => numbers.subarray(at, (at += count));
  return model.layers.map((layer) => {
    if (!layer.shape) return layer;
    const size = layer.shape.reduce((product, side) => product * side, 1);
    return { ...layer, weights: take(size), biases: take(layer.shape[0]) };
  });
}
