// From a picture file in the browser to numbers: docs/normaliser.md, step 1.

const MOST_PIXELS = 80e6;
const LONGEST_SIDE = 32767; // canvases are not longer
const LARGEST_SIDE = 2048;
const LONGEST_TEXTURE = 4096; // nearly every device has as much
const STRIP = 1e6; // pixels that are drawn and read at once: phones have small canvases
const SAME = 0.02; // of full: two ways of reading a pixel differ by no more

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
 * Reads rows of an image's pixels through a canvas, (top, depth) → bytes. Browsers multiply colours
 * by alpha there, in 8 bits: where alpha is small, little is left of the colours.
 * @param {CanvasImageSource} image
 */
function rowsByCanvas(image, wide, high, most) {
  const canvas = new OffscreenCanvas(wide, Math.min(most, high));
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  return (top, depth) => {
    pen.clearRect(0, 0, canvas.width, canvas.height);
    pen.drawImage(image, 0, top, wide, depth, 0, 0, wide, depth);
    return pen.getImageData(0, 0, wide, depth).data;
  };
}

let texturing = null; // one WebGL context for all pictures: browsers have few

/** A WebGL context that reads from one texture; null if the browser can't. */
function textureReader() {
  const gl = make("canvas").getContext("webgl"); // WebKit has none for an OffscreenCanvas
  if (!gl) return null;
  const texture = gl.createTexture();
  gl.bindTexture(gl.TEXTURE_2D, texture);
  gl.bindFramebuffer(gl.FRAMEBUFFER, gl.createFramebuffer());
  gl.framebufferTexture2D(gl.FRAMEBUFFER, gl.COLOR_ATTACHMENT0, gl.TEXTURE_2D, texture, 0);
  gl.pixelStorei(gl.UNPACK_COLORSPACE_CONVERSION_WEBGL, gl.NONE);
  return gl;
}

/**
 * The same through WebGL, where colours stay as they are in the file; null if the browser can't.
 * @param {HTMLImageElement} image - no side longer than LONGEST_TEXTURE. Not a bitmap of it: WebKit
 *   multiplies the colours of bitmaps all the same.
 */
function rowsByTexture(image, wide) {
  if (!texturing || texturing.isContextLost()) texturing = textureReader();
  const gl = texturing;
  if (!gl) return null;
  gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA, gl.RGBA, gl.UNSIGNED_BYTE, image);
  if (gl.checkFramebufferStatus(gl.FRAMEBUFFER) !== gl.FRAMEBUFFER_COMPLETE) return null;
  return (top, depth) => {
    const bytes = new Uint8Array(wide * depth * 4);
    gl.readPixels(0, top, wide, depth, gl.RGBA, gl.UNSIGNED_BYTE, bytes);
    return bytes;
  };
}

/**
 * The means of squares of n·n pixels, red, green, blue and alpha, 0 to 1.
 * @param {(top: number, depth: number) => Uint8Array} read - asked strip by strip, so that only
 *   the result is held whole.
 * @param {number} rows - of squares in a strip.
 */
function readMeans(read, wide, high, n, rows) {
  const [width, height] = [Math.ceil(wide / n), Math.ceil(high / n)];
  const values = new Float32Array(width * height * 4);
  for (let first = 0; first < height; first += rows) {
    const depth = Math.min(rows * n, high - first * n);
    const means = meansOfSquares(read(first * n, depth), wide, depth, n);
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

/**
 * How bright the middle and the edges of what is opaque are on average; NaN where there is none.
 */
function middleAndEdge(values, width, brightness) {
  const height = brightness.length / width;
  const there = (x, y) => x >= 0 && y >= 0 && x < width && y < height && values[4 * (y * width + x) + 3] > 0.5;
  const sums = [0, 0];
  const counts = [0, 0];
  brightness.forEach((value, k) => {
    const [x, y] = [k % width, Math.floor(k / width)];
    if (!there(x, y)) return;
    const inside = there(x - 1, y) && there(x + 1, y) && there(x, y - 1) && there(x, y + 1);
    sums[inside ? 0 : 1] += value;
    counts[inside ? 0 : 1] += 1;
  });
  return sums.map((sum, k) => sum / counts[k]);
}

/** The colour of the paper that shows where a picture is transparent: three numbers. */
function paperBehind(values, width) {
  const pixels = Array.from({ length: values.length / 4 }, (_, k) => 4 * k);
  const opacity = pixels.reduce((sum, k) => sum + values[k + 3], 0);
  if (opacity > 0.5 * pixels.length) {
    const there = pixels.filter((k) => values[k + 3] > 0.5);
    return [0, 1, 2].map((c) => quantile(Float32Array.from(there, (k) => values[k + c]), 0.5));
  }
  const brightness = pixels.map((k) => 0.299 * values[k] + 0.587 * values[k + 1] + 0.114 * values[k + 2]);
  const shade = pixels.reduce((sum, k) => sum + brightness[k / 4] * (values[k + 3] + 1e-6), 0);
  const [middle, edge] = middleAndEdge(values, width, brightness);
  const paler = Math.abs(edge - middle) > 0.05 ? edge - middle : 0.5 - shade / (opacity + 1e-6 * pixels.length);
  return new Array(3).fill(paler > 0 ? 1 : 0);
}

/** The picture without alpha; one channel if all its pixels are grey. */
function opaque({ values, width, height }) {
  let paper = null;
  for (let k = 3; k < values.length && !paper; k += 4) if (values[k] < 1) paper = paperBehind(values, width);
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

/** Whether some pixels are neither opaque nor without any colour. */
function halfTransparent(values) {
  for (let k = 3; k < values.length; k += 4) if (values[k] > 0 && values[k] < 1) return true;
  return false;
}

/**
 * Whether two readings show the same picture: textures are not turned as EXIF data say. Colours are
 * compared as they look on black, since those of hardly opaque pixels are rounded coarsely.
 */
function samePicture(one, other) {
  for (let k = 0; k < one.length; k++) {
    const [first, second] = k % 4 === 3 ? [1, 1] : [one[k | 3], other[k | 3]]; // alpha
    if (Math.abs(one[k] * first - other[k] * second) > SAME) return false;
  }
  return true;
}

/** An image as the normaliser takes it. */
function asPicture(image) {
  const [wide, high] = [image.naturalWidth, image.naturalHeight];
  const longest = Math.max(wide, high);
  const n = Math.max(1, Math.ceil(longest / LARGEST_SIDE));
  const rows = Math.max(1, Math.floor(STRIP / (wide * n)));
  const means = readMeans(rowsByCanvas(image, wide, high, rows * n), wide, high, n, rows);
  if (!halfTransparent(means.values) || longest > LONGEST_TEXTURE) return opaque(means);
  const read = rowsByTexture(image, wide);
  const found = read && readMeans(read, wide, high, n, rows);
  return opaque(found && samePicture(found.values, means.values) ? found : means);
}
