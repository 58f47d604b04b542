// Which ink in a picture is the digit: numerist/image/ink.py in JavaScript; docs/normaliser.md,
// steps 4, 8 and 9. A box is [left, top, right, bottom] in whole pixels.

/**
 * The connected pieces (by sides and corners) of ink that somewhere are surely ink.
 * @returns {{numbers: Int32Array, pieces: object[]}} the number of the piece of each pixel, 0 for
 *   none; of piece n, at n - 1, {left, top, width, height, pixels}.
 */
function findPieces(inked, surely, height, width) {
  const numbers = new Int32Array(inked.length).fill(-1); // not looked at
  const pieces = [];
  for (let start = 0; start < inked.length; start++) {
    if (!inked[start] || numbers[start] >= 0) continue;
    const members = flood(inked, numbers, start, height, width);
    const sure = members.some((k) => surely[k]);
    const number = sure ? pieces.push(measured(members, width)) : 0;
    for (const k of members) numbers[k] = number;
  }
  return { numbers: numbers.map((number) => Math.max(number, 0)), pieces };
}

/** All pixels connected with the one at `start`; they are marked with 0 in `numbers`. */
function flood(inked, numbers, start, height, width) {
  const members = [start];
  numbers[start] = 0;
  for (let next = 0; next < members.length; next++) {
    const x = members[next] % width;
    const y = (members[next] - x) / width;
    for (let v = Math.max(y - 1, 0); v <= Math.min(y + 1, height - 1); v++) {
      for (let u = Math.max(x - 1, 0); u <= Math.min(x + 1, width - 1); u++) {
        const k = v * width + u;
        if (!inked[k] || numbers[k] >= 0) continue;
        numbers[k] = 0;
        members.push(k);
      }
    }
  }
  return members;
}

function measured(members, width) {
  let [left, top, right, bottom] = [Infinity, Infinity, -1, -1];
  for (const k of members) {
    const x = k % width;
    const y = (k - x) / width;
    left = Math.min(left, x);
    right = Math.max(right, x + 1);
    top = Math.min(top, y);
    bottom = Math.max(bottom, y + 1);
  }
  return { left, top, width: right - left, height: bottom - top, pixels: members.length };
}

/** Which pieces are lines, frames or shadows that come in from the edges, or slivers there. */
function atTheEdge(pieces, height, width) {
  const result = pieces.map(() => false);
  const axes = [
    pieces.map((p) => ({ begin: p.left, size: p.width, depth: p.height, long: width, deep: height })),
    pieces.map((p) => ({ begin: p.top, size: p.height, depth: p.width, long: height, deep: width })),
  ];
  for (const axis of axes) {
    const through = axis.map(
      (p) => p.begin === 0 && p.begin + p.size === p.long && p.depth < 0.3 * p.deep,
    );
    const away = axis.map(
      (p) => p.begin >= 0.04 * p.long && p.begin + p.size <= p.long - 0.04 * p.long,
    );
    const lines = axis.every((_, k) => through[k] || away[k]) && away.some(Boolean);
    axis.forEach((p, k) => {
      const touches = p.begin === 0 || p.begin + p.size === p.long;
      result[k] ||= (lines && through[k]) || (touches && p.size < 0.06 * p.long);
    });
  }
  return result;
}

/** Which pieces are as punched holes, solid and round or square, beside one that is much larger. */
function findBlobs(pieces, free) {
  const size = (p) => Math.max(p.width, p.height);
  const blobs = pieces.map((p, k) => {
    const thick = Math.min(p.width, p.height);
    const solid = p.pixels >= 0.7 * size(p) * thick;
    return free[k] && size(p) >= 10 && size(p) <= 1.3 * thick && solid;
  });
  const largest = Math.max(0, ...pieces.filter((_, k) => blobs[k]).map(size));
  const beside = pieces.some((p, k) => free[k] && !blobs[k] && size(p) >= 1.5 * largest);
  return beside ? blobs : pieces.map(() => false);
}

/** Which pieces of ink make the digit: the largest one, and those that belong to it. */
function digitPieces(pieces, height, width) {
  const edge = atTheEdge(pieces, height, width);
  const free = edge.map((is) => !is || edge.every(Boolean));
  const blobs = findBlobs(pieces, free);
  const worth = pieces.map((p, k) => (free[k] && !blobs[k] ? p.pixels : 0));
  const main = argmax(worth);
  const kept = pieces.map((_, k) => k === main);
  for (;;) {
    const box = boxOf(pieces.filter((_, k) => kept[k]));
    const whole = longest(box);
    const joining = pieces.map((p, k) => {
      if (!free[k] || kept[k]) return false;
      const across = Math.max(box[0] - p.left - p.width, p.left - box[2], 0);
      const down = Math.max(box[1] - p.top - p.height, p.top - box[3], 0);
      const size = Math.max(p.width, p.height);
      const large = p.pixels >= 0.3 * pieces[main].pixels && !blobs[k];
      const gap = 0.1 * whole + (blobs[k] ? 0 : 0.5 * size);
      const near = size >= 0.08 * whole && Math.hypot(across, down) <= gap;
      return large || near;
    });
    if (!joining.some(Boolean)) return kept;
    joining.forEach((joins, k) => (kept[k] ||= joins));
  }
}

function boxOf(pieces) {
  return [
    Math.min(...pieces.map((p) => p.left)),
    Math.min(...pieces.map((p) => p.top)),
    Math.max(...pieces.map((p) => p.left + p.width)),
    Math.max(...pieces.map((p) => p.top + p.height)),
  ];
}

const longest = (box) => Math.max(box[2] - box[0], box[3] - box[1]);

/** How strong the ink is, and which pixels are ink. */
function inkedPixels(difference, noise) {
  const { values } = difference;
  const strong = strength(difference);
  const faintest = fround(Math.max(0.22 * strong, 5 * noise));
  return { strong, inked: numbersOf(values.length, (k) => values[k] > faintest, Uint8Array) };
}

/** The difference from the paper without lines and their soft edges. */
function withoutLines(difference, inked, lines) {
  const { values, height, width } = difference;
  const near = dilate({ values: lines, height, width }, 1).values;
  const keep = (k) => !near[k] || (inked[k] && !lines[k]);
  return { ...difference, values: numbersOf(values.length, (k) => (keep(k) ? values[k] : 0)) };
}

/**
 * Where the digit is in a picture, at the picture's own size.
 * @returns {{difference: object, noise: number, digit: Uint8Array, box: number[]|null}} the
 *   difference from the paper, 0 for ink that is not the digit's; which pixels are the digit's.
 */
function look(picture) {
  const { difference: all, noise } = darkening(picture);
  const { height, width } = all;
  const found = inkedPixels(all, noise);
  const lines = printedLines({ values: found.inked, height, width }).values;
  const printed = lines.includes(1);
  const difference = printed ? withoutLines(all, found.inked, lines) : all;
  const { strong, inked } = printed ? inkedPixels(difference, noise) : found;
  const { values } = difference;
  const sureFrom = fround(0.4 * strong);
  const size = values.length;
  const surely = numbersOf(size, (k) => inked[k] && values[k] >= sureFrom, Uint8Array);
  const nothing = { difference, noise, digit: new Uint8Array(size), box: null };
  if (strong < Math.max(0.05, 6 * noise) || !surely.includes(1)) return nothing;
  const { numbers, pieces } = findPieces(inked, surely, height, width);
  const kept = digitPieces(pieces, height, width);
  const digit = numbersOf(size, (k) => numbers[k] > 0 && kept[numbers[k] - 1], Uint8Array);
  const box = boxOf(pieces.filter((_, k) => kept[k]));
  const own = numbersOf(size, (k) => (inked[k] && !digit[k] ? 0 : values[k]));
  return { difference: { ...difference, values: own }, noise, digit, box };
}

/** The part of a picture around a box that was found in it when it was smaller. */
function cutOut(picture, box, scale) {
  const margin = Math.max(0.5 * longest(box), 6);
  const [left, top] = [box[0], box[1]].map((k) => Math.max(0, Math.trunc((k - margin) * scale)));
  const [right, bottom] = [box[2], box[3]].map((k) => Math.trunc((k + margin) * scale) + 1);
  return crop(picture, top, Math.min(bottom, picture.height), left, Math.min(right, picture.width));
}

/** What is seen after as many looks as it takes to come close to the digit. */
function closer(picture) {
  let seen = look(shrink(picture, 256));
  for (let again = 0; again < 3 && seen.box; again++) {
    const side = Math.max(seen.difference.height, seen.difference.width);
    const size = longest(seen.box);
    let next;
    if (size < 0.4 * side) {
      picture = cutOut(picture, seen.box, Math.max(picture.height, picture.width) / side);
      next = look(shrink(picture, 256));
    } else if (size > 128) {
      next = look(shrink(picture, Math.floor((side * 80) / size)));
    } else {
      break;
    }
    if (!next.box) break;
    seen = next;
  }
  return seen;
}

/** The ink with paper at 0 and the middle of strokes at 1, near the digit only: a map. */
function stretched({ difference, noise, digit, box }) {
  const { values, height, width } = difference;
  const ink = newMap(height, width);
  if (!box) return ink;
  const size = longest(box);
  const usual = fround(quantile(values.filter((_, k) => digit[k]), 0.75));
  const own = { values: numbersOf(values.length, (k) => values[k] * digit[k]), height, width };
  const reach = Math.max(Math.floor(size / 14), Math.min(Math.floor(size / 6), 3));
  const full = blur(dilate(own, reach), reach, BORDERS.repeat).values;
  const floor = Math.min(fround(3 * noise), fround(fround(0.15) * usual));
  const mask = { values: new Float32Array(digit), height, width };
  const near = dilate(mask, 1 + Math.floor(size / 40)).values;
  for (let k = 0; k < values.length; k++) {
    const most = Math.min(Math.max(full[k], fround(fround(0.4) * usual)), usual);
    const share = fround(values[k] - floor) / fround(most - floor);
    ink.values[k] = Math.min(Math.max(share, 0), 1) * near[k];
  }
  return ink;
}

/** The ink of the one digit in a picture, cut out with some paper around it: a map. */
function findInk(picture) {
  const inside = withoutFrame(picture);
  const seen = closer(inside);
  return stretched(seen.box || inside === picture ? seen : closer(picture));
}
