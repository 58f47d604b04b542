// Cutting off a frame or a desk: numerist/image/frame.py in JavaScript; docs/normaliser.md, step 3.
//
// Which pixels are outside is a grid: an array of lines of 0 and 1. An edge, {level, slope}, tells
// how deep the frame on one side is, in pixels: level, and slope more with each pixel along it.

const STRAIGHT = 0.025; // of the longer side

const edgeDepth = ({ level, slope }, place) => Math.max(level + slope * place, 0);

const transposed = (grid) => grid[0].map((_, x) => grid.map((line) => line[x]));

/** A grid turned so that its top, left, bottom or right (0 to 3) is on top. */
function fromSide(grid, side) {
  const turned = side % 2 ? transposed(grid) : grid;
  return side > 1 ? turned.toReversed() : turned;
}

const average = (numbers) => numbers.reduce((a, b) => a + b, 0) / numbers.length;

/** Which pixels of the picture, made small, are darker than the middle of its range: a grid. */
function darkPixels(picture) {
  const small = shrink(picture, 64);
  const { height, width, channels } = small;
  const grey = newMap(height, width).values;
  for (let pixel = 0; pixel < grey.length; pixel++) {
    let sum = 0;
    for (let c = 0; c < channels; c++) sum = fround(sum + small.values[pixel * channels + c]);
    grey[pixel] = sum / channels;
  }
  const middle = (quantile(grey, 0.02) + quantile(grey, 0.98)) / 2; // in double precision
  return Array.from({ length: height }, (_, y) =>
    Array.from({ length: width }, (_, x) => Number(grey[y * width + x] < middle)),
  );
}

/** Where the frame at the top ends: an edge, or null. */
function frameEdge(outside) {
  const [height, width] = [outside.length, outside[0].length];
  const depth = Array.from({ length: width }, (_, x) => {
    const paper = outside.findIndex((line) => !line[x]);
    return paper < 0 ? height : paper;
  });
  const margin = Math.trunc(0.15 * width);
  const deepest = 1 + 0.25 * height;
  const middle = [...depth.keys()].slice(margin, width - margin);
  const places = middle.filter((x) => depth[x] <= deepest);
  const most = 0.85 * places.length;
  if (places.length < Math.max(3, middle.length / 2)) return null;
  if (places.filter((x) => depth[x] > 0).length < most) return null;
  const third = Math.floor(places.length / 3);
  const [left, right] = [places.slice(0, third), places.slice(-third)];
  const rise = median(right.map((x) => depth[x])) - median(left.map((x) => depth[x]));
  const slope = rise / (average(right) - average(left));
  const edge = { level: median(places.map((x) => depth[x] - slope * x)), slope };
  const tolerance = STRAIGHT * Math.max(height, width);
  const straight = places.filter(
    (x) => depth[x] > 0 && Math.abs(depth[x] - edgeDepth(edge, x)) <= tolerance,
  );
  if (straight.length < most) return null;
  return Math.max(edgeDepth(edge, 0), edgeDepth(edge, width - 1)) <= deepest ? edge : null;
}

/** Which pixels lie in the frame, or beside it by a share of the longer side: a grid. */
function inFrame(height, width, edges, more) {
  const [top, left, bottom, right] = edges;
  const beside = more * Math.max(height, width);
  const within = (edge, place, along) => edge && place < edgeDepth(edge, along) + beside;
  return Array.from({ length: height }, (_, y) =>
    Array.from({ length: width }, (_, x) =>
      Number(
        Boolean(
          within(top, y, x) ||
            within(left, x, y) ||
            within(bottom, height - 1 - y, x) ||
            within(right, width - 1 - x, y),
        ),
      ),
    ),
  );
}

/** The pixels of a grid that are not in another one. */
const without = (grid, other) => grid.map((line, y) => line.map((is, x) => is & !other[y][x]));

/** Whether what is left has paper in its corners and mostly. */
function isPaper(outside, framed) {
  const bare = (lines) => lines.map((line) => line.some((is) => !is));
  const [rows, columns] = [bare(framed), bare(transposed(framed))];
  if (!rows.includes(true)) return false;
  const [first, last] = [columns.indexOf(true), columns.lastIndexOf(true)];
  const lines = without(outside, framed)
    .slice(rows.indexOf(true), rows.lastIndexOf(true) + 1)
    .map((line) => line.slice(first, last + 1));
  const share = (part) => average(part.flat());
  const high = Math.max(1, Math.floor(lines.length / 10));
  const wide = Math.max(1, Math.floor(lines[0].length / 10));
  const corners = [lines.slice(0, high), lines.slice(-high)].flatMap((part) => [
    part.map((line) => line.slice(0, wide)),
    part.map((line) => line.slice(-wide)),
  ]);
  return corners.every((corner) => share(corner) < 0.5) && share(lines) < 0.35;
}

/** Whether a desk lies along one side or two that meet, and what is left keeps away from it. */
function isDesk(outside, edges) {
  const along = edges.filter(Boolean).length;
  if (along !== 1 && !(along === 2 && !edges[0] !== !edges[2])) return false;
  const [height, width] = [outside.length, outside[0].length];
  const framed = inFrame(height, width, edges, STRAIGHT);
  const near = inFrame(height, width, edges, 0.04);
  const left = without(outside, framed);
  const touched = [0, 1, 2, 3].filter((side) => fromSide(left, side)[0].includes(1));
  const touching = left.some((line, y) => line.some((is, x) => is && near[y][x]));
  return touched.length <= 1 && !touching && isPaper(outside, framed);
}

/** Whether a frame lies along three sides at least, or else a desk along some. */
function isFrame(outside, edges) {
  if (edges.filter(Boolean).length < 3) return isDesk(outside, edges);
  return isPaper(outside, inFrame(outside.length, outside[0].length, edges, STRAIGHT));
}

/** The picture cut where all of a side is frame; the rest of the frame gets paper's colour. */
function cutFrame(picture, longer, edges) {
  const { height, width, channels } = picture;
  const scale = Math.max(height, width) / longer;
  const values = picture.values.slice();
  const cuts = edges.map((edge, side) => {
    if (!edge) return 0;
    const [long, deep] = side % 2 ? [height, width] : [width, height];
    const at = (along, depth) => {
      const across = side > 1 ? deep - 1 - depth : depth;
      return (side % 2 ? along * width + across : across * width + along) * channels;
    };
    const depths = Array.from({ length: long }, (_, along) =>
      Math.min(deep, Math.ceil((edgeDepth(edge, (along + 0.5) / scale - 0.5) + 1) * scale)),
    );
    const beside = Math.max(1, roundHalfEven(scale));
    for (let c = 0; c < channels; c++) {
      const colours = depths.flatMap((depth, along) =>
        Array.from(
          { length: Math.min(beside, deep - depth) },
          (_, k) => values[at(along, depth + k) + c],
        ),
      );
      const colour = median(colours);
      depths.forEach((depth, along) => {
        for (let k = 0; k < depth; k++) values[at(along, k) + c] = colour;
      });
    }
    return depths.reduce((a, b) => Math.min(a, b));
  });
  const [top, left, bottom, right] = cuts;
  return crop({ ...picture, values }, top, height - bottom, left, width - right);
}

/** To the nearest whole number, halves to the even one, as Python rounds. */
function roundHalfEven(value) {
  const low = Math.floor(value);
  if (value - low !== 0.5) return Math.round(value);
  return low % 2 ? low + 1 : low;
}

/** The picture inside its frame; the picture itself if it has none. */
function withoutFrame(picture) {
  const dark = darkPixels(picture);
  const [height, width] = [dark.length, dark[0].length];
  if (Math.min(height, width) < 18) return picture;
  const border = [dark[0], dark.at(-1), ...dark.slice(1, -1).map((line) => [line[0], line.at(-1)])];
  const usual = average(border.flat()) > 0.5;
  for (const shade of [usual, !usual]) {
    const outside = dark.map((line) => line.map((is) => Number(Boolean(is) === shade)));
    const edges = [0, 1, 2, 3].map((side) => frameEdge(fromSide(outside, side)));
    const found = shade === usual ? isFrame(outside, edges) : isDesk(outside, edges);
    if (found) return cutFrame(picture, Math.max(height, width), edges);
  }
  return picture;
}
