// Learning beside the page, in a worker, so that the page stays quick. The page says what to do:
//
//   {do: "digits", packed}                      these are the digits
//   {do: "begin", run, hidden, start, seed}     a fresh network, number `run`
//   {do: "set", eta, batch}                     from the next mini-batch on
//   {do: "run", epochs}                         go on until so many more are done
//   {do: "pause"}
//
// The worker says {said: "digits", training, heldOut} (counts), {said: "epoch", …} after each epoch,
// and {said: "state", …} with all weights many times a second.

const SLICE = 40; // milliseconds of learning, then it listens
const PIECE = 200; // digits between two looks at the clock

const course = { run: 0, eta: 3, batch: 10, running: false, epoch: 0, until: 0, at: 0, spent: 0 };
let digits = null;
let learner = null;
let chance = null;
let order = null;
let next = null; // when learning goes on

/** Learn from the next mini-batches of this epoch: about PIECE digits. */
function learnPiece() {
  const begun = performance.now();
  const end = Math.min(course.at + PIECE, order.length);
  while (course.at < end) {
    const batch = order.subarray(course.at, course.at + course.batch);
    learner.learn(digits.training, batch, course.eta);
    course.at += batch.length;
  }
  course.spent += performance.now() - begun;
  if (course.at >= order.length) endEpoch();
}

function endEpoch() {
  course.epoch++;
  tellEpoch();
  beginEpoch();
  if (course.epoch >= course.until) course.running = false;
}

function beginEpoch() {
  order = chance.permutation(digits.training.count);
  course.at = course.spent = 0;
}

function work() {
  clearTimeout(next); // of a run before: else two would learn in turns
  if (!course.running) return;
  const end = performance.now() + SLICE;
  while (course.running && performance.now() < end) learnPiece();
  tellState();
  if (course.running) next = setTimeout(work);
}

function tellEpoch() {
  const { run, epoch, spent } = course;
  const total = digits.heldOut.count;
  postMessage({ said: "epoch", run, epoch, milliseconds: spent, right: learner.right(digits.heldOut), total });
}

function tellState(begun = false) {
  const { run, running } = course;
  const parameters = learner.parameters();
  const message = { said: "state", run, begun, running, parameters };
  postMessage(message, Object.values(parameters).map((array) => array.buffer));
}

const DOES = {
  digits({ packed }) {
    digits = unpackDigits(packed);
    const { training, heldOut } = digits;
    postMessage({ said: "digits", training: training.count, heldOut: heldOut.count });
  },
  begin({ run, hidden, start, seed }) {
    chance = new Chance(seed);
    learner = new Learner(hidden, start, chance);
    Object.assign(course, { run, running: false, epoch: 0 });
    beginEpoch();
    tellEpoch();
    tellState(true);
  },
  set({ eta, batch }) {
    Object.assign(course, { eta, batch });
  },
  run({ epochs }) {
    const idle = !course.running;
    Object.assign(course, { running: true, until: course.epoch + epochs });
    if (idle) work();
  },
  pause() {
    if (!course.running) return;
    course.running = false;
    tellState();
  },
};

onmessage = ({ data }) => DOES[data.do](data);
