// Cutting off a frame: numerist/image/frame.py in JavaScript; docs/normaliser.md, step 3.

/** Which pixels of the picture, made small, are darker than the middle of its range. */
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
  return { values: Uint8Array.from(grey, (value) => value < middle), height, width };
}

/** How many lines on one side are frame; 0 unless paper begins at once behind them. */
function frameDepth(lines) {
  const margin = Math.trunc(0.15 * lines[0].length);
  const near = lines.slice(0, 1 + Math.trunc(0.25 * lines.length)).map((line) => {
    const middle = line.slice(margin, line.length - margin);
    return middle.reduce((a, b) => a + b, 0) / middle.length;
  });
  const paper = near.findIndex((share) => share <= 1 - 0.85);
  if (paper <= 0) return 0;
  if (near.slice(0, Math.max(1, paper - 2)).some((share) => share < 0.85)) return 0;
  return paper + 1; // the line where paper begins may be frame in part
}

/** Whether what lies within has paper in its corners and mostly. */
function isPaper(lines) {
  if (!lines.length || !lines[0].length) return false;
  const share = (part) => part.flat().reduce((a, b) => a + b, 0) / part.flat().length;
  const high = Math.max(1, Math.floor(lines.length / 10));
  const wide = Math.max(1, Math.floor(lines[0].length / 10));
  const corners = [lines.slice(0, high), lines.slice(-high)].flatMap((part) => [
    part.map((line) => line.slice(0, wide)),
    part.map((line) => line.slice(-wide)),
  ]);
  return corners.every((corner) => share(corner) < 0.5) && share(lines) < 0.35;
}

/** The picture inside its frame; the picture itself if it has none. */
function withoutFrame(picture) {
  const { values: dark, height, width } = darkPixels(picture);
  const edge = dark.filter((_, k) => {
    const [x, y] = [k % width, Math.floor(k / width)];
    return x === 0 || y === 0 || x === width - 1 || y === height - 1;
  });
  const frameIsDark = edge.reduce((a, b) => a + b, 0) / edge.length > 0.5;
  const outside = Array.from({ length: height }, (_, y) =>
    Array.from({ length: width }, (_, x) => Number(Boolean(dark[y * width + x]) === frameIsDark)),
  );
  const turned = outside[0].map((_, x) => outside.map((line) => line[x]));
  const widths = [outside, outside.toReversed(), turned, turned.toReversed()].map(frameDepth);
  if (widths.filter((depth) => depth > 0).length < 3) return picture;
  const [top, bottom, left, right] = widths;
  const inside = outside.slice(top, height - bottom).map((line) => line.slice(left, width - right));
  if (!isPaper(inside)) return picture;
  const scale = Math.max(picture.height, picture.width) / Math.max(height, width);
  const [a, b, c, d] = widths.map((depth) => Math.ceil(depth * scale));
  return crop(picture, a, picture.height - b, c, picture.width - d);
}
