// The drawing board: strokes by mouse, pen, finger or keyboard, undo and clear.
//
// Its own units are fixed, WIDTH × HEIGHT, whatever its size on the screen.

const BOARD = { width: 1000, height: 600, pen: 34, step: 20 };

class Board {
  #pen;
  #past = [];
  #pointer = null; // the one that draws; others are ignored
  #stroke = null; // being drawn
  #cursor = { x: BOARD.width / 2, y: BOARD.height / 2 };
  #byKey = false; // whether the stroke is drawn with the keyboard
  #showsCursor = false; // from the first key on, until something is drawn otherwise
  #soon = 0; // when the stroke under way is told of
  #rest = 0; // milliseconds until then: twice what the last time took, so that the pen stays quick

  /**
   * @param {HTMLCanvasElement} canvas
   * @param {(what: {strokes: object[][], picture: HTMLImageElement|null}) => void} onChange - after
   *   each stroke, and whatever else changes what is there.
   * @param {(what: object) => void} onDraft - likewise, while a stroke is being drawn.
   */
  constructor(canvas, onChange, onDraft) {
    this.canvas = canvas;
    this.onChange = onChange;
    this.onDraft = onDraft;
    this.state = { strokes: [], picture: null };
    this.#pen = canvas.getContext("2d");
    canvas.addEventListener("pointerdown", (event) => this.#down(event));
    canvas.addEventListener("pointermove", (event) => this.#move(event));
    canvas.addEventListener("pointerup", (event) => this.#up(event));
    canvas.addEventListener("pointercancel", (event) => this.#up(event));
    canvas.addEventListener("keydown", (event) => this.#key(event));
    canvas.addEventListener("focus", () => this.draw());
    canvas.addEventListener("blur", () => {
      this.#showsCursor = false;
      this.#finish();
    });
    new ResizeObserver(() => this.draw()).observe(canvas);
  }

  get empty() {
    return !this.state.strokes.length && !this.state.picture;
  }

  get fresh() {
    return !this.#past.length;
  }

  undo() {
    this.#finish();
    if (!this.#past.length) return;
    this.state = this.#past.pop();
    this.#changed();
  }

  clear() {
    this.#finish();
    if (!this.empty) this.#become({ strokes: [], picture: null });
  }

  /** Show a picture in place of what was drawn. */
  show(picture) {
    this.#finish();
    this.#become({ strokes: [], picture });
  }

  /** Draw everything anew, in the colours of the moment. */
  draw() {
    const { canvas, state } = this;
    const scale = (canvas.clientWidth * devicePixelRatio) / BOARD.width;
    canvas.width = Math.max(1, Math.round(BOARD.width * scale));
    canvas.height = Math.max(1, Math.round(BOARD.height * scale));
    this.#pen.setTransform(scale, 0, 0, scale, 0, 0);
    this.#pen.strokeStyle = this.#pen.fillStyle = getComputedStyle(canvas).color;
    if (state.picture) this.#drawPicture(state.picture);
    for (const stroke of state.strokes) drawStroke(this.#pen, stroke);
    if (this.#stroke) drawStroke(this.#pen, this.#stroke);
    if (this.#showsCursor || canvas.matches(":focus-visible")) this.#drawCursor();
  }

  #drawPicture(picture) {
    const [wide, high] = [picture.naturalWidth, picture.naturalHeight];
    const scale = Math.min(BOARD.width / wide, BOARD.height / high);
    const [width, height] = [wide * scale, high * scale];
    const [left, top] = [(BOARD.width - width) / 2, (BOARD.height - height) / 2];
    this.#pen.drawImage(picture, left, top, width, height);
  }

  #drawCursor() {
    const { x, y } = this.#cursor;
    this.#pen.beginPath();
    this.#pen.lineWidth = 4;
    this.#pen.arc(x, y, BOARD.pen, 0, 2 * Math.PI);
    this.#pen.stroke();
  }

  #become(state) {
    this.#past.push(this.state);
    this.state = state;
    this.#changed();
  }

  #changed() {
    this.draw();
    this.onChange(this.state);
  }

  #point(event) {
    const box = this.canvas.getBoundingClientRect();
    const pressed = event.pointerType === "pen" && event.pressure > 0;
    return {
      x: ((event.clientX - box.left) / box.width) * BOARD.width,
      y: ((event.clientY - box.top) / box.height) * BOARD.height,
      width: BOARD.pen * (pressed ? 0.5 + event.pressure : 1),
    };
  }

  #down(event) {
    if (this.#pointer !== null || event.button !== 0) return;
    this.#showsCursor = false;
    this.#finish(); // of a stroke by keyboard
    this.#pointer = event.pointerId;
    this.canvas.setPointerCapture(event.pointerId);
    this.#stroke = [this.#point(event)];
    drawStroke(this.#pen, this.#stroke);
  }

  #move(event) {
    if (event.pointerId !== this.#pointer) return;
    const events = event.getCoalescedEvents?.() ?? [];
    const before = this.#stroke.length;
    this.#stroke.push(...(events.length ? events : [event]).map((each) => this.#point(each)));
    drawStroke(this.#pen, this.#stroke, before);
    this.#tellSoon();
  }

  /** Tell of the stroke under way, as often as there is time for it. */
  #tellSoon() {
    this.#soon ||= setTimeout(() => {
      const begun = performance.now();
      this.onDraft({ strokes: [...this.state.strokes, this.#stroke], picture: null });
      this.#rest = 2 * (performance.now() - begun);
      this.#soon = 0;
    }, this.#rest);
  }

  #up(event) {
    if (event.pointerId !== this.#pointer) return;
    this.#pointer = null;
    this.#finish();
  }

  /** The stroke under way is done. */
  #finish() {
    const stroke = this.#stroke;
    clearTimeout(this.#soon);
    this.#soon = 0;
    this.#stroke = null;
    this.#pointer = null;
    this.#byKey = false;
    if (stroke) this.#become({ strokes: [...this.state.strokes, stroke], picture: null });
    else this.draw();
  }

  #key(event) {
    const moves = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    const command = event.ctrlKey || event.metaKey;
    this.#showsCursor = true;
    if (event.key in moves && !command && !event.altKey) this.#step(...moves[event.key]);
    else if (event.key === " ") this.#penByKey();
    else if (event.key === "Backspace" || (command && event.key === "z")) this.undo();
    else if (event.key === "Delete" || event.key === "Escape") this.clear();
    else return;
    event.preventDefault();
  }

  /** Lower the pen where the cursor is, or lift it. */
  #penByKey() {
    if (this.#pointer !== null) return;
    const drawing = this.#byKey;
    if (this.#stroke) this.#finish();
    if (drawing) return;
    this.#byKey = true;
    this.#stroke = [{ ...this.#cursor, width: BOARD.pen }];
    this.draw();
  }

  #step(right, down) {
    const within = (value, most) => Math.min(Math.max(value, BOARD.pen), most - BOARD.pen);
    this.#cursor = {
      x: within(this.#cursor.x + right * BOARD.step, BOARD.width),
      y: within(this.#cursor.y + down * BOARD.step, BOARD.height),
    };
    if (this.#byKey) {
      this.#stroke.push({ ...this.#cursor, width: BOARD.pen });
      this.#tellSoon();
    }
    this.draw();
  }
}
