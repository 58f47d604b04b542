// The page: the board on one side, what the network makes of it on the other.

const element = (id) => document.getElementById(id);
const content = (id) => JSON.parse(element(id).textContent);

document.body.classList.remove("plain");
const TEXTS = content("texts");
const MODEL = content("model");
const DIGITS = [..."0123456789"];
const KNOWN = 0.5; // below it is more probably none of the classes than one of them
const SHIPPED = readerOf(
  { layers: await withNumbers(MODEL, element("numbers").textContent), end: MODEL.end },
  MODEL.classes,
);

/** What is shown: who reads, a reading for each digit, the chosen one, the layer looked at. */
const shown = { reader: SHIPPED, readings: [], chosen: 0, part: 1, message: "" };

/** What the network says of one normalised image; null where there is no ink. */
function readImage(image) {
  if (!image.some((value) => value > 0)) return null;
  const judged = judge(shown.reader.network, image);
  const name = judged.known < KNOWN ? "?" : shown.reader.classes[judged.answer];
  return { ...judged, image, name };
}

/** The readings of the digits that some strokes make; those that did not change are kept. */
function readStrokes(strokes, before) {
  return groupStrokes(strokes).map((group) => {
    const points = group.flat().length; // a stroke under way grows
    const same = (reading) =>
      reading.points === points &&
      reading.strokes.length === group.length &&
      group.every((stroke) => reading.strokes.includes(stroke));
    return before.find(same) ?? { ...readImage(normaliseInk(inkOf(group))), strokes: group, points };
  });
}

const SEEN = new WeakMap(); // pictures, and what the network sees of them
const EXAMPLE = [[0, 0], [60, 10], [20, 90]].map(([x, y]) => ({ x, y, width: 15 })); // a seven
let opened = 0; // pictures that were to be opened

function readState({ strokes, picture }) {
  if (!picture) return readStrokes(strokes, shown.readings);
  const reading = readImage(SEEN.get(picture));
  return reading ? [reading] : [];
}

/** Something was drawn, taken back, or shown: read it anew. */
function changed(state) {
  const start = performance.now();
  element("answer").setAttribute("aria-live", "polite");
  read(state);
  const milliseconds = (performance.now() - start).toFixed(1);
  const drawn = shown.readings.length && !state.picture;
  element("timing").textContent = drawn ? fill(TEXTS.timing, { milliseconds }) : "";
  showDetails();
}

/** A stroke is being drawn: show what it is so far, but do not say it aloud. */
function drafted(state) {
  element("answer").setAttribute("aria-live", "off");
  read(state);
  showDetails();
}

function read(state) {
  const before = shown.readings;
  shown.readings = readState(state);
  shown.message = state.picture && !shown.readings.length ? TEXTS.noInk : "";
  const fresh = shown.readings.findIndex((reading) => !before.includes(reading));
  if (fresh >= 0) shown.chosen = fresh;
  else if (shown.readings.length !== before.length) shown.chosen = Math.max(shown.readings.length - 1, 0);
  showAnswer();
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
  const strange = readings.filter(({ name }) => name === "?").length;
  const none = board.state.picture ? TEXTS.notOneDigit : TEXTS.notADigit;
  const some = strange ? TEXTS.digitsOnly : TEXTS.sure; // a point or a sign, for one
  const verdict = strange === readings.length ? none : fill(some, { share: percent(sure) });
  answer.replaceChildren(
    make("span", { className: "number" }, number),
    " ",
    make("span", { className: "sure" }, verdict),
    ...(message ? [" ", note] : []),
  );
}

/** Another network reads what is there. */
function readWith(reader) {
  shown.reader = reader;
  shown.part = Math.min(shown.part, reader.parts - 1);
  shown.readings = shown.readings.map((before) => ({ ...before, ...readImage(before.image) }));
  showAnswer();
  showDetails();
}

function showDetails() {
  showDigits();
  showSeen();
  showInside();
}

function showInside() {
  const reading = shown.readings[shown.chosen];
  showLayer(shown.reader, shown.part, reading);
  showNeurons(shown.reader, reading);
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
  const { classes, network } = shown.reader;
  const lines = classes.map((each, k) => [each, reading && reading.probabilities[k] * reading.known]);
  if (network.end.strangers) lines.push([TEXTS.none, reading && 1 - reading.known]);
  const most = Math.max(...lines.map(([, share]) => share));
  element("probabilities").replaceChildren(
    ...lines.map(([each, share]) => probabilityLine(each, share ?? null, share > 0 && share === most)),
  );
}

async function openFile(file) {
  const mine = ++opened;
  const latest = () => mine === opened; // a large picture may be ready after a small, later one
  try {
    const picture = await openImage(file);
    SEEN.set(picture, normalise(asPicture(picture)));
    if (latest()) board.show(picture);
  } catch (error) {
    if (!latest()) return;
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
    showInside();
  };
  element("previous").addEventListener("click", () => step(-1));
  element("next").addEventListener("click", () => step(1));
  element("neuron").addEventListener("input", () =>
    showNeuron(shown.reader, shown.readings[shown.chosen]),
  );
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
    training.show();
  });
  listenToReaders();
}

/** Whether the network that learns in the page reads. */
const trainedReads = () => document.querySelector("[name=reader]:checked").value === "trained";

function listenToReaders() {
  for (const radio of document.querySelectorAll("[name=reader]")) {
    radio.addEventListener("change", chooseReader);
  }
  element("toBoard").addEventListener("click", () => {
    document.querySelector("[name=reader][value=trained]").checked = true;
    chooseReader();
    element("board").focus();
    element("board").scrollIntoView({ block: "center" });
  });
}

function chooseReader() {
  if (!trainedReads()) readWith(SHIPPED);
  else if (training.parameters && (training.running || training.last?.epoch > 0)) readWith(training.reader);
  else training.go(EPOCHS); // and `hasLearned` follows, many times a second
}

/** The network that learns has other weights than before. */
function hasLearned(learning) {
  if (!trainedReads()) return;
  element("answer").setAttribute("aria-live", learning.running ? "off" : "polite"); // not 25 times a second
  readWith(learning.reader);
}

/** The digits in the page, packed; null if it has none. */
function packedDigits() {
  const text = element("packed").textContent;
  return text ? fromBase85(text).slice().buffer : null;
}

fillTexts();
element("photoButton").hidden = navigator.maxTouchPoints === 0; // no phone, no camera at hand
const board = new Board(element("board"), changed, drafted);
const training = new Training(packedDigits(), hasLearned);
listen();
showAnswer();
showDetails();

/** Browsers compile what runs often: let it run while nobody waits, so that the first answer need not wait. */
function warmUp(times) {
  const whenIdle = globalThis.requestIdleCallback ?? ((work) => setTimeout(work, 50)); // Safari
  whenIdle(() => {
    if (!times || !board.empty) return;
    readStrokes([EXAMPLE], []);
    warmUp(times - 1);
  });
}
warmUp(12);

// For the browser's console, and for tests.
window.numerist = {
  network: SHIPPED.network, training, asPicture, fromBase85, fromHalf, groupStrokes, judge, normalise,
  normaliseInk, openImage,
};
