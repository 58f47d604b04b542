// Bringing pictures to another size: numerist/image/resample.py in JavaScript.
//
// A picture is {values, height, width, channels}: 1 channel is grey, 3 are red, green and blue;
// values from 0 (black) to 1 (white), the channels of a pixel side by side.

/**
 * For each new pixel the old ones in its window and the share of the window that each covers.
 * @returns {{first: number, weights: number[]}[]}
 */
function footprints(start, step, width, count, size) {
  return Array.from({ length: count }, (_, k) => {
    const middle = start + (k + 0.5) * step;
    const left = middle - width / 2;
    const right = middle + width / 2;
    const first = Math.max(Math.floor(left), 0);
    const weights = [];
    for (let old = first; old < Math.min(right, size); old++) {
      weights.push(Math.max(Math.min(right, old + 1) - Math.max(left, old), 0) / width);
    }
    return { first, weights };
  });
}

/**
 * As `footprints`, for new pixels that lie closer than the old: cubic convolution, a = −0.9.
 * @returns {{first: number, weights: number[]}[]}
 */
function between(start, step, count, size) {
  const weight = (away) => {
    if (away < 1) return 1.1 * away ** 3 - 2.1 * away ** 2 + 1;
    return away < 2 ? 0.9 * (2 - away) ** 2 * (1 - away) : 0;
  };
  return Array.from({ length: count }, (_, k) => {
    const middle = start + (k + 0.5) * step;
    const first = Math.max(Math.floor(middle - 2), 0);
    const weights = [];
    for (let old = first; old < Math.min(middle + 2, size); old++) {
      weights.push(weight(Math.abs(middle - (old + 0.5))));
    }
    return { first, weights };
  });
}

/** Each new line the weighted sum of old ones, along `count` values that lie `stride` apart. */
function weighted(values, lines, stride, rest, restStride) {
  const result = new Float64Array(lines.length * rest);
  for (let other = 0; other < rest; other++) {
    for (let k = 0; k < lines.length; k++) {
      const { first, weights } = lines[k];
      let sum = 0;
      for (let t = 0; t < weights.length; t++) {
        sum += weights[t] * values[(first + t) * stride + other * restStride];
      }
      result[k * rest + other] = sum;
    }
  }
  return result;
}

/**
 * A map brought to rows.length × columns.length.
 * @param {{values: ArrayLike<number>, height: number, width: number}} map
 * @param {object[]} rows - `footprints` over the height, or `between`.
 * @param {object[]} columns - the same over the width.
 * @returns {Float64Array} row by row.
 */
function resample({ values, height, width }, rows, columns) {
  const narrow = weighted(values, columns, 1, height, width); // (columns, height)
  return weighted(narrow, rows, 1, columns.length, height); // (rows, columns)
}

/** One channel of a picture, as a map. */
function channelOf({ values, height, width, channels }, channel) {
  const one = newMap(height, width);
  for (let k = 0; k < one.values.length; k++) one.values[k] = values[k * channels + channel];
  return one;
}

/**
 * For each of `count` new pixels which of `size` old ones it is the mean of, and their shares.
 *
 * As OpenCV's INTER_AREA rounds them: a made picture has few shades, so that a mean may lie just on
 * a threshold, and the last bit decides.
 * @returns {{first: number, shares: number[]}[]}
 */
function areaShares(count, size) {
  const scale = 1 / (count / size);
  return Array.from({ length: count }, (_, k) => {
    const start = k * scale;
    const end = start + scale;
    const cell = Math.min(scale, size - start);
    const last = Math.min(Math.floor(end), size - 1);
    const whole = Math.min(Math.ceil(start), last);
    const shares = new Array(last - whole).fill(fround(1 / cell));
    if (end - last > 1e-3) shares.push(fround(Math.min(end - last, 1, cell) / cell));
    if (whole - start <= 1e-3) return { first: whole, shares };
    return { first: whole - 1, shares: [fround((whole - start) / cell), ...shares] };
  });
}

/** A map made smaller, by area averaging in single precision and in OpenCV's order. */
function areaMeans({ values, width }, rows, columns) {
  const result = newMap(rows.length, columns.length);
  for (let y = 0; y < rows.length; y++) {
    for (let x = 0; x < columns.length; x++) {
      let sum = 0;
      for (let v = 0; v < rows[y].shares.length; v++) {
        const line = (rows[y].first + v) * width + columns[x].first;
        const { shares } = columns[x];
        let part = 0;
        for (let u = 0; u < shares.length; u++) part = fround(part + fround(values[line + u] * shares[u]));
        sum = fround(sum + fround(part * rows[y].shares[v]));
      }
      result.values[y * columns.length + x] = sum;
    }
  }
  return result;
}

/** The sum of a block of old pixels, in the order in which OpenCV adds them. */
function blockSum(values, corner, width, down, wide) {
  if (down === 2 && wide === 2) {
    const below = corner + width;
    const upper = fround(values[corner] + values[corner + 1]);
    return fround(upper + fround(values[below] + values[below + 1]));
  }
  const count = down * wide;
  const inFours = count - (count % 4);
  let sum = 0;
  let four = 0;
  for (let t = 0; t < count; t++) {
    const value = values[corner + Math.floor(t / wide) * width + (t % wide)];
    if (t >= inFours) sum = fround(sum + value);
    four = t % 4 === 0 ? value : fround(four + value);
    if (t % 4 === 3) sum = fround(sum + four);
  }
  return sum;
}

/** A map made smaller by whole numbers. */
function blockMeans({ values, width }, height, across, down, wide) {
  const result = newMap(height, across);
  const share = fround(1 / (down * wide));
  for (let k = 0; k < result.values.length; k++) {
    const corner = Math.floor(k / across) * down * width + (k % across) * wide;
    result.values[k] = blockSum(values, corner, width, down, wide) * share;
  }
  return result;
}

/** A picture with its longer side at most `side` pixels, by area averaging. */
function shrink(picture, side) {
  const longest = Math.max(picture.height, picture.width);
  if (longest <= side) return picture;
  const [height, width] = [picture.height, picture.width].map((n) =>
    Math.max(1, Math.floor((n * side + Math.floor(longest / 2)) / longest)),
  );
  const { channels } = picture;
  const [down, wide] = [picture.height / height, picture.width / width];
  const inBlocks = Number.isInteger(down) && Number.isInteger(wide);
  const rows = areaShares(height, picture.height);
  const columns = areaShares(width, picture.width);
  const values = new Float32Array(height * width * channels);
  for (let channel = 0; channel < channels; channel++) {
    const map = channelOf(picture, channel);
    const small = inBlocks
      ? blockMeans(map, height, width, down, wide)
      : areaMeans(map, rows, columns);
    small.values.forEach((value, k) => (values[k * channels + channel] = value));
  }
  return { values, height, width, channels };
}

/** The part of a picture from (top, left) up to, but without, (bottom, right). */
function crop(picture, top, bottom, left, right) {
  const { channels, width } = picture;
  const values = new Float32Array((bottom - top) * (right - left) * channels);
  for (let y = top; y < bottom; y++) {
    const line = picture.values.subarray((y * width + left) * channels, (y * width + right) * channels);
    values.set(line, (y - top) * (right - left) * channels);
  }
  return { values, height: bottom - top, width: right - left, channels };
}
