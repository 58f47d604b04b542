// From a picture file in the browser to numbers: docs/normaliser.md, step 1.

const MOST_PIXELS = 80e6;
const LONGEST_SIDE = 32767; // canvases are not longer
const LARGEST_SIDE = 2048;
const STRIP = 1e6; // pixels that are drawn and read at once: phones have small canvases

/** The image in a file, upright as its EXIF data say; an Error with a key of the texts if not. */
async function openImage(file) {
  const image = new Image();
  const address = URL.createObjectURL(file);
  try {
    image.src = address;
    await image.decode();
  } catch {
    throw new Error("notAPicture");
  } finally {
    URL.revokeObjectURL(address);
  }
  const sides = [image.naturalWidth, image.naturalHeight];
  if (sides.includes(0)) throw new Error("notAPicture");
  if (sides[0] * sides[1] > MOST_PIXELS || Math.max(...sides) > LONGEST_SIDE) {
    throw new Error("pictureTooLarge");
  }
  return image;
}

/**
 * The means of squares of n·n pixels, red, green, blue and alpha, 0 to 1.
 * @param {CanvasImageSource} image - drawn strip by strip, so that only the result is held whole.
 */
function readMeans(image, wide, high) {
  const n = Math.max(1, Math.ceil(Math.max(wide, high) / LARGEST_SIDE));
  const [width, height] = [Math.ceil(wide / n), Math.ceil(high / n)];
  const values = new Float32Array(width * height * 4);
  const rows = Math.max(1, Math.floor(STRIP / (wide * n)));
  const canvas = new OffscreenCanvas(wide, Math.min(rows * n, high));
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  for (let first = 0; first < height; first += rows) {
    const depth = Math.min(rows * n, high - first * n);
    pen.clearRect(0, 0, canvas.width, canvas.height);
    pen.drawImage(image, 0, first * n, wide, depth, 0, 0, wide, depth);
    const bytes = pen.getImageData(0, 0, wide, depth).data;
    const means = meansOfSquares(bytes, wide, depth, n);
    values.set(means, first * width * 4);
  }
  return { values, width, height };
}

/** The means of n·n pixels (fewer at the right and lower end) of bytes, four channels, 0 to 1. */
function meansOfSquares(bytes, wide, high, n) {
  const width = Math.ceil(wide / n);
  const means = new Float64Array(width * Math.ceil(high / n) * 4);
  for (let y = 0, from = 0; y < high; y++) {
    const row = Math.floor(y / n) * width;
    for (let x = 0; x < wide; x++) {
      const to = (row + Math.floor(x / n)) * 4;
      for (let c = 0; c < 4; c++) means[to + c] += bytes[from++];
    }
  }
  for (let k = 0; k < means.length; k++) {
    const across = Math.min(n, wide - (Math.floor(k / 4) % width) * n);
    const down = Math.min(n, high - Math.floor(k / 4 / width) * n);
    means[k] = means[k] / (across * down) / 255;
  }
  return means;
}

/** The colour of the paper that shows where a picture is transparent: three numbers. */
function paperBehind(values) {
  const pixels = Array.from({ length: values.length / 4 }, (_, k) => 4 * k);
  const opacity = pixels.reduce((sum, k) => sum + values[k + 3], 0);
  if (opacity > 0.5 * pixels.length) {
    const there = pixels.filter((k) => values[k + 3] > 0.5);
    return [0, 1, 2].map((c) => quantile(Float32Array.from(there, (k) => values[k + c]), 0.5));
  }
  const mean = (c) =>
    pixels.reduce((sum, k) => sum + values[k + c] * values[k + 3], 0) / Math.max(opacity, 1e-6);
  const brightness = 0.299 * mean(0) + 0.587 * mean(1) + 0.114 * mean(2);
  return new Array(3).fill(brightness < 0.5 ? 1 : 0);
}

/** The picture without alpha; one channel if all its pixels are grey. */
function opaque({ values, width, height }) {
  let paper = null;
  for (let k = 3; k < values.length && !paper; k += 4) if (values[k] < 1) paper = paperBehind(values);
  const colours = new Float32Array(width * height * 3);
  let grey = true;
  for (let k = 0; k < width * height; k++) {
    const alpha = values[4 * k + 3];
    for (let c = 0; c < 3; c++) {
      const colour = values[4 * k + c];
      colours[3 * k + c] = paper ? colour * alpha + paper[c] * (1 - alpha) : colour;
    }
    grey &&= colours[3 * k] === colours[3 * k + 1] && colours[3 * k] === colours[3 * k + 2];
  }
  const picture = { values: colours, width, height, channels: 3 };
  return grey ? { ...channelOf(picture, 0), channels: 1 } : picture;
}

/** An image as the normaliser takes it. */
function asPicture(image) {
  return opaque(readMeans(image, image.naturalWidth, image.naturalHeight));
}
