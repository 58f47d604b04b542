// Showing numbers: images, maps, weights, probabilities. All canvases are drawn in the colours that
// the style sheet gives them, so they follow light and dark.

const COLOURS = new Map(); // red, green and blue of what style sheets say

/** A colour of the style sheet as [red, green, blue]. */
function colourOf(element, name) {
  const said = getComputedStyle(element).getPropertyValue(name);
  if (!COLOURS.has(said)) {
    const pen = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
    pen.fillStyle = said;
    pen.fillRect(0, 0, 1, 1);
    COLOURS.set(said, pen.getImageData(0, 0, 1, 1).data.subarray(0, 3));
  }
  return COLOURS.get(said);
}

/** How many maps to put side by side: numbers in rows of 16, an image's pixels as they were. */
function mapsAcross(maps, height, width) {
  if (height * width > 1) return Math.ceil(Math.sqrt((maps * height * 1.6) / width));
  return maps === SIDE * SIDE ? SIDE : 16;
}

/**
 * Draw maps side by side on a canvas, one canvas pixel a number; single numbers are larger.
 * @param {HTMLCanvasElement} canvas
 * @param {ArrayLike<number>} values - maps one after the other.
 * @param {number[]} shape - [maps, height, width].
 * @param {number} [limit] - the number that is drawn in full colour, the greatest if not given;
 *   positive ones are drawn in --positive, negative ones in --negative.
 * @param {number} [most] - how many maps to put side by side.
 */
function drawMaps(
  canvas,
  values,
  [maps, height, width],
  limit = greatest(values.map(Math.abs)),
  most = mapsAcross(maps, height, width),
) {
  const across = Math.min(most, maps);
  const zoom = height * width > 1 ? 1 : 8;
  const gap = maps > 1 ? 1 : 0;
  const [wide, high] = [width * zoom + gap, height * zoom + gap];
  canvas.width = across * wide - gap;
  canvas.height = Math.ceil(maps / across) * high - gap;
  const [paper, line, negative, positive] = ["--paper", "--line", "--negative", "--positive"].map(
    (name) => colourOf(canvas, name),
  );
  const pen = canvas.getContext("2d");
  const image = pen.createImageData(canvas.width, canvas.height);
  for (let pixel = 0; pixel < canvas.width * canvas.height; pixel++) {
    const x = pixel % canvas.width;
    const y = Math.floor(pixel / canvas.width);
    const map = Math.floor(y / high) * across + Math.floor(x / wide);
    const [u, v] = [Math.floor((x % wide) / zoom), Math.floor((y % high) / zoom)];
    const value = values[(map * height + v) * width + u];
    const there = u < width && v < height && map < maps;
    const share = there ? Math.min(Math.abs(value) / (limit || 1), 1) : 0;
    const colour = value > 0 ? positive : negative;
    for (let c = 0; c < 3; c++) {
      image.data[4 * pixel + c] = there ? paper[c] + share * (colour[c] - paper[c]) : line[c];
    }
    image.data[4 * pixel + 3] = 255;
  }
  pen.putImageData(image, 0, 0);
}

/** A 28×28 image in ink on paper. */
function drawImage(canvas, image) {
  drawMaps(canvas, image, [1, SIDE, SIDE], 1);
}

/** An element with properties, attributes (`aria-…`, `data-…`) and children. */
function make(name, properties = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (key.includes("-") || key === "role") element.setAttribute(key, value);
    else element[key] = value;
  }
  element.append(...children);
  return element;
}

/** A text of the page with {names} filled in. */
function fill(text, values) {
  return text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

/** Per cent, rounded down: nearly sure is not sure. */
const percent = (share) => `${(Math.floor(1000 * share) / 10).toFixed(1)} %`;

/** One line of the list of probabilities: name, bar, per cent; a share of null is not known. */
function probabilityLine(name, share, best) {
  const bar = make("span", { className: "bar", "aria-hidden": "true" }, make("span"));
  bar.firstChild.style.width = `${100 * share}%`;
  return make(
    "li",
    { className: best ? "best" : "" },
    make("span", { className: "name" }, name),
    bar,
    make("span", { className: "share" }, share === null ? "" : percent(share)),
  );
}
