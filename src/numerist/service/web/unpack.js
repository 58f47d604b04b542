// MNIST in few bytes: numerist/service/packed.py says how they are packed.

const PIXELS = 28 * 28;
const GREYS = 4;
const LANE = 30; // digits that were coded one after the other
const SHARES = 14; // bits: the shares of the greys add up to 2¹⁴

/** What stands in front of the coded pixels, and where the words begin. */
function readHead(buffer) {
  const view = new DataView(buffer);
  const counts = numbersAt(20, (k) => view.getUint32(4 * k, true));
  const shares = numbersAt(256 * GREYS, (k) => view.getUint16(80 + 2 * k, true));
  const total = counts.reduce((sum, count) => sum + count, 0);
  const lanes = Math.ceil(total / LANE);
  const from = 80 + 512 * GREYS;
  const states = numbersAt(lanes, (k) => view.getUint32(from + 4 * k, true));
  return { counts, shares, states, total, lanes, words: from + 4 * lanes };
}

function numbersAt(count, read) {
  return Uint32Array.from({ length: count }, (_, k) => read(k));
}

/** The context of a pixel: the greys to the left, above, above to the left and to the right. */
function contextOf(greys, at, x, y) {
  const left = x > 0 ? greys[at - 1] : 0;
  if (y === 0) return left * 64;
  const before = x > 0 ? greys[at - 29] : 0;
  const behind = x < 27 ? greys[at - 27] : 0;
  return left * 64 + greys[at - 28] * 16 + before * 4 + behind;
}

/**
 * The greys of all digits, 0 to 3, pixel by pixel and digit by digit.
 * @param {ArrayBuffer} buffer
 * @returns {Uint8Array}
 */
function decodeGreys(buffer, { shares, states, lanes, words }) {
  const view = new DataView(buffer);
  const greys = new Uint8Array(lanes * LANE * PIXELS);
  const mask = (1 << SHARES) - 1;
  let next = words;
  for (let step = 0; step < LANE * PIXELS; step++) {
    const x = step % 28;
    const y = Math.floor(step / 28) % 28;
    for (let lane = 0; lane < lanes; lane++) {
      const at = lane * LANE * PIXELS + step;
      const first = contextOf(greys, at, x, y) * GREYS;
      const place = states[lane] & mask;
      let grey = 0;
      let below = 0;
      while (place >= below + shares[first + grey]) below += shares[first + grey++];
      let state = shares[first + grey] * (states[lane] >>> SHARES) + place - below;
      if (state < 65536) {
        state = state * 65536 + view.getUint16(next, true);
        next += 2;
      }
      states[lane] = state;
      greys[at] = grey;
    }
  }
  return greys;
}

/**
 * Digits as the learner takes them: of each only the pixels with ink.
 * @param {Uint8Array} greys - of these digits.
 * @param {Uint32Array} counts - how many of each class; the digits are sorted by class.
 * @returns {{count: number, starts: Uint32Array, pixels: Uint16Array, ink: Float32Array,
 *   labels: Uint8Array}} digit k has the pixels and ink from starts[k] to starts[k + 1].
 */
function sparseDigits(greys, counts) {
  const count = greys.length / PIXELS;
  const inked = greys.reduce((sum, grey) => sum + (grey > 0), 0);
  const starts = new Uint32Array(count + 1);
  const pixels = new Uint16Array(inked);
  const ink = new Float32Array(inked);
  let to = 0;
  for (let at = 0; at < greys.length; at++) {
    if (greys[at] > 0) {
      pixels[to] = at % PIXELS;
      ink[to++] = greys[at] / (GREYS - 1);
    }
    if ((at + 1) % PIXELS === 0) starts[(at + 1) / PIXELS] = to;
  }
  const labels = new Uint8Array(count);
  let first = 0;
  counts.forEach((size, label) => labels.fill(label, first, (first += size)));
  return { count, starts, pixels, ink, labels };
}

/** The digits to learn from and those held out. */
function unpackDigits(buffer) {
  const head = readHead(buffer);
  const greys = decodeGreys(buffer, head);
  const [learned, held] = [head.counts.subarray(0, 10), head.counts.subarray(10)];
  const border = learned.reduce((sum, count) => sum + count, 0) * PIXELS;
  return {
    training: sparseDigits(greys.subarray(0, border), learned),
    heldOut: sparseDigits(greys.subarray(border, head.total * PIXELS), held),
  };
}
