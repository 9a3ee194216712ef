// Undo and redo: what the content was before each change; typing in one field is one step.
const MOST = 200;
const PAUSE = 1500;

export class History {
  #past = [];
  #future = [];
  #last = { merge: null, at: 0 };

  /** Notes the content as it is before a change. */
  note(before, merge = null) {
    const now = Date.now();
    const goesOn = merge && merge === this.#last.merge && now - this.#last.at < PAUSE;
    this.#last = { merge, at: now };
    this.#future = [];
    if (goesOn) return;
    this.#past.push(before);
    if (this.#past.length > MOST) this.#past.shift();
  }

  get canUndo() {
    return this.#past.length > 0;
  }

  get canRedo() {
    return this.#future.length > 0;
  }

  undo(present) {
    this.#last = { merge: null, at: 0 };
    if (!this.canUndo) return null;
    this.#future.push(present);
    return this.#past.pop();
  }

  redo(present) {
    this.#last = { merge: null, at: 0 };
    if (!this.canRedo) return null;
    this.#past.push(present);
    return this.#future.pop();
  }
}
