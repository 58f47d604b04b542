// Printed lines in a picture of one digit: numerist/image/lines.py in JavaScript;
// docs/normaliser.md, step 8. A mask is {values, height, width} of 0 and 1, row by row. A line has
// the places where it begins and ends, those across it (low, high), and masks' values of all its
// pixels (whole) and of those that nothing crosses.

const NEVER = 2 ** 30;

const maskOf = (height, width, f) => ({
  values: numbersOf(height * width, f, Uint8Array),
  height,
  width,
});

/** Numbers of height × width, row by row, turned: width × height of them. */
function turned(values, height, width) {
  return numbersOf(values.length, (k) => values[(k % height) * width + Math.floor(k / height)], values.constructor);
}

const turnedMask = ({ values, height, width }) => ({
  values: turned(values, height, width),
  height: width,
  width: height,
});

/** For each pixel of a mask how many in its row are set without a gap; NEVER where it is not. */
function rowRuns({ values, height, width }) {
  const runs = new Int32Array(values.length).fill(NEVER);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const begin = y * width + x;
      if (!values[begin]) continue;
      while (x < width && values[y * width + x]) x++;
      runs.fill(y * width + x - begin, begin, y * width + x);
    }
  }
  return runs;
}

/** What may be lines from left to right. */
function levelLines(inked) {
  const { values, height, width } = inked;
  const size = values.length;
  const grown = numbersOf(size, (k) => values[k] | values[k - width] | values[k + width], Uint8Array);
  const gaps = rowRuns(maskOf(height, width, (k) => 1 - grown[k]));
  const thick = maskOf(height, width, (k) => grown[k] || gaps[k] <= Math.floor(width / 32));
  const runs = rowRuns(thick);
  const least = Math.max(9, Math.floor(width / 4));
  const long = numbersOf(size, (k) => thick.values[k] && runs[k] >= least, Uint8Array);
  if (!long.includes(1)) return [];
  const { numbers, pieces } = findPieces(long, long, height, width);
  const depths = turned(rowRuns(turnedMask(inked)), width, height);
  const most = Math.max(3, Math.floor(Math.max(height, width) / 24));
  return pieces.flatMap(({ left, top, width: wide, height: high }, piece) => {
    const whole = numbersOf(size, (k) => numbers[k] === piece + 1, Uint8Array);
    const thin = [...whole.keys()].filter((k) => whole[k] && depths[k] <= most);
    if (new Set(thin.map((k) => k % width)).size < 0.5 * wide) return [];
    const deepest = 1.5 * median(thin.map((k) => depths[k])) + 1;
    const pixels = numbersOf(size, (k) => whole[k] && depths[k] <= deepest, Uint8Array);
    return [{ begin: left, end: left + wide, low: top, high: top + high, whole, pixels }];
  });
}

/** Where ink lies along an axis but for what may be outliers: [low, high]. */
function extentOf(profile) {
  const total = profile.reduce((a, b) => a + b, 0);
  const reached = (share) => {
    let sum = 0;
    return profile.findIndex((count) => (sum += count) >= share * total);
  };
  return [reached(0.02), reached(1 - 0.02) + 1];
}

/** How many pixels are set in each row, or in each column. */
function counts({ values, height, width }, ofRows) {
  const sums = new Float64Array(ofRows ? height : width);
  values.forEach((is, k) => (sums[ofRows ? Math.floor(k / width) : k % width] += is));
  return sums;
}

/** Whether a line goes on beyond the digit at both ends, and is longer than it. */
function goesBeyond({ begin, end }, [low, high], longer, side) {
  const margin = Math.max(1, 0.03 * side);
  return begin <= low - margin && end >= high + margin && end - begin >= 1.1 * longer;
}

/** Whether a line goes from one side of the picture to the other. */
const goesThrough = (line, side) => line.begin <= 0.02 * side && line.end >= (1 - 0.02) * side;

/** Whether several lines, none of them along an edge, go through the picture. */
function isSheet(lines, side, across) {
  const near = 0.04 * Math.max(side, across);
  const inner = lines.filter((line) => line.low > near && line.high < across - near);
  return inner.filter((line) => goesThrough(line, side)).length >= 2;
}

/** What an upright line meets at its ends: "corner" or "side" of level lines, "edge", or "". */
function endsOf(line, level, height, width) {
  const near = 0.04 * Math.max(height, width);
  return [line.begin, line.end].map((end) => {
    const met = level.filter(({ low, high }) => low - near <= end && end <= high + near);
    const corners = met.flatMap((other) => [other.begin, other.end]);
    if (corners.some((at) => line.low - near <= at && at <= line.high + near)) return "corner";
    if (met.some((other) => other.begin <= line.low && line.high <= other.end)) return "side";
    return Math.min(end, height - end) <= Math.max(1, 0.02 * height) ? "edge" : "";
  });
}

/** Those lines, {level, upright}, that lie to a digit (a mask) as printed ones do. */
function fittingLines(lines, digit) {
  const { values, height, width } = digit;
  const [across, down] = [false, true].map((rows) => extentOf(counts(digit, rows)));
  const longer = Math.max(across[1] - across[0], down[1] - down[0]);
  const ruled = isSheet(lines.level, width, height);
  const level = lines.level.filter(
    (line) => (ruled && goesThrough(line, width)) || goesBeyond(line, across, longer, width),
  );
  const columns = isSheet(lines.upright, height, width);
  const upright = lines.upright.filter((line) => {
    const ends = endsOf(line, level, height, width);
    const through = goesThrough(line, height);
    const beyond = through && goesBeyond(line, down, longer, height);
    const grown = dilate({ values: line.pixels, height, width }, 1).values;
    const touches = values.some((is, k) => is && grown[k]);
    const beside = line.high <= across[0] || line.low >= across[1];
    const tooth = beside && (ends.includes("corner") || ends.includes("side"));
    const printed = touches ? (through && columns) || (beyond && level.length > 0) : beyond || tooth;
    return printed || (ends.includes("corner") && ends.every((is) => is === "corner" || is === "edge"));
  });
  return { level, upright };
}

/** The pixels of lines, with those where level lines meet upright ones: a mask. */
function pixelsOf({ level, upright }, { values, height, width }) {
  const own = maskOf(height, width, (k) => [...level, ...upright].some(({ pixels }) => pixels[k]));
  const grown = dilate(own, 1).values;
  const inBoth = (k) => level.some(({ whole }) => whole[k]) && upright.some(({ whole }) => whole[k]);
  return maskOf(height, width, (k) => own.values[k] || (values[k] && grown[k] && inBoth(k)));
}

/** Whether a pixel lies near the end of a level line that ends within the picture. */
function cornersOf(level, height, width) {
  const near = Math.trunc(0.04 * Math.max(height, width));
  const ends = level.flatMap(({ begin, end, low, high }) =>
    [begin, end].filter((at) => near < at && at < width - near).map((at) => ({ at, low, high })),
  );
  return (x, y) =>
    ends.some(
      ({ at, low, high }) => at - near <= x && x < at + near && low - near <= y && y < high + near,
    );
}

/** Lines with the short teeth of a comb: small pieces of all other ink, at their corners. */
function withTeeth(gone, level, numbers, large) {
  const { values, height, width } = gone;
  const beside = dilate(gone, 1).values;
  const atCorner = cornersOf(level, height, width);
  const teeth = new Set();
  numbers.forEach((number, k) => {
    const small = number > 0 && !large[number - 1] && beside[k];
    if (small && atCorner(k % width, Math.floor(k / width))) teeth.add(number);
  });
  return maskOf(height, width, (k) => values[k] || teeth.has(numbers[k]));
}

/** Which pixels of ink belong to printed lines and to no stroke that crosses them: a mask. */
function printedLines(inked) {
  const { values, height, width } = inked;
  const none = maskOf(height, width, () => 0);
  if (Math.min(height, width) < 40) return none;
  const level = levelLines(inked);
  const back = (numbers) => turned(numbers, width, height);
  const upright = levelLines(turnedMask(inked)).map((line) => ({
    ...line,
    whole: back(line.whole),
    pixels: back(line.pixels),
  }));
  let lines = { level, upright };
  let gone = pixelsOf(lines, inked);
  const rest = () => numbersOf(values.length, (k) => values[k] && !gone.values[k], Uint8Array);
  const few = (mask) => mask.reduce((a, b) => a + b, 0) < 16;
  if (few(rest())) {
    const ended = (line) => endsOf(line, level, height, width).every(Boolean);
    lines = { level, upright: upright.filter(ended) };
    gone = pixelsOf(lines, inked);
  }
  while (lines.level.length + lines.upright.length > 0) {
    const left = rest();
    if (few(left)) return none;
    const { numbers, pieces } = findPieces(left, left, height, width);
    const most = pieces.reduce((found, { pixels }) => Math.max(found, pixels), 0);
    const large = pieces.map(({ pixels }) => pixels >= 0.3 * most);
    const digit = maskOf(height, width, (k) => numbers[k] > 0 && large[numbers[k] - 1]);
    const fitting = fittingLines(lines, digit);
    const count = fitting.level.length + fitting.upright.length;
    if (count === lines.level.length + lines.upright.length) {
      return withTeeth(gone, lines.level, numbers, large);
    }
    lines = fitting;
    gone = pixelsOf(lines, inked);
  }
  return gone;
}
