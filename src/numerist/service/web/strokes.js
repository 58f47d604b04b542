// From strokes to digits. A stroke is a list of points {x, y, width} in the board's own units;
// docs/page.md says how strokes become digits.

const OVERLAP = 0.25; // of the narrower stroke's width: more, and both belong to one digit
const DETAIL = 100; // pixels of a digit's longer side when its strokes become a picture

/** [left, top, right, bottom] of all ink of some strokes. */
function inkBox(strokes) {
  const points = strokes.flat();
  const least = (f) => points.reduce((a, p) => Math.min(a, f(p)), Infinity);
  return [
    least((p) => p.x - p.width / 2),
    least((p) => p.y - p.width / 2),
    -least((p) => -p.x - p.width / 2),
    -least((p) => -p.y - p.width / 2),
  ];
}

/** Whether two groups of strokes lie so far above each other that they make one digit. */
function overlap(one, other) {
  const [a, b] = [inkBox(one), inkBox(other)];
  const shared = Math.min(a[2], b[2]) - Math.max(a[0], b[0]);
  return shared > OVERLAP * Math.min(a[2] - a[0], b[2] - b[0]);
}

/**
 * The strokes of each digit, from left to right.
 *
 * Strokes that overlap in the horizontal belong together; a group that a later stroke joins is
 * compared again with all others, so the order of writing does not matter.
 */
function groupStrokes(strokes) {
  let groups = [];
  for (const stroke of strokes) {
    let group = [stroke];
    let rest = groups;
    for (let before = -1; before !== rest.length; ) {
      before = rest.length;
      const near = rest.filter((other) => overlap(group, other));
      rest = rest.filter((other) => !near.includes(other));
      group = [...near.flat(), ...group];
    }
    groups = [...rest, group];
  }
  const left = (group) => inkBox(group)[0];
  return groups.sort((a, b) => left(a) - left(b));
}

/** Draw one stroke with a canvas's pen: each piece as wide as the points at its ends. */
function drawStroke(pen, stroke, from = 0) {
  pen.lineCap = pen.lineJoin = "round";
  if (from === 0) {
    pen.beginPath(); // a tap is a dot; lines without length would leave nothing
    pen.arc(stroke[0].x, stroke[0].y, stroke[0].width / 2, 0, 2 * Math.PI);
    pen.fill();
  }
  for (let k = Math.max(from, 1); k < stroke.length; k++) {
    const [a, b] = [stroke[k - 1], stroke[k]];
    pen.beginPath();
    pen.lineWidth = (a.width + b.width) / 2;
    pen.moveTo(a.x, a.y);
    pen.lineTo(b.x, b.y);
    pen.stroke();
  }
}

let sketch = null; // one canvas for all digits: making one takes longer than drawing on it

/** The ink of some strokes as a map, `DETAIL` pixels the longer side, with paper around. */
function inkOf(strokes) {
  const margin = 4;
  const [left, top, right, bottom] = inkBox(strokes);
  const scale = DETAIL / Math.max(right - left, bottom - top);
  const width = Math.ceil((right - left) * scale) + 2 * margin;
  const height = Math.ceil((bottom - top) * scale) + 2 * margin;
  const side = DETAIL + 2 * margin + 1;
  sketch ??= new OffscreenCanvas(side, side).getContext("2d", { willReadFrequently: true });
  sketch.resetTransform();
  sketch.clearRect(0, 0, side, side);
  sketch.setTransform(scale, 0, 0, scale, margin - left * scale, margin - top * scale);
  for (const stroke of strokes) drawStroke(sketch, stroke);
  const { data } = sketch.getImageData(0, 0, width, height);
  const ink = newMap(height, width);
  for (let k = 0; k < ink.values.length; k++) ink.values[k] = data[4 * k + 3] / 255;
  return ink;
}
