/*
 * What the phone keeps for the time without a network: the last list, whom one can call, and
 * answers that could not be sent yet. Best effort: without storage the page works, only without memory.
 */
const KEY = 'kengd.phone';
const MAX_ALERTS = 40;
const MAX_PENDING_MS = 60 * 60000; /* an answer older than this answers nothing any more */

const empty = () => ({ site: null, areas: [], people: [], alerts: [], cameras: [], at: 0,
  pending: {} });

function read() {
  try {
    return JSON.parse(localStorage.getItem(KEY)) || {};
  } catch (error) {
    return {};
  }
}

function write(kept) {
  try {
    localStorage.setItem(KEY, JSON.stringify(kept));
  } catch (error) {
    return; /* full or forbidden */
  }
}

export class Kept {
  constructor() {
    this.kept = Object.assign(empty(), read());
  }

  /* `at`: the server's time at which this was so. */
  remember(what) {
    Object.assign(this.kept, what);
    this.kept.alerts = this.kept.alerts.slice(0, MAX_ALERTS);
    write(this.kept);
  }

  forget() {
    this.kept = empty();
    try {
      localStorage.removeItem(KEY);
    } catch (error) {
      return; /* nothing was kept either */
    }
  }

  get site() {
    return this.kept.site;
  }

  get alerts() {
    return this.kept.alerts;
  }

  get areas() {
    return this.kept.areas;
  }

  get people() {
    return this.kept.people;
  }

  get cameras() {
    return this.kept.cameras;
  }

  get at() {
    return this.kept.at;
  }

  pending(id) {
    return this.kept.pending[id] || null;
  }

  wait(id, answer, note, at) {
    this.kept.pending[id] = { answer, note, at };
    write(this.kept);
  }

  sent(id) {
    delete this.kept.pending[id];
    write(this.kept);
  }

  /* [{id, answer, note}] that still say something at `now`. */
  waiting(now) {
    return Object.keys(this.kept.pending)
      .filter((id) => now - this.kept.pending[id].at < MAX_PENDING_MS)
      .map((id) => Object.assign({ id }, this.kept.pending[id]));
  }
}
