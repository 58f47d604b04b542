// Inside a network: what leaves each layer, the weights of each hidden neuron, and which of them spoke.

const SPEAKERS = 6; // hidden neurons for an answer that are shown, and as many against it

/**
 * A network with what the page needs to know to show it.
 * @param {{layers: object[], end: object}} network
 * @param {string[]} classes - what its outputs stand for.
 * @returns {object} with `first`, the weights of the first layer before learning, if known.
 */
function readerOf(network, classes) {
  const [hidden, outgoing] = network.layers.filter((layer) => layer.shape);
  return {
    network,
    classes,
    hidden, // the first layer; its weights are a picture if each neuron looks at all pixels
    outgoing,
    showsNeurons: hidden?.kind === "dense" && outgoing?.shape[0] === classes.length,
    parts: network.layers.length + 1, // the image is the first
    nothing: judge(network, new Float32Array(SIDE * SIDE)), // the shapes of all layers
  };
}

function sizeText([count, height, width]) {
  if (height * width === 1) return fill(TEXTS.numbers, { count });
  return fill(count === 1 ? TEXTS.oneMap : TEXTS.maps, { count, height, width });
}

/** What left part `part` of a reader, 0 for the image, as maps; `reading` is undefined without ink. */
function showLayer({ network, parts, nothing }, part, reading) {
  const kind = part === 0 ? "input" : network.layers[part - 1].kind;
  const { values, shape } =
    part === 0
      ? { values: reading?.image ?? new Float32Array(SIDE * SIDE), shape: [1, SIDE, SIDE] }
      : (reading ?? nothing).steps[part - 1];
  const size = sizeText(shape);
  const label = fill(TEXTS.layer, { place: part + 1, count: parts, kind: TEXTS[kind], size });
  if (element("layer").textContent !== label) element("layer").textContent = label; // announced
  element("means").textContent = TEXTS[`${kind}Means`];
  element("previous").disabled = part === 0;
  element("next").disabled = part === parts - 1;
  const canvas = element("maps");
  canvas.setAttribute("aria-label", label);
  drawMaps(canvas, reading ? values : values.map(() => 0), shape);
}

function neuronText(reader, k, reading) {
  const { network, hidden, outgoing, classes } = reader;
  const count = hidden.shape[0];
  const votes = Array.from({ length: outgoing.shape[0] }, (_, j) => outgoing.weights[j * count + k]);
  return fill(reading ? TEXTS.neuronState : TEXTS.neuronIdle, {
    place: k + 1,
    count,
    activation: reading?.steps[network.layers.indexOf(hidden) + 1].values[k].toFixed(3),
    bias: hidden.biases[k].toFixed(2).replace("-", "−"),
    most: classes[argmax(votes)],
    least: classes[argmax(votes.map((vote) => -vote))],
  });
}

/** The weights of hidden neuron k, a picture. */
const weightsOf = ({ hidden }, k) => hidden.weights.subarray(k * SIDE * SIDE, (k + 1) * SIDE * SIDE);

/** What each hidden neuron adds to the output of an answer: its activation times the weight. */
function contributions({ network, hidden, outgoing }, { answer, steps }) {
  const activations = steps[network.layers.indexOf(hidden) + 1].values;
  const count = hidden.shape[0];
  return Array.from(activations, (a, k) => a * outgoing.weights[answer * count + k]);
}

/** A button that will stand for a hidden neuron; chosen, its weights are shown. */
function speakerButton() {
  const button = make("button", { type: "button" }, make("canvas"), make("span"));
  button.addEventListener("click", () => {
    element("neuron").value = button.dataset.place;
    element("neuron").dispatchEvent(new Event("input"));
  });
  return button;
}

/** Let a button stand for hidden neuron k, which has added so much to the answer. */
function showSpeaker(button, reader, reading, k, added) {
  const sum = (added < 0 ? "−" : "+") + Math.abs(added).toFixed(1);
  const label = fill(TEXTS.speaker, { place: k + 1, sum, name: reader.classes[reading.answer] });
  button.dataset.place = k + 1;
  button.setAttribute("aria-label", label);
  button.lastChild.textContent = `${k + 1}: ${sum}`;
  drawProduct(button.firstChild, reader, k, reading.image);
}

/** The weights of hidden neuron k where there is ink; the greatest in full colour, or `limit`. */
function drawProduct(canvas, reader, k, image, limit) {
  const product = weightsOf(reader, k).map((weight, pixel) => weight * (image?.[pixel] ?? 0));
  drawMaps(canvas, product, [1, SIDE, SIDE], limit);
}

/** Which hidden neurons spoke most for the answer, and which against it. */
function showSpeakers(reader, reading) {
  const sums = reading ? contributions(reader, reading) : [];
  const order = sums.map((_, k) => k).sort((a, b) => sums[b] - sums[a]);
  const sides = {
    for: order.filter((k) => sums[k] > 0).slice(0, SPEAKERS),
    against: order.reverse().filter((k) => sums[k] < 0).slice(0, SPEAKERS),
  };
  element("speakers").hidden = !reading;
  for (const [side, neurons] of Object.entries(sides)) {
    const group = element(`speak-${side}`);
    group.previousElementSibling.textContent = reading
      ? fill(TEXTS[`speak-${side}`], { name: reader.classes[reading.answer] })
      : "";
    const buttons = group.children; // they stay: one of them may have the focus or be pressed
    while (buttons.length < neurons.length) group.append(speakerButton());
    while (buttons.length > neurons.length) group.lastChild.remove();
    neurons.forEach((k, n) => showSpeaker(buttons[n], reader, reading, k, sums[k]));
  }
}

/** The hidden neurons, if the reader has some that look at all pixels. */
function showNeurons(reader, reading) {
  element("neurons").hidden = !reader.showsNeurons;
  if (!reader.showsNeurons) return;
  showSpeakers(reader, reading);
  showNeuron(reader, reading);
}

/** The hidden neuron that the slider points at. */
function showNeuron(reader, reading) {
  element("neuron").max = reader.hidden.shape[0]; // the value follows
  const k = Number(element("neuron").value) - 1;
  const weights = weightsOf(reader, k);
  const limit = greatest(weights.map(Math.abs));
  drawMaps(element("weights"), weights, [1, SIDE, SIDE], limit);
  drawProduct(element("product"), reader, k, reading?.image, limit);
  element("change").parentElement.hidden = !reader.first;
  if (reader.first) {
    const change = weights.map((weight, pixel) => weight - reader.first[k * SIDE * SIDE + pixel]);
    drawMaps(element("change"), change, [1, SIDE, SIDE]);
  }
  const state = neuronText(reader, k, reading);
  element("neuronState").textContent = state;
  element("neuron").setAttribute("aria-valuetext", state);
}
