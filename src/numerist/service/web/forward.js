// The forward pass: from 28×28 numbers to probabilities, layer by layer.
//
// A "volume" is what passes from layer to layer: {values, shape: [channels, height, width]}, the
// values channel by channel and row by row. A dense layer's output is (neurons, 1, 1).

/**
 * out = a bᵀ + biases: a is (m, k), b is (n, k), out is (m, n); biases has m numbers.
 * Four rows of a times two of b at once, so that what is loaded is used several times.
 */
function productTransposed(a, b, biases, out, m, n, k) {
  const rows = m - (m % 4);
  const columns = n - (n % 2);
  for (let i = 0; i < rows; i += 4) {
    for (let j = 0; j < columns; j += 2) {
      let s00 = 0, s01 = 0, s10 = 0, s11 = 0, s20 = 0, s21 = 0, s30 = 0, s31 = 0;
      let a0 = i * k, a1 = a0 + k, a2 = a1 + k, a3 = a2 + k;
      let b0 = j * k, b1 = b0 + k;
      for (const end = a0 + k; a0 < end; ) {
        const x = b[b0++], y = b[b1++];
        const p = a[a0++], q = a[a1++], r = a[a2++], s = a[a3++];
        s00 += p * x; s01 += p * y;
        s10 += q * x; s11 += q * y;
        s20 += r * x; s21 += r * y;
        s30 += s * x; s31 += s * y;
      }
      const at = i * n + j;
      out[at] = s00 + biases[i];
      out[at + 1] = s01 + biases[i];
      out[at + n] = s10 + biases[i + 1];
      out[at + n + 1] = s11 + biases[i + 1];
      out[at + 2 * n] = s20 + biases[i + 2];
      out[at + 2 * n + 1] = s21 + biases[i + 2];
      out[at + 3 * n] = s30 + biases[i + 3];
      out[at + 3 * n + 1] = s31 + biases[i + 3];
    }
  }
  for (let i = 0; i < m; i++) {
    for (let j = i < rows ? columns : 0; j < n; j++) {
      let sum = biases[i];
      for (let t = 0; t < k; t++) sum += a[i * k + t] * b[j * k + t];
      out[i * n + j] = sum;
    }
  }
}

/**
 * For each place that a filter is moved to, the values under it, one row a place.
 * @returns {{rows: Float64Array, height: number, width: number}} rows (height·width, in·side·side).
 */
function patches(volume, side, padding, stride) {
  const [channels, high, wide] = volume.shape;
  const height = Math.floor((high + 2 * padding - side) / stride) + 1;
  const width = Math.floor((wide + 2 * padding - side) / stride) + 1;
  const rows = new Float64Array(height * width * channels * side * side);
  let at = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const left = x * stride - padding;
      const top = y * stride - padding;
      for (let channel = 0; channel < channels; channel++) {
        for (let dy = top; dy < top + side; dy++) {
          if (dy < 0 || dy >= high) {
            at += side; // padding is 0
            continue;
          }
          const line = (channel * high + dy) * wide;
          for (let dx = left; dx < left + side; dx++, at++) {
            if (dx >= 0 && dx < wide) rows[at] = volume.values[line + dx];
          }
        }
      }
    }
  }
  return { rows, height, width };
}

function convolution(volume, layer) {
  const [out, channels, side] = layer.shape;
  const { rows, height, width } = patches(volume, side, layer.padding, layer.stride);
  const values = new Float64Array(out * height * width);
  const terms = channels * side * side;
  productTransposed(layer.weights, rows, layer.biases, values, out, height * width, terms);
  return { values, shape: [out, height, width] };
}

function dense(volume, layer) {
  const [out, inputs] = layer.shape;
  const values = new Float64Array(out);
  productTransposed(layer.weights, volume.values, layer.biases, values, out, 1, inputs);
  return { values, shape: [out, 1, 1] };
}

/** The greatest of each square of side · side values; what is left over at the end is dropped. */
function maxPool(volume, layer) {
  const [channels, high, wide] = volume.shape;
  const { side } = layer;
  const height = Math.floor(high / side);
  const width = Math.floor(wide / side);
  const values = new Float64Array(channels * height * width);
  for (let at = 0; at < values.length; at++) {
    const x = at % width;
    const y = Math.floor(at / width) % height;
    const first = Math.floor(at / (width * height)) * high * wide + (y * wide + x) * side;
    let most = -Infinity;
    for (let dy = 0; dy < side; dy++) {
      for (let dx = 0; dx < side; dx++) {
        most = Math.max(most, volume.values[first + dy * wide + dx]);
      }
    }
    values[at] = most;
  }
  return { values, shape: [channels, height, width] };
}

/** The mean of each channel over the picture. */
function mean(volume) {
  const [channels, high, wide] = volume.shape;
  const values = new Float64Array(channels);
  volume.values.forEach((value, at) => (values[Math.floor(at / (high * wide))] += value));
  return { values: values.map((sum) => sum / (high * wide)), shape: [channels, 1, 1] };
}

/** e^z over its sum, shifted by the greatest so that nothing overflows. */
function softmax(numbers) {
  const most = greatest(numbers);
  const powers = numbers.map((z) => Math.exp(z - most));
  const sum = powers.reduce((a, b) => a + b, 0);
  return powers.map((power) => power / sum);
}

/** The layer that applies a function to every value. */
const each = (f) => (volume) => ({ values: volume.values.map(f), shape: volume.shape });

const LAYERS = {
  convolution,
  dense,
  "max-pool": maxPool,
  mean,
  flatten: ({ values }) => ({ values, shape: [values.length, 1, 1] }),
  relu: each((z) => Math.max(z, 0)),
  sigmoid: each((z) => 1 / (1 + Math.exp(-z))),
  tanh: each(Math.tanh),
  identity: each((z) => z),
  softmax: ({ values, shape }) => ({ values: softmax(values), shape }),
};

const argmax = (numbers) => numbers.reduce((best, x, k) => (x > numbers[best] ? k : best), 0);

/** What the logits of a network of layers mean; the last may stand for "none of them". */
function fromLogits(values, { sharpness, strangers }) {
  const logits = values.map((z) => z * sharpness);
  const probabilities = softmax(strangers ? logits.subarray(0, -1) : logits);
  const known = strangers ? 1 - softmax(logits).at(-1) : 1;
  return { answer: argmax(probabilities), probabilities, known };
}

/** What the output neurons of one of the chapter's networks mean. */
function fromActivations(values, { output, border }) {
  if (values.length === 1) {
    const yes = Math.min(Math.max(values[0], 0), 1);
    const answer = values[0] >= border ? 1 : 0;
    return { answer, probabilities: Float64Array.of(1 - yes, yes), known: 1 };
  }
  let probabilities = values;
  if (output === "sigmoid") {
    const positive = values.map((a) => a + 1e-9); // ten silent neurons mean "no idea", not 0/0
    const sum = positive.reduce((a, b) => a + b, 0);
    probabilities = positive.map((a) => a / sum);
  } else if (output !== "softmax") {
    probabilities = softmax(values);
  }
  return { answer: argmax(values), probabilities, known: 1 };
}

/**
 * The network's judgement of one image.
 * @param {{layers: object[], end: object}} network - layers as `withNumbers` gives them.
 * @param {ArrayLike<number>} image - 28·28 numbers, paper 0 and ink 1.
 * @returns {{answer: number, probabilities: Float64Array, known: number, confidence: number,
 *   steps: {values: Float64Array, shape: number[]}[]}} the number of the class; how probable each
 *   class is if it is one; how probably it is one; their product for the answer; and what left
 *   each layer.
 */
function judge(network, image) {
  let volume = { values: Float64Array.from(image), shape: [1, 28, 28] };
  const steps = network.layers.map((layer) => (volume = LAYERS[layer.kind](volume, layer)));
  const end = network.end.kind === "logits" ? fromLogits : fromActivations;
  const found = end(volume.values, network.end);
  return { ...found, confidence: found.probabilities[found.answer] * found.known, steps };
}
