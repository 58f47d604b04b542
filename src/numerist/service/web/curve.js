// The curve of accuracy over epochs, of this run and of those before it.

const CURVE = { left: 46, right: 12, top: 12, bottom: 30, height: 260, font: 12 };

/** Where an epoch and a share of right answers lie on a canvas of this size. */
function curvePlaces(width, epochs) {
  const [wide, high] = [width - CURVE.left - CURVE.right, CURVE.height - CURVE.top - CURVE.bottom];
  return {
    x: (epoch) => CURVE.left + (wide * epoch) / epochs,
    y: (share) => CURVE.top + high * (1 - share),
  };
}

function curveLine(pen, points) {
  pen.beginPath();
  points.forEach(([x, y], k) => (k ? pen.lineTo(x, y) : pen.moveTo(x, y)));
  pen.stroke();
}

function curveAxes(pen, colours, { x, y }, epochs) {
  pen.font = `${CURVE.font}px system-ui, sans-serif`;
  pen.lineWidth = 1;
  for (let tenth = 0; tenth <= 10; tenth += 2) {
    pen.strokeStyle = colours.line;
    curveLine(pen, [[x(0), y(tenth / 10)], [x(epochs), y(tenth / 10)]]);
    pen.fillStyle = colours.soft;
    pen.textAlign = "right";
    pen.textBaseline = "middle";
    pen.fillText(`${10 * tenth} %`, x(0) - 6, y(tenth / 10));
  }
  pen.textAlign = "center";
  pen.textBaseline = "top";
  const step = Math.ceil(epochs / 6 / 5) * 5;
  for (let epoch = 0; epoch <= epochs; epoch += step) pen.fillText(String(epoch), x(epoch), y(0) + 6);
}

/** One run. @returns {number[][]} its points on the canvas. */
function curveRun(pen, { points }, places, colour, now) {
  const line = points.map((share, epoch) => [places.x(epoch), places.y(share)]);
  pen.strokeStyle = pen.fillStyle = colour;
  pen.lineWidth = now ? 2.5 : 1.5;
  pen.setLineDash(now ? [] : [5, 4]);
  curveLine(pen, line);
  pen.setLineDash([]);
  pen.beginPath();
  pen.arc(...line.at(-1), now ? 4 : 2.5, 0, 2 * Math.PI);
  pen.fill();
  return line;
}

/** Say beside the end of a run which it was: near to it, but on no other label, and on no line. */
function curveLabel(pen, label, [x, y], taken, lines) {
  const width = pen.measureText(label).width;
  const left = x < CURVE.left + 90 ? x + 6 : x - width;
  const [above, below] = [y - 6 - CURVE.font, y + 8];
  const tops = [y < CURVE.top + 40 ? below : above];
  for (let more = 0; more < CURVE.height; more += CURVE.font + 2) tops.push(above - more, below + more);
  const fits = (top) =>
    top >= 0 && top + CURVE.font <= CURVE.height - CURVE.bottom &&
    taken.every((box) => top + CURVE.font <= box.top || top >= box.top + CURVE.font ||
      left + width <= box.left || left >= box.left + box.width);
  const isFree = (top) => lines.flat().every(([x, y]) =>
    x < left || x > left + width || y < top || y > top + CURVE.font);
  const top = tops.filter(fits).find(isFree) ?? tops.find(fits) ?? tops[0];
  taken.push({ left, top, width });
  pen.textAlign = "left";
  pen.textBaseline = "top";
  pen.fillText(label, left, top);
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {{label: string, points: number[]}[]} runs - the last one is under way; points[k] is the
 *   share that is right after k epochs.
 * @param {number} epochs - how many to leave room for.
 */
function drawCurve(canvas, runs, epochs) {
  const width = Math.max(canvas.clientWidth, 200);
  canvas.width = Math.round(width * devicePixelRatio);
  canvas.height = Math.round(CURVE.height * devicePixelRatio);
  const pen = canvas.getContext("2d");
  pen.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
  const style = getComputedStyle(canvas);
  const [line, soft, accent] = ["--line", "--soft", "--accent"].map((name) => style.getPropertyValue(name));
  const longest = Math.max(epochs, ...runs.map(({ points }) => points.length - 1));
  const places = curvePlaces(width, longest);
  curveAxes(pen, { line, soft }, places, longest);
  const shade = (run) => (run === runs.at(-1) ? accent : soft);
  const begun = runs.filter(({ points }) => points.length);
  const lines = begun.map((run) => curveRun(pen, run, places, shade(run), run === runs.at(-1)));
  const taken = [];
  for (let k = begun.length - 1; k >= 0; k--) { // the last one first: its place is the nearest
    pen.fillStyle = shade(begun[k]);
    curveLabel(pen, begun[k].label, lines[k].at(-1), taken, lines);
  }
}
