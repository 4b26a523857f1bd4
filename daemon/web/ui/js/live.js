/*
 * The page's one stream: asks for the cameras of its tiles, hands each what is its own,
 * and comes back by itself from a lost server, a sleep, or a hidden page.
 * Source: docs/live-stream.md.
 */
import { steady } from './times.js';
import { Deframer, NOTE, PING, readNote } from './wire.js';

const SILENCE_MS = 6000;       /* a PING comes every 2 s */
const WATCH_MS = 500;
const SLEPT_MS = 10000;        /* the watch came this much too late */
const HIDDEN_MS = 10000;       /* hidden this long: let the stream go */
const RETRY_MS = 250, MAX_RETRY_MS = 8000;
const EASE_MS = 5 * 60000;     /* not slow for this long: ask for more again */

export class Live {
  /* `on` may have note(object), refused(), and each(), the last one twice a second. */
  constructor(on) {
    this.on = on;
    this.tiles = [];
    this.wanted = false;
    this.abort = null;
    this.retry = 0;
    this.attempt = 0;
    this.connects = 0;
    this.heard = steady();     /* the last byte */
    this.offset = null;        /* page's clock minus the server's, ms */
    this.slowAt = 0;
    this.ended = '';           /* why the last connection ended */
    this.watched = steady();
    this.timer = setInterval(() => this.watch(), WATCH_MS);
    this.onVisible = () => this.visibility();
    document.addEventListener('visibilitychange', this.onVisible);
  }

  /* Takes other tiles over; who made the old ones closes them. */
  show(tiles) {
    this.tiles = tiles;
    tiles.forEach((tile) => { tile.onFallback = () => this.again('pictures wanted', 0); });
    this.wanted = true;
    this.attempt = 0;
    this.connect();
  }

  stop() {
    this.wanted = false;
    this.drop();
  }

  close() {
    this.stop();
    clearInterval(this.timer);
    clearTimeout(this.hiding);
    document.removeEventListener('visibilitychange', this.onVisible);
  }

  drop() {
    const abort = this.abort;
    clearTimeout(this.retry);
    this.retry = 0;
    this.abort = null;
    if (abort)
      abort.abort();
  }

  again(why, wait_ms) {
    this.drop();
    this.ended = why;
    if (!this.wanted || document.hidden)
      return;
    const backOff = Math.min(MAX_RETRY_MS, RETRY_MS * Math.pow(2, this.attempt++));
    const wait = wait_ms === undefined ? backOff * (0.75 + Math.random() / 2) : wait_ms;
    this.retry = setTimeout(() => this.connect(), wait);
  }

  connect() {
    const abort = new AbortController();
    this.drop();
    this.abort = abort;
    this.connects++;
    this.offset = null;
    this.sought = steady();    /* silence is counted from here, too */
    this.tiles.forEach((tile) => tile.expectKeyframe());
    this.read(abort).catch((error) => {
      if (abort === this.abort)
        this.again(error.message);
    });
  }

  async read(abort) {
    const names = this.tiles.map((tile) => tile.wanted()).join(',');
    const answer = await fetch('/api/live?cameras=' + encodeURIComponent(names),
      { signal: abort.signal, cache: 'no-store', credentials: 'same-origin' });
    if (abort !== this.abort)
      return;
    if (answer.status === 401 && this.on.refused)
      this.on.refused();
    if (!answer.ok)
      throw new Error('status ' + answer.status);
    const deframer = new Deframer((message) => {
      if (abort === this.abort)
        this.onMessage(message);
    });
    const reader = answer.body.getReader();
    /* A loop with await: a chain of then() would keep every link of the day alive. */
    for (;;) {
      const part = await reader.read();
      if (abort !== this.abort)
        return;
      if (part.done)
        throw new Error('ended');
      this.heard = steady();
      this.attempt = 0;
      deframer.push(part.value);
    }
  }

  onMessage(message) {
    /* The clocks may differ by hours; the smallest difference since connecting is it. */
    const difference = steady() - message.time;
    if (this.offset === null || difference < this.offset)
      this.offset = difference;
    message.made = message.time + this.offset;
    if (message.kind === PING)
      return;
    if (message.kind === NOTE) {
      this.onNote(readNote(message.body));
      return;
    }
    const tile = this.tiles[message.channel];
    if (tile)
      tile.take(message);
  }

  onNote(note) {
    if (note.type === 'slow')
      this.onSlow();
    else if (note.type === 'revoked' && this.on.refused)
      this.on.refused();
    if (this.on.note)
      this.on.note(note);
  }

  /* Told that this reader is too slow: half of the videos become pictures. */
  onSlow() {
    const videos = this.tiles.filter((tile) => !tile.jpeg);
    this.slowAt = steady();
    videos.slice(Math.floor(videos.length / 2)).forEach((tile) => {
      tile.jpeg = true;
      tile.eased = true;
    });
    if (videos.length)
      this.again('slow', 0);
  }

  ease() {
    const eased = this.tiles.filter((tile) => tile.eased);
    this.slowAt = 0;
    eased.forEach((tile) => {
      tile.eased = false;
      tile.tryVideo();
    });
    if (eased.length)
      this.again('faster', 0);
  }

  watch() {
    const now = steady(), slept = now - this.watched;
    this.watched = now;
    if (document.hidden)
      return;
    this.tiles.forEach((tile) => tile.judge());
    if (this.on.each)
      this.on.each();
    if (!this.wanted)
      return;
    if (slept > SLEPT_MS) {
      this.attempt = 0;
      this.again('slept', 0);
    } else if (this.abort && now - Math.max(this.heard, this.sought) > SILENCE_MS) {
      this.again('silent');
    } else if (this.slowAt && now - this.slowAt > EASE_MS) {
      this.ease();
    }
  }

  visibility() {
    clearTimeout(this.hiding);
    if (document.hidden) {
      this.hiding = setTimeout(() => this.drop(), HIDDEN_MS);
    } else if (this.wanted && !this.abort) {
      this.attempt = 0;
      this.connect();
    }
  }
}

/* What tests and the curious may read: window.kengd.tiles, .connects, .ended, .sound. */
export function expose(live, sound) {
  const read = {
    tiles: () => live.tiles.map((tile) => tile.facts()),
    connects: () => live.connects,
    ended: () => live.ended,
    sound: () => sound && { ready: sound.ready, struck: sound.struck,
      ringing: sound.ringing > 0 },
  };
  window.kengd = window.kengd || {};
  Object.keys(read).forEach((key) => {
    Object.defineProperty(window.kengd, key, { configurable: true, get: read[key] });
  });
}
