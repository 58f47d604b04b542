// Telling paper from ink: numerist/image/paper.py in JavaScript; docs/normaliser.md, steps 5 to 7.

/** How strong the strongest ink is: a speck of dust should not count. */
function strength(difference) {
  if (Math.min(difference.height, difference.width) >= 64) {
    return greatest(blur(difference, 1, BORDERS.mirror).values);
  }
  return nthLargest(difference.values, 8);
}

/** 1, x, y of a pixel, x and y from -1 to 1. */
const basis = (x, y, width, height) => [1, (2 * x + 1) / width - 1, (2 * y + 1) / height - 1];

/** How much each pixel says of the paper beforehand: the border and its corners say more. */
function prior(height, width) {
  const deep = 1 + Math.floor(Math.min(height, width) / 32);
  const inside = Math.max(height - 2 * deep, 0) * Math.max(width - 2 * deep, 0);
  const count = height * width - inside;
  const weight = Math.max(inside / count, 1);
  const high = Math.max(1, Math.trunc(0.15 * height));
  const wide = Math.max(1, Math.trunc(0.15 * width));
  const weights = new Float64Array(height * width);
  const corners = [];
  for (let y = 0, k = 0; y < height; y++) {
    for (let x = 0; x < width; x++, k++) {
      const edge = Math.min(y, x, height - 1 - y, width - 1 - x) < deep;
      const corner = (y < high || y >= height - high) && (x < wide || x >= width - wide);
      weights[k] = edge ? weight * (corner ? 8 : 1) : 1;
      if (edge && corner) corners.push(k);
    }
  }
  return { weights, corners };
}

/** The solution of three equations with three unknowns, for several right sides (3, n). */
function solve(matrix, right) {
  const lines = matrix.map((line, k) => [...line, ...right[k]]);
  for (let k = 0; k < 3; k++) {
    const rest = [0, 1, 2].slice(k);
    const pivot = rest.reduce((a, b) => (Math.abs(lines[b][k]) > Math.abs(lines[a][k]) ? b : a));
    [lines[k], lines[pivot]] = [lines[pivot], lines[k]];
    lines[k] = lines[k].map((value) => value / lines[k][k]);
    for (let other = 0; other < 3; other++) {
      if (other === k) continue;
      const factor = lines[other][k];
      lines[other] = lines[other].map((value, t) => value - factor * lines[k][t]);
    }
  }
  return lines.map((line) => line.slice(3));
}

/** Least squares with weights: the plane (3, channels) through a picture's values. */
function weightedPlane({ values, height, width, channels }, weights) {
  const normal = [[0, 0, 0], [0, 0, 0], [0, 0, 0]];
  const right = normal.map(() => new Array(channels).fill(0));
  for (let y = 0, k = 0; y < height; y++) {
    for (let x = 0; x < width; x++, k++) {
      const at = basis(x, y, width, height);
      for (let i = 0; i < 3; i++) {
        for (let j = 0; j < 3; j++) normal[i][j] += weights[k] * at[i] * at[j];
        for (let c = 0; c < channels; c++) right[i][c] += weights[k] * at[i] * values[k * channels + c];
      }
    }
  }
  normal[1][1] += 0.02 * normal[0][0]; // slopes cost so much
  normal[2][2] += 0.02 * normal[0][0];
  return solve(normal, right);
}

/** A plane's values at all pixels, channels side by side, in double precision. */
function planeValues(plane, height, width) {
  const channels = plane[0].length;
  const values = new Float64Array(height * width * channels);
  for (let y = 0, k = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = basis(x, y, width, height);
      for (let c = 0; c < channels; c++, k++) {
        values[k] = at[0] * plane[0][c] + at[1] * plane[1][c] + at[2] * plane[2][c];
      }
    }
  }
  return values;
}

/** For each pixel the largest distance of a colour from another picture's values. */
function distances({ values, channels }, others) {
  const result = new Float64Array(values.length / channels);
  for (let k = 0; k < values.length; k++) {
    const pixel = Math.floor(k / channels);
    result[pixel] = Math.max(result[pixel], Math.abs(values[k] - others[k]));
  }
  return result;
}

/** The plane found from a start by weighting again and again, and how much lies off it. */
function fit(small, weights, start, scales) {
  const { height, width, channels, values } = small;
  let plane;
  const level = numbersOf(values.length, (k) => start[k % channels], Float64Array);
  let distance = distances(small, level);
  for (const scale of scales) {
    plane = weightedPlane(
      small,
      distance.map((d, k) => weights[k] / (1 + (d / scale) ** 2) ** 2),
    );
    distance = distances(small, planeValues(plane, height, width));
  }
  const off = distance.reduce((sum, d, k) => {
    const near = (d / scales.at(-1)) ** 2;
    return sum + (weights[k] * near) / (1 + near);
  }, 0);
  return { plane, off };
}

/** The median of each channel over some pixels. */
function medians({ values, channels }, pixels) {
  return Array.from({ length: channels }, (_, c) =>
    quantile(Float64Array.from(pixels, (k) => values[k * channels + c]), 0.5),
  );
}

/** The plane (per colour) that most of the picture and its border lie on, at every pixel. */
function paperPlane(picture) {
  const small = shrink(picture, 32);
  const { weights, corners } = prior(small.height, small.width);
  const all = Array.from({ length: small.height * small.width }, (_, k) => k);
  let spread = 1e-6;
  for (let c = 0; c < small.channels; c++) {
    const numbers = channelOf(small, c).values;
    spread = Math.max(spread, greatest(numbers) - numbers.reduce((a, b) => Math.min(a, b)));
  }
  const scaled = (shares) => shares.map((share) => share * spread);
  const fromAll = fit(small, weights, medians(small, all), scaled([1, 0.5, 0.25, 0.12, 0.12]));
  const fromCorners = fit(small, weights, medians(small, corners), scaled([0.12, 0.12, 0.12]));
  const { plane } = fromCorners.off < fromAll.off ? fromCorners : fromAll;
  return new Float32Array(planeValues(plane, picture.height, picture.width));
}

/** The direction of colour in which the ink differs, and whether ink absorbs light. */
function inkDirection(picture, plane) {
  const { values, height, width, channels } = picture;
  const difference = numbersOf(values.length, (k) => plane[k] - values[k]);
  const size = newMap(height, width);
  for (let k = 0; k < difference.length; k++) {
    const pixel = Math.floor(k / channels);
    size.values[pixel] = Math.max(size.values[pixel], Math.abs(difference[k]));
  }
  const least = fround(0.5 * Math.max(strength(size), 1e-6));
  const dark = new Float32Array(channels);
  const light = new Float32Array(channels);
  for (let pixel = 0; pixel < size.values.length; pixel++) {
    if (size.values[pixel] < least) continue;
    const first = pixel * channels;
    let sum = 0;
    for (let c = 0; c < channels; c++) sum = fround(sum + difference[first + c]);
    const sums = sum > 0 ? dark : light;
    for (let c = 0; c < channels; c++) sums[c] += difference[first + c];
  }
  const length = (sums) => sums.reduce((a, b) => a + Math.abs(b), 0);
  const chosen = length(dark) >= length(light) ? dark : light;
  const direction = chosen.map((part) => part / Math.max(length(chosen), 1e-6));
  return { direction, divide: direction.every((part) => part >= -0.05) };
}

/** A picture's values as one number a pixel: how far along a direction of colour. */
function along(values, direction, height, width) {
  const map = newMap(height, width);
  const channels = direction.length;
  for (let k = 0; k < values.length; k++) {
    map.values[Math.floor(k / channels)] += values[k] * direction[k % channels];
  }
  return map;
}

function differenceFrom(grey, paper, divide) {
  const values = numbersOf(paper.length, (k) => {
    const difference = fround(paper[k] - grey.values[k]);
    return divide ? difference / Math.max(paper[k], fround(0.1)) : difference;
  });
  return { ...grey, values };
}

/** The mean of grey − level over the bare paper around each pixel; 0 where hardly any is bare. */
function correction(grey, level, bare, window) {
  const { height, width } = grey;
  let sure = { values: bare, height, width };
  if (Math.max(height, width) >= 24) sure = erode(sure, 1); // strokes have soft edges
  const reach = Math.floor(window / 2);
  const share = blur(sure, reach, BORDERS.zero).values;
  const excess = numbersOf(
    level.length,
    (k) => fround(grey.values[k] - level[k]) * sure.values[k],
  );
  const total = blur({ values: excess, height, width }, reach, BORDERS.zero).values;
  return numbersOf(total.length, (k) => total[k] / Math.max(share[k], fround(0.1)));
}

/**
 * How much each pixel differs from the paper, in the ink's direction, and the noise of paper.
 * @returns {{difference: object, noise: number}} a map, about 0 on paper, positive for ink.
 */
function darkening(picture) {
  const { values, height, width } = picture;
  const plane = paperPlane(picture);
  const { direction, divide } = inkDirection(picture, plane);
  const grey = along(values, direction, height, width);
  const level = along(plane, direction, height, width).values;
  let difference = differenceFrom(grey, level, divide);
  let bare;
  for (const part of [2, 4]) {
    const least = fround(0.3 * Math.max(strength(difference), 0));
    const { values: found } = difference;
    bare = numbersOf(found.length, (k) => Number(Math.abs(found[k]) < least));
    const shadow = correction(grey, level, bare, Math.floor(Math.max(height, width) / part));
    const paper = numbersOf(level.length, (k) => level[k] + shadow[k]);
    difference = differenceFrom(grey, paper, divide);
  }
  let sum = 0;
  let count = 0;
  for (let k = 0; k < bare.length; k++) {
    sum += bare[k] * Math.abs(difference.values[k]);
    count += bare[k];
  }
  return { difference, noise: count ? (1.25 * sum) / count : 0 };
}
