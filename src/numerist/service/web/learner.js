// The chapter's network, [784, hidden, 10], and how it learns: sigmoid neurons, the quadratic cost,
// gradient descent in mini-batches. It does what numerist/network.py does, digit by digit, and
// leaves out the pixels without ink: their weights have no part in it.

const INPUTS = 28 * 28;
const OUTPUTS = 10;

/** Random numbers that a seed repeats: G. Marsaglia's xorshift (2003) with 32 bits. */
class Chance {
  #state;

  constructor(seed) {
    this.#state = Math.imul(seed + 1, 0x9e3779b1) || 1;
    for (let k = 0; k < 16; k++) this.#next(); // small seeds begin alike
  }

  #next() {
    this.#state ^= this.#state << 13;
    this.#state ^= this.#state >>> 17;
    this.#state ^= this.#state << 5;
    return this.#state >>> 0;
  }

  /** A number from 0 to 1, neither of them. */
  uniform() {
    return this.#next() / 2 ** 32;
  }

  /** A number from the normal distribution N(0, 1), by Box and Muller. */
  normal() {
    return Math.sqrt(-2 * Math.log(this.uniform())) * Math.cos(2 * Math.PI * this.uniform());
  }

  /** 0 … count − 1 in any order, by Fisher and Yates. */
  permutation(count) {
    const order = Uint32Array.from({ length: count }, (_, k) => k);
    for (let k = count - 1; k > 0; k--) {
      const other = Math.floor(this.uniform() * (k + 1));
      [order[k], order[other]] = [order[other], order[k]];
    }
    return order;
  }
}

const sigmoid = (z) => 1 / (1 + Math.exp(-z));

class Learner {
  /**
   * @param {number} hidden - how many hidden neurons.
   * @param {"chapter"|"small"} start - weights from N(0, 1), or from N(0, 1/inputs).
   * @param {Chance} chance
   */
  constructor(hidden, start, chance) {
    const drawn = (count, inputs) => {
      const spread = start === "small" ? 1 / Math.sqrt(inputs) : 1;
      return Float64Array.from({ length: count }, () => spread * chance.normal());
    };
    this.hidden = hidden;
    this.weights = drawn(INPUTS * hidden, INPUTS); // of pixel p to neuron j at p · hidden + j
    this.biases = drawn(hidden, 1);
    this.outWeights = drawn(OUTPUTS * hidden, hidden); // of neuron j to output o at o · hidden + j
    this.outBiases = drawn(OUTPUTS, 1);
    this.#rows(1);
  }

  /** Room for what is known of each digit of a mini-batch. */
  #rows(count) {
    this.activations = new Float64Array(count * this.hidden);
    this.outputs = new Float64Array(count * OUTPUTS);
    this.errors = new Float64Array(count * this.hidden); // ∂C/∂z of the hidden neurons
    this.outErrors = new Float64Array(count * OUTPUTS);
  }

  /** The activations for one digit, into row k. */
  forward({ starts, pixels, ink }, digit, k) {
    const { hidden, weights, activations, outputs, outWeights } = this;
    const row = k * hidden;
    activations.set(this.biases, row);
    for (let t = starts[digit]; t < starts[digit + 1]; t++) {
      const first = pixels[t] * hidden;
      const x = ink[t];
      for (let j = 0; j < hidden; j++) activations[row + j] += weights[first + j] * x;
    }
    for (let j = row; j < row + hidden; j++) activations[j] = sigmoid(activations[j]);
    for (let o = 0; o < OUTPUTS; o++) {
      let z = this.outBiases[o];
      for (let j = 0; j < hidden; j++) z += outWeights[o * hidden + j] * activations[row + j];
      outputs[k * OUTPUTS + o] = sigmoid(z);
    }
  }

  /** Equations (BP1) and (BP2) of backpropagation for row k: the errors of all neurons. */
  backward(label, k) {
    const { hidden, activations, outputs, errors, outErrors, outWeights } = this;
    errors.fill(0, k * hidden, (k + 1) * hidden);
    for (let o = 0; o < OUTPUTS; o++) {
      const a = outputs[k * OUTPUTS + o];
      const error = (a - (o === label ? 1 : 0)) * a * (1 - a);
      outErrors[k * OUTPUTS + o] = error;
      for (let j = 0; j < hidden; j++) errors[k * hidden + j] += outWeights[o * hidden + j] * error;
    }
    for (let j = k * hidden; j < (k + 1) * hidden; j++) {
      errors[j] *= activations[j] * (1 - activations[j]);
    }
  }

  /** Move all weights and biases against the gradient of the digit in row k. */
  move({ starts, pixels, ink }, digit, k, rate) {
    const { hidden, weights, biases, activations, errors, outErrors, outWeights } = this;
    const row = k * hidden;
    for (let o = 0; o < OUTPUTS; o++) {
      const by = rate * outErrors[k * OUTPUTS + o];
      this.outBiases[o] -= by;
      for (let j = 0; j < hidden; j++) outWeights[o * hidden + j] -= by * activations[row + j];
    }
    for (let j = 0; j < hidden; j++) biases[j] -= rate * errors[row + j];
    for (let t = starts[digit]; t < starts[digit + 1]; t++) {
      const first = pixels[t] * hidden;
      const by = rate * ink[t];
      for (let j = 0; j < hidden; j++) weights[first + j] -= by * errors[row + j];
    }
  }

  /**
   * One step: the mean gradient of a mini-batch, taken at the weights before it.
   * @param {object} digits - as `sparseDigits` gives them.
   * @param {Uint32Array} batch - the numbers of its digits.
   */
  learn(digits, batch, eta) {
    if (this.outputs.length < batch.length * OUTPUTS) this.#rows(batch.length);
    for (let k = 0; k < batch.length; k++) {
      this.forward(digits, batch[k], k);
      this.backward(digits.labels[batch[k]], k);
    }
    const rate = eta / batch.length;
    for (let k = 0; k < batch.length; k++) this.move(digits, batch[k], k, rate);
  }

  /** How many of some digits it gets right: the answer is the output with the greatest activation. */
  right(digits) {
    let right = 0;
    for (let digit = 0; digit < digits.count; digit++) {
      this.forward(digits, digit, 0);
      let answer = 0;
      for (let o = 1; o < OUTPUTS; o++) if (this.outputs[o] > this.outputs[answer]) answer = o;
      right += answer === digits.labels[digit];
    }
    return right;
  }

  /** What it has learned, in the shapes of the forward pass: weights (neurons, inputs). */
  parameters() {
    const { hidden } = this;
    const weights = new Float32Array(INPUTS * hidden);
    for (let pixel = 0; pixel < INPUTS; pixel++) {
      for (let j = 0; j < hidden; j++) weights[j * INPUTS + pixel] = this.weights[pixel * hidden + j];
    }
    return {
      weights,
      biases: new Float32Array(this.biases),
      outWeights: new Float32Array(this.outWeights),
      outBiases: new Float32Array(this.outBiases),
    };
  }
}
