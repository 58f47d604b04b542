// THE normaliser: numerist/image/normalise.py in JavaScript; docs/normaliser.md says each step.

const SIDE = 28; // pixels of a normalised image
const BOX = 20; // pixels of the digit's longer side in it
const THIN = 1.6; // normalised pixels: thinner strokes are broadened

/** The maxima of the rows of a map, or of its columns. */
function profile({ values, height, width }, ofRows) {
  const maxima = new Float64Array(ofRows ? height : width);
  for (let k = 0; k < values.length; k++) {
    const at = ofRows ? Math.floor(k / width) : k % width;
    maxima[at] = Math.max(maxima[at], values[k]);
  }
  return maxima;
}

/** Where ink begins and ends in a profile of maxima, to a fraction of a pixel. */
function ends(maxima) {
  const first = maxima.findIndex((value) => value >= 0.5);
  if (first < 0) return [0, 0];
  const last = maxima.findLastIndex((value) => value >= 0.5);
  return [
    first + 1 - maxima[first] - (maxima[first - 1] ?? 0),
    last + maxima[last] + (maxima[last + 1] ?? 0),
  ];
}

/** About how wide the strokes are, in pixels: twice their area by the steps of their outline. */
function strokeWidth({ values, height, width }) {
  const inside = (x, y) =>
    x >= 0 && y >= 0 && x < width && y < height && values[y * width + x] >= 0.5;
  let area = 0;
  let outline = 0;
  for (let y = 0; y <= height; y++) {
    for (let x = 0; x <= width; x++) {
      const here = inside(x, y);
      area += here;
      outline += (here !== inside(x - 1, y)) + (here !== inside(x, y - 1));
    }
  }
  return (2 * area) / Math.max(outline, 1);
}

/** By how many pixels the centre of mass of a 28×28 image is to move along an axis. */
function shiftToCentre(image, alongRows) {
  let mass = 0;
  let moment = 0;
  image.forEach((value, k) => {
    mass += value;
    moment += value * (alongRows ? Math.floor(k / SIDE) : k % SIDE);
  });
  return Math.floor(SIDE / 2 - moment / mass + 0.5 + 1e-6);
}

/** Where a 28×28 image has ink along an axis: the first and the last line. */
function inked(image, alongRows) {
  const maxima = profile({ values: image, height: SIDE, width: SIDE }, alongRows);
  return [maxima.findIndex((value) => value > 0), maxima.findLastIndex((value) => value > 0)];
}

/** The image moved by whole pixels: centre of mass at pixel 14, nothing cut off. */
function centred(image) {
  for (const alongRows of [true, false]) {
    const [first, last] = inked(image, alongRows);
    const wanted = shiftToCentre(image, alongRows);
    const shift = Math.min(Math.max(wanted, -first), SIDE - 1 - last);
    const moved = new Float64Array(SIDE * SIDE);
    image.forEach((value, k) => {
      if (value > 0) moved[k + shift * (alongRows ? SIDE : 1)] = value;
    });
    image = moved;
  }
  return image;
}

/**
 * A digit as the network sees it, where its ink is known already.
 * @param {{values: ArrayLike<number>, height: number, width: number}} ink - a map, paper 0 and the
 *   middle of strokes 1.
 * @returns {Float32Array} 28·28 numbers; all 0 without ink.
 */
function normaliseInk(ink) {
  const [top, bottom] = ends(profile(ink, true));
  const [left, right] = ends(profile(ink, false));
  const long = Math.max(bottom - top, right - left);
  if (long <= 0) return new Float32Array(SIDE * SIDE);
  const broad = Math.min(Math.max(1 + THIN - (strokeWidth(ink) * BOX) / long, 1), THIN);
  const step = long / (BOX + 1 - broad);
  const window = Math.max(step * broad, 1);
  const [rows, columns] = [[top, bottom, ink.height], [left, right, ink.width]].map(([low, high, size]) => {
    const start = (low + high - SIDE * step) / 2;
    if (step < 0.8 && window === 1) return between(start, step, SIDE, size);
    return footprints(start, step, window, SIDE, size);
  });
  const image = resample(ink, rows, columns);
  const ridge = nthLargest(image, 16);
  const full = image.map((value) => Math.min(value / ridge, 1));
  return Float32Array.from(centred(full.map((value) => (value < 0.02 ? 0 : value))));
}

/** Whether a 28×28 map of ink is just as the normaliser would leave it. */
function isNormalised(image) {
  if (image.reduce((a, b) => Math.max(a, b), 0) < fround(0.9)) return false;
  const extents = [true, false].map((axis) => inked(image, axis)).map(([a, b]) => b - a + 1);
  if (Math.max(...extents) !== BOX) return false;
  return shiftToCentre(image, true) === 0 && shiftToCentre(image, false) === 0;
}

/**
 * The digit in any picture of one digit, as the network sees it.
 * @param {{values: Float32Array, height: number, width: number, channels: number}} picture - 0
 *   (black) to 1 (white); one channel or three.
 * @returns {Float32Array} 28·28 numbers, paper 0 and ink 1; all 0 without ink.
 */
function normalise(picture) {
  if (picture.height === SIDE && picture.width === SIDE && picture.channels === 1) {
    for (const image of [picture.values, picture.values.map((value) => 1 - value)]) {
      if (isNormalised(image)) return image;
    }
  }
  return normaliseInk(findInk(picture));
}
