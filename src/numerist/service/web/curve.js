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

/** One run; of those before, the last point says which it was. */
function curveRun(pen, { label, points }, places, colour, now) {
  const line = points.map((share, epoch) => [places.x(epoch), places.y(share)]);
  pen.strokeStyle = pen.fillStyle = colour;
  pen.lineWidth = now ? 2.5 : 1.5;
  pen.setLineDash(now ? [] : [5, 4]);
  curveLine(pen, line);
  pen.setLineDash([]);
  const [x, y] = line.at(-1);
  pen.beginPath();
  pen.arc(x, y, now ? 4 : 2.5, 0, 2 * Math.PI);
  pen.fill();
  const short = x < CURVE.left + 90;
  pen.textAlign = short ? "left" : "right";
  pen.textBaseline = y < CURVE.top + 40 ? "top" : "bottom";
  pen.fillText(label, short ? x + 6 : x, y + (y < CURVE.top + 40 ? 8 : -6));
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
  runs.forEach((run, k) => {
    const now = k === runs.length - 1;
    if (run.points.length) curveRun(pen, run, places, now ? accent : soft, now);
  });
}
