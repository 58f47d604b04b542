// Training in the page: the knobs, the worker that learns, and what is shown of it.

const CHAPTER = { eta: "3", hidden: "30", batch: "10", start: "chapter" };
const KNOBS = {
  eta: ["0.001", "0.01", "0.03", "0.1", "0.3", "1", "3", "10", "30", "100"],
  hidden: ["5", "10", "15", "30", "60", "100"],
  batch: ["1", "2", "5", "10", "20", "50", "100", "1000"],
  start: ["chapter", "small"],
};
const ACROSS = { 5: 5, 10: 5, 15: 5, 30: 6, 60: 10, 100: 10 }; // pictures in a row, so that none is left over
const EPOCHS = 30; // of one run, as in the chapter
const RUNS = 4; // that the curve shows, the one under way among them

const countText = (number) => number.toLocaleString("en");

/** How many packed digits are to learn from, and how many are held out. */
function packedCounts(packed) {
  const view = new DataView(packed);
  const sum = (first) =>
    Array.from({ length: 10 }, (_, k) => view.getUint32(4 * (first + k), true)).reduce((a, b) => a + b);
  return { training: sum(0), heldOut: sum(10) };
}

/** The chapter's network with the worker's numbers, as a reader. */
function trainedReader({ weights, biases, outWeights, outBiases }, first) {
  const [hidden, outputs] = [biases.length, outBiases.length];
  const layers = [
    { kind: "flatten" },
    { kind: "dense", shape: [hidden, SIDE * SIDE], weights, biases },
    { kind: "sigmoid" },
    { kind: "dense", shape: [outputs, hidden], weights: outWeights, biases: outBiases },
    { kind: "sigmoid" },
  ];
  const end = { kind: "activations", output: "sigmoid", border: 0.5 };
  return { ...readerOf({ layers, end }, DIGITS), first };
}

/** The number whose colour is full: three times what is usual, so that a few great ones hide nothing. */
function usual(numbers) {
  return 3 * Math.sqrt(numbers.reduce((sum, x) => sum + x * x, 0) / numbers.length);
}

class Training {
  #worker = null;
  #packed;
  #frame = 0;
  #fresh = false; // whether there are weights that `onChange` has not been told of

  /**
   * @param {ArrayBuffer|null} packed - digits, if there are any.
   * @param {(training: Training) => void} onChange - there are other weights; told once a frame, so
   *   that a slow machine does not fall behind.
   */
  constructor(packed, onChange) {
    this.onChange = onChange;
    this.runs = [];
    this.running = false;
    this.parameters = null;
    this.first = null; // the weights of the first layer before learning
    this.last = null; // what the worker said of the last epoch
    if (packed) this.#take(packed);
    else element("trainData").textContent = TEXTS.noDigits;
    element("forming").setAttribute("aria-label", TEXTS.formingNothing);
    this.#listen();
    this.show();
  }

  /** Digits are there: learning is possible. */
  #take(packed) {
    this.#packed = packed;
    const { training, heldOut } = packedCounts(packed);
    const counts = { training: countText(training), heldOut: countText(heldOut) };
    element("trainData").textContent = fill(TEXTS.trainData, counts);
    element("training").hidden = element("readers").hidden = false;
  }

  /** All of MNIST can be fetched. */
  offerMore(fetchDigits) {
    const button = element("everything");
    button.hidden = false;
    element("training").hidden = false;
    button.addEventListener("click", async () => {
      button.disabled = true;
      try {
        this.#take(await fetchDigits());
        this.#start();
        button.hidden = true;
        this.begin();
      } catch (error) {
        element("progress").textContent = TEXTS[error.message] ?? TEXTS.noAnswer;
        button.disabled = false;
      }
    });
  }

  #start() {
    this.#worker?.terminate();
    const source = new Blob([element("worker").textContent], { type: "text/javascript" });
    this.#worker = new Worker(URL.createObjectURL(source)); // not revoked: some load it later
    this.#worker.onmessage = ({ data }) => this.#hear(data);
    this.#worker.postMessage({ do: "digits", packed: this.#packed });
  }

  /** Be ready: a network that has learned nothing. */
  prepare() {
    if (!this.#worker && this.#packed) {
      this.#start();
      this.begin();
    }
  }

  /** A fresh network; the curve keeps the runs before. */
  begin() {
    if (!this.#worker) this.#start();
    const { hidden, start, eta } = this.knobs;
    this.runs = this.runs.filter(({ points }) => points.length > 1).slice(1 - RUNS);
    this.runs.push({ etas: [eta], label: "", points: [] });
    this.running = false;
    this.number = (this.number ?? 0) + 1;
    this.#worker.postMessage({ do: "begin", run: this.number, hidden: Number(hidden), start, seed: this.number });
    this.#set();
  }

  /** Go on learning. */
  go(epochs) {
    this.prepare();
    this.running = true;
    this.#worker.postMessage({ do: "run", epochs });
    this.show();
  }

  pause() {
    this.#worker?.postMessage({ do: "pause" });
  }

  /** The network as it is now. */
  get reader() {
    return trainedReader(this.parameters, this.first);
  }

  get knobs() {
    return Object.fromEntries(Object.keys(KNOBS).map((name) => [name, element(name).value]));
  }

  #set() {
    const { eta, batch } = this.knobs;
    this.#worker?.postMessage({ do: "set", eta: Number(eta), batch: Number(batch) });
    const run = this.runs.at(-1);
    if (!run) return;
    if (run.etas.at(-1) !== eta) run.etas.push(eta);
    run.label = fill(TEXTS.runLabel, { eta: run.etas.join(" → ") });
  }

  #hear(data) {
    if (data.run !== this.number) return; // of a run before
    if (data.said === "epoch") {
      this.runs.at(-1).points.push(data.right / data.total);
      this.last = data;
      return;
    }
    const stopped = !data.begun && !data.running;
    if (stopped) this.running = false;
    if (data.begun) this.first = data.parameters.weights;
    this.parameters = data.parameters;
    this.#fresh = true;
    this.show();
    if (stopped) element("said").textContent = this.#summary();
  }

  #summary() {
    if (!this.last) return "";
    const { epoch, right, total, milliseconds } = this.last;
    const values = { epoch, total: countText(total), share: percent(right / total), milliseconds: Math.round(milliseconds) };
    return fill(epoch ? TEXTS.learned : TEXTS.learnedNothing, values);
  }

  /** Show the state soon, once for all that has changed until then. */
  show() {
    this.#frame ||= requestAnimationFrame(() => {
      this.#frame = 0;
      this.#draw();
      if (this.#fresh) this.onChange(this);
      this.#fresh = false;
    });
  }

  #draw() {
    element("progress").textContent = this.#summary();
    element("run").textContent = this.running ? TEXTS.pause : TEXTS.run;
    drawCurve(element("curve"), this.runs, EPOCHS);
    const summary = [...this.runs].map(({ label, points }) =>
      fill(TEXTS.curveRun, { label, epochs: points.length - 1, share: percent(points.at(-1) ?? 0) }),
    );
    element("curve").setAttribute("aria-label", [TEXTS.curve, ...summary].join(" "));
    if (!this.parameters) return;
    const { weights, biases } = this.parameters;
    const change = element("shownWeights").value === "change";
    const values = change ? weights.map((weight, k) => weight - this.first[k]) : weights;
    const across = ACROSS[biases.length];
    drawMaps(element("forming"), values, [biases.length, SIDE, SIDE], usual(values), across);
    element("forming").setAttribute("aria-label", fill(TEXTS.forming, { count: biases.length }));
  }

  /** As in the chapter, but for η: from the beginning, as long as in the chapter. */
  #preset(eta) {
    for (const [name, value] of Object.entries({ ...CHAPTER, eta })) element(name).value = value;
    this.begin();
    this.go(EPOCHS);
    element("curve").scrollIntoView({ block: "nearest" });
  }

  #listen() {
    for (const [name, values] of Object.entries({ ...KNOBS, shownWeights: ["change", "weights"] })) {
      const options = values.map((value) => make("option", { value }, TEXTS[`${name}-${value}`] ?? value));
      element(name).append(...options);
      if (name in CHAPTER) element(name).value = CHAPTER[name];
    }
    for (const button of document.querySelectorAll(".presets button")) {
      const { eta } = button.dataset;
      button.textContent = TEXTS[`preset-${eta}`];
      button.addEventListener("click", () => this.#preset(eta));
    }
    element("run").addEventListener("click", () => (this.running ? this.pause() : this.go(EPOCHS)));
    element("oneEpoch").addEventListener("click", () => this.go(1));
    element("reset").addEventListener("click", () => this.begin());
    element("shownWeights").addEventListener("change", () => this.show());
    for (const name of ["eta", "batch"]) element(name).addEventListener("change", () => this.#set());
    for (const name of ["hidden", "start"]) {
      element(name).addEventListener("change", () => {
        const { running } = this;
        this.begin();
        if (running) this.go(EPOCHS);
      });
    }
    new ResizeObserver(() => this.show()).observe(element("curve"));
  }
}
