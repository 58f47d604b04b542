// Filters over maps of numbers. A map is {values, height, width}, row by row.
//
// They do what OpenCV's functions of the same names do, with the borders that the normaliser asks
// for.

const { fround } = Math; // where Python computes in single precision

const newMap = (height, width) => ({ values: new Float32Array(height * width), height, width });

/** An array of numbers, f(0), f(1), …; many times faster than the arrays' own `from`. */
function numbersOf(length, f, Kind = Float32Array) {
  const numbers = new Kind(length);
  for (let k = 0; k < length; k++) numbers[k] = f(k);
  return numbers;
}

/** The greatest of many numbers. */
function greatest(numbers) {
  let most = -Infinity;
  for (let k = 0; k < numbers.length; k++) if (numbers[k] > most) most = numbers[k];
  return most;
}

/** Where a line of `size` goes on beyond its ends: index → index, or -1 for nothing there. */
const BORDERS = {
  mirror: (k, size) => {
    if (size === 1) return 0;
    const period = 2 * size - 2; // the last pixel is not repeated
    const at = ((k % period) + period) % period;
    return at < size ? at : period - at;
  },
  repeat: (k, size) => Math.min(Math.max(k, 0), size - 1),
  zero: (k, size) => (k < 0 || k >= size ? -1 : k),
};

/** Along one line (first, step, count) of numbers: sums over windows of 2·reach + 1. */
function slidingSums(from, to, first, step, count, reach, border) {
  const at = (k) => {
    const inside = border(k, count);
    return inside < 0 ? 0 : from[first + inside * step];
  };
  let sum = 0;
  for (let k = -reach; k <= reach; k++) sum += at(k);
  for (let k = 0; k < count; k++) {
    to[first + k * step] = sum;
    sum += at(k + reach + 1) - at(k - reach);
  }
}

/** The mean over squares of 2·reach + 1 pixels. */
function blur({ values, height, width }, reach, border) {
  const across = new Float64Array(values.length);
  const sums = new Float64Array(values.length);
  for (let y = 0; y < height; y++) slidingSums(values, across, y * width, 1, width, reach, border);
  for (let x = 0; x < width; x++) slidingSums(across, sums, x, width, height, reach, border);
  const result = newMap(height, width);
  const area = (2 * reach + 1) ** 2;
  for (let k = 0; k < sums.length; k++) result.values[k] = sums[k] / area;
  return result;
}

/** The greatest value in squares of 2·reach + 1 pixels; beyond the border there is nothing. */
function dilate({ values, height, width }, reach) {
  const across = newMap(height, width);
  const result = newMap(height, width);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      let most = -Infinity;
      const end = Math.min(x + reach, width - 1);
      for (let k = Math.max(x - reach, 0); k <= end; k++) {
        const value = values[y * width + k];
        if (value > most) most = value;
      }
      across.values[y * width + x] = most;
    }
  }
  for (let y = 0; y < height; y++) {
    const end = Math.min(y + reach, height - 1);
    for (let x = 0; x < width; x++) {
      let most = -Infinity;
      for (let k = Math.max(y - reach, 0); k <= end; k++) {
        const value = across.values[k * width + x];
        if (value > most) most = value;
      }
      result.values[y * width + x] = most;
    }
  }
  return result;
}

/** The smallest value in squares of 2·reach + 1 pixels. */
function erode(map, reach) {
  const minus = (values) => numbersOf(values.length, (k) => -values[k]);
  const result = dilate({ ...map, values: minus(map.values) }, reach);
  return { ...result, values: minus(result.values) };
}

/**
 * The number below which a share of all lies, between two of them in proportion.
 * @param {Float32Array} numbers - in any order, at least one.
 */
function quantile(numbers, share) {
  const sorted = numbers.slice().sort();
  const place = share * (sorted.length - 1);
  const low = Math.floor(place);
  const high = Math.min(low + 1, sorted.length - 1);
  return sorted[low] + (sorted[high] - sorted[low]) * (place - low);
}

const median = (numbers) => quantile(Float64Array.from(numbers), 0.5);

/** The n-th largest of numbers, n from 1; the smallest if there are fewer. */
function nthLargest(numbers, n) {
  const sorted = numbers.slice().sort();
  return sorted[Math.max(sorted.length - n, 0)];
}
