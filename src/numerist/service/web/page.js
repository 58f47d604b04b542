// The page: the board on one side, what the network makes of it on the other.

const element = (id) => document.getElementById(id);
const content = (id) => JSON.parse(element(id).textContent);

const TEXTS = content("texts");
const MODEL = content("model");
const NETWORK = { layers: withNumbers(MODEL, element("numbers").textContent), end: MODEL.end };
const KNOWN = 0.5; // below it is more probably none of the classes than one of them
const PARTS = Array.from({ length: NETWORK.layers.length + 1 }, (_, k) => k); // 0: the image

/** What is shown: a reading for each digit, the chosen one, the layer and neuron looked at. */
const shown = { readings: [], chosen: 0, part: 1, message: "" };

/** What the network says of one normalised image; null where there is no ink. */
function readImage(image) {
  if (!image.some((value) => value > 0)) return null;
  const judged = judge(NETWORK, image);
  const name = judged.known < KNOWN ? "?" : MODEL.classes[judged.answer];
  return { ...judged, image, name };
}

/** The readings of the digits that some strokes make; those that did not change are kept. */
function readStrokes(strokes, before) {
  return groupStrokes(strokes).map((group) => {
    const same = (reading) =>
      reading.strokes?.length === group.length && group.every((s) => reading.strokes.includes(s));
    return before.find(same) ?? { ...readImage(normaliseInk(inkOf(group))), strokes: group };
  });
}

function readState({ strokes, picture }) {
  if (!picture) return readStrokes(strokes, shown.readings);
  const reading = readImage(normalise(asPicture(picture)));
  return reading ? [reading] : [];
}

/** Something was drawn, taken back, or shown: read it anew. */
function changed(state) {
  const start = performance.now();
  const before = shown.readings;
  shown.readings = readState(state);
  shown.message = state.picture && !shown.readings.length ? TEXTS.noInk : "";
  const fresh = shown.readings.findIndex((reading) => !before.includes(reading));
  shown.chosen = fresh >= 0 ? fresh : Math.max(shown.readings.length - 1, 0);
  showAnswer();
  const milliseconds = (performance.now() - start).toFixed(1);
  element("timing").textContent = shown.readings.length ? fill(TEXTS.timing, { milliseconds }) : "";
  showDetails();
}

function showAnswer() {
  const { readings, message } = shown;
  const answer = element("answer");
  element("undo").disabled = board.fresh;
  element("clear").disabled = board.empty;
  const note = make("span", { className: "sure" }, message || (readings.length ? "" : TEXTS.nothing));
  if (!readings.length) {
    answer.replaceChildren(note);
    return;
  }
  const number = readings.map(({ name }) => name).join("");
  const sure = readings.reduce((product, { confidence }) => product * confidence, 1);
  const strange = readings.every(({ name }) => name === "?");
  const verdict = strange ? TEXTS.notADigit : fill(TEXTS.sure, { share: percent(sure) });
  answer.replaceChildren(
    make("span", { className: "number" }, number),
    " ",
    make("span", { className: "sure" }, verdict),
    ...(message ? [" ", note] : []),
  );
}

function showDetails() {
  showDigits();
  showSeen();
  showLayer();
  showNeuron();
}

function digitButton(reading, k) {
  const share = percent(reading.confidence);
  const name = reading.name === "?" ? TEXTS.notADigit : reading.name;
  const label = fill(TEXTS.digit, { place: k + 1, count: shown.readings.length, name, share });
  const canvas = make("canvas", { className: "ink" });
  const button = make(
    "button",
    { type: "button", "aria-pressed": String(k === shown.chosen), "aria-label": label },
    canvas,
    make("span", {}, `${reading.name} ${share}`),
  );
  button.addEventListener("click", () => {
    shown.chosen = k;
    showDetails();
    element("digits").children[k].focus();
  });
  return { button, canvas };
}

/** A button for each digit, if there are several. */
function showDigits() {
  const several = shown.readings.length > 1 ? shown.readings : [];
  const buttons = several.map(digitButton);
  element("digits").replaceChildren(...buttons.map(({ button }) => button));
  buttons.forEach(({ canvas }, k) => drawImage(canvas, several[k].image));
}

function showSeen() {
  const reading = shown.readings[shown.chosen];
  const canvas = element("seen");
  drawImage(canvas, reading?.image ?? new Float32Array(SIDE * SIDE));
  const name = reading?.name === "?" ? TEXTS.notADigit : reading?.name;
  canvas.setAttribute("aria-label", name ? fill(TEXTS.seenImage, { name }) : TEXTS.nothing);
  const lines = MODEL.classes.map((each, k) => [each, reading && reading.probabilities[k] * reading.known]);
  if (NETWORK.end.strangers) lines.push([TEXTS.none, reading && 1 - reading.known]);
  const most = Math.max(...lines.map(([, share]) => share));
  element("probabilities").replaceChildren(
    ...lines.map(([each, share]) => probabilityLine(each, share ?? null, share > 0 && share === most)),
  );
}

function sizeText([count, height, width]) {
  if (height * width === 1) return fill(TEXTS.numbers, { count });
  return fill(count === 1 ? TEXTS.oneMap : TEXTS.maps, { count, height, width });
}

/** What left one layer, as maps. */
function showLayer() {
  const { part } = shown;
  const reading = shown.readings[shown.chosen];
  const kind = part === 0 ? "input" : NETWORK.layers[part - 1].kind;
  const { values, shape } =
    part === 0
      ? { values: reading?.image ?? new Float32Array(SIDE * SIDE), shape: [1, SIDE, SIDE] }
      : (reading ?? nothing).steps[part - 1];
  const size = sizeText(shape);
  const label = fill(TEXTS.layer, { place: part + 1, count: PARTS.length, kind: TEXTS[kind], size });
  if (element("layer").textContent !== label) element("layer").textContent = label; // announced
  element("means").textContent = TEXTS[`${kind}Means`];
  element("previous").disabled = part === 0;
  element("next").disabled = part === PARTS.length - 1;
  const canvas = element("maps");
  canvas.setAttribute("aria-label", label);
  drawMaps(canvas, reading ? values : values.map(() => 0), shape);
}

/** The first layer, if each of its neurons looks at all pixels: then its weights are a picture. */
const hidden = NETWORK.layers.find((layer) => layer.shape);
const outgoing = NETWORK.layers.filter((layer) => layer.shape)[1];
const showsNeurons = hidden?.kind === "dense" && outgoing?.shape[0] === MODEL.classes.length;

function showNeuron() {
  if (!showsNeurons) return;
  const k = Number(element("neuron").value) - 1;
  const count = hidden.shape[0];
  const inputs = SIDE * SIDE;
  const weights = hidden.weights.subarray(k * inputs, (k + 1) * inputs);
  const reading = shown.readings[shown.chosen];
  const limit = greatest(weights.map(Math.abs));
  drawMaps(element("weights"), weights, [1, SIDE, SIDE], limit);
  const product = weights.map((weight, pixel) => weight * (reading?.image[pixel] ?? 0));
  drawMaps(element("product"), product, [1, SIDE, SIDE], limit);
  const votes = Array.from({ length: outgoing.shape[0] }, (_, j) => outgoing.weights[j * count + k]);
  const state = fill(reading ? TEXTS.neuronState : TEXTS.neuronIdle, {
    place: k + 1,
    count,
    activation: reading?.steps[NETWORK.layers.indexOf(hidden) + 1].values[k].toFixed(3),
    bias: hidden.biases[k].toFixed(2),
    most: MODEL.classes[argmax(votes)],
    least: MODEL.classes[argmax(votes.map((vote) => -vote))],
  });
  element("neuronState").textContent = state;
  element("neuron").setAttribute("aria-valuetext", state);
}

async function openFile(file) {
  try {
    board.show(await openImage(file));
  } catch (error) {
    shown.message = TEXTS[error.message] ?? TEXTS.notAPicture;
    showAnswer();
  }
}

/** Take a picture from whatever was dropped, pasted or chosen; true if there was a file. */
function openFirst(files) {
  const [file] = files ?? [];
  if (file) openFile(file);
  return Boolean(file);
}

function fillTexts() {
  for (const each of document.querySelectorAll("[data-text]")) {
    each.textContent = TEXTS[each.dataset.text];
  }
  for (const each of document.querySelectorAll("[data-label]")) {
    each.setAttribute("aria-label", TEXTS[each.dataset.label]);
  }
  element("board").setAttribute("aria-roledescription", TEXTS.boardKind);
  for (const each of document.querySelectorAll(".legend")) each.textContent = fill(TEXTS.legend, TEXTS);
  element("about").replaceChildren(
    ...MODEL.accuracy.flatMap((accuracy) => [fill(TEXTS.accuracy, accuracy), " "]),
    fill(TEXTS.made, { how: MODEL.made_by }),
    ". ",
    fill(TEXTS.licence, MODEL),
  );
}

function listen() {
  element("undo").addEventListener("click", () => board.undo());
  element("clear").addEventListener("click", () => board.clear());
  for (const id of ["picture", "photo"]) {
    element(id).addEventListener("change", (event) => {
      openFirst(event.target.files);
      event.target.value = ""; // so that the same file can be chosen again
    });
  }
  const step = (by) => {
    shown.part += by;
    showLayer();
  };
  element("previous").addEventListener("click", () => step(-1));
  element("next").addEventListener("click", () => step(1));
  element("neuron").addEventListener("input", showNeuron);
  document.addEventListener("paste", (event) => openFirst(event.clipboardData.files));
  document.addEventListener("dragover", (event) => {
    event.preventDefault();
    document.body.classList.add("dropping");
  });
  document.addEventListener("dragleave", () => document.body.classList.remove("dropping"));
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    document.body.classList.remove("dropping");
    openFirst(event.dataTransfer.files);
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
    board.draw();
    showDetails();
  });
}

fillTexts();
const nothing = judge(NETWORK, new Float32Array(SIDE * SIDE)); // the shapes of all layers
element("photoButton").hidden = navigator.maxTouchPoints === 0; // no phone, no camera at hand
if (showsNeurons) {
  element("neurons").hidden = false;
  element("neuron").max = hidden.shape[0];
}
const board = new Board(element("board"), changed);
listen();
showAnswer();
showDetails();

// Browsers compile what runs often. The first answer should not have to wait for that.
for (const delay of [0, 100, 200, 300]) {
  setTimeout(() => judge(NETWORK, normaliseInk(inkOf([[{ x: 0, y: 0, width: 1 }]]))), delay);
}

// For the browser's console, and for tests.
window.numerist = {
  network: NETWORK, asPicture, fromHalf, groupStrokes, judge, normalise, normaliseInk, openImage,
};
