/*
 * Plays back any moment of one camera: fetches fragments as byte ranges of the segment
 * files and appends them; gaps are stepped over, and said. Where there is no MediaSource:
 * player-hls.js.
 */
import { Footage } from './footage.js';
import { Source } from './reel.js';
import { say } from './words.js';

const BATCH_BYTES = 1500000, BATCH_S = 4;
const AHEAD_S = 12;            /* wanted in the buffer, times the speed */
const BRIEF_S = 0.1;           /* the same when only one picture is wanted */
const KEEP_S = 20;
const GLUE_BYTES = 4096;       /* what may lie between two fragments of one request */
const WATCH_MS = 200;

function openSource(video) {
  return new Promise((done) => {
    const source = new Source();
    source.addEventListener('sourceopen', () => done(source), { once: true });
    video.src = URL.createObjectURL(source);
  });
}

export class Player {
  /* `on`: tell(words, codec) what is so, '' when all is well, `codec` when the browser cannot
   * decode it; skipped(from, to) over a gap;
   * moved(). `fps` for single steps. `brief`: only the moment sought is wanted. */
  constructor(video, camera, fps, on, how) {
    this.brief = !!(how && how.brief);
    this.video = video;
    this.camera = camera;
    this.fps = fps || 15;
    this.on = on;
    this.footage = null;       /* since the last seek */
    this.inits = {};
    this.next = 0;             /* row to append next */
    this.turn = 0;             /* every seek makes the work before it void */
    this.wanted = false;       /* to play, when there is something to play */
    this.rate = 1;
    this.target = 0;
    this.timer = setInterval(() => this.watch(), WATCH_MS);
  }

  close() {
    this.turn++;
    clearInterval(this.timer);
    this.source = this.buffer = null;
    this.video.removeAttribute('src');
    this.video.load();
  }

  /* The moment on show, or wanted. */
  get at() {
    if (this.pending || !this.buffer)
      return this.target;
    const media = this.video.currentTime, row = this.footage.rowAt(media);
    return row ? row.from + (media - row.start) * 1000 : this.footage.origin + media * 1000;
  }

  get playing() {
    return this.wanted;
  }

  play() {
    this.wanted = true;
    this.run();
  }

  pause() {
    this.wanted = false;
    this.video.pause();
    this.on.moved();
  }

  setRate(rate) {
    this.rate = rate;
    this.video.playbackRate = rate;
    this.fillAhead(this.turn);
  }

  /* One picture on or back, standing still. */
  step(pictures) {
    this.pause();
    if (this.pending || !this.buffer)
      return;
    const to = this.video.currentTime + pictures / this.fps, ranges = this.buffer.buffered;
    for (let i = 0; i < ranges.length; i++) {
      if (to >= ranges.start(i) && to < ranges.end(i)) {
        this.video.currentTime = to;
        return;
      }
    }
    this.seek(this.at + pictures * 1000 / this.fps); /* over the edge of what is loaded */
  }

  run() {
    if (!this.wanted || this.pending)
      return;
    this.video.playbackRate = this.rate;
    const started = this.video.play();
    if (started)
      started.catch(() => { this.wanted = false; this.on.moved(); });
    this.on.moved();
  }

  async seek(ms) {
    if (this.stepInside(ms))
      return;
    const turn = ++this.turn;
    this.target = ms;
    this.pending = true;
    this.footage = new Footage(this.camera, ms, this.brief);
    this.video.pause();
    this.on.tell(say('fetchingMoment'));
    try {
      await this.footage.begin(ms);
      if (turn === this.turn)
        await this.begin(turn, ms);
    } catch (error) {
      if (turn === this.turn) {
        this.pending = false;
        this.on.tell(error.message, !!error.codec);
      }
    }
  }

  /* What is in the buffer is there at once. */
  stepInside(ms) {
    if (this.pending || !this.buffer)
      return false;
    const row = this.footage.rows[this.footage.rowFrom(ms)];
    if (!row || row.from > ms)
      return false;
    const media = row.start + (ms - row.from) / 1000, ranges = this.buffer.buffered;
    for (let i = 0; i < ranges.length; i++) {
      if (media >= ranges.start(i) && media < ranges.end(i) - 0.1) {
        this.video.currentTime = media;
        this.on.tell('');
        this.on.moved();
        return true;
      }
    }
    return false;
  }

  async begin(turn, ms) {
    const rows = this.footage.rows, index = this.footage.rowFrom(ms);
    if (index < 0) {
      this.pending = false;
      this.on.tell(say('nothingHere'));
      return;
    }
    const first = rows[index];
    if (first.from > ms + 1000)
      this.on.skipped(ms, first.from);
    await this.makeSource(turn, first);
    if (turn !== this.turn)
      return;
    this.next = this.footage.keyBefore(index);
    this.start = Math.max(rows[this.next].start, first.start,
      first.start + (ms - first.from) / 1000);
    await this.fillAhead(turn);
    if (turn !== this.turn)
      return;
    this.video.currentTime = this.start + 0.001;
    this.pending = false;
    this.on.tell('');
    this.on.moved();
    this.run();
  }

  /* A new MediaSource for every seek: nothing of the old place can be in the way. */
  async makeSource(turn, first) {
    const type = 'video/mp4; codecs="' + first.run.codecs + '"';
    if (!Source.isTypeSupported(type))
      throw Object.assign(new Error(say('codecUnknown')), { codec: true });
    const old = this.video.src, source = await openSource(this.video);
    if (old)
      URL.revokeObjectURL(old);
    if (turn !== this.turn)
      return;
    this.source = source;
    this.buffer = source.addSourceBuffer(type);
    this.codecs = first.run.codecs;
    this.appended = null;      /* run and offset that the buffer is set to */
  }

  bufferedAhead() {
    const ranges = this.buffer.buffered;
    const at = this.pending ? this.start : this.video.currentTime;
    for (let i = 0; i < ranges.length; i++) {
      if (at >= ranges.start(i) - 0.1 && at < ranges.end(i))
        return ranges.end(ranges.length - 1) - at;
    }
    return ranges.length ? Math.max(0, ranges.end(ranges.length - 1) - at) : 0;
  }

  /* One at a time; returns when enough is there or nothing more is to be had. */
  async fillAhead(turn) {
    if (this.filling === turn || !this.buffer)
      return;
    this.filling = turn;
    try {
      const wanted = this.brief ? BRIEF_S : AHEAD_S * Math.min(this.rate, 8);
      while (turn === this.turn && this.bufferedAhead() < wanted &&
          await this.appendNext(turn)) {
        await this.trim(turn);
        if (this.pending && this.bufferedAhead() > (this.brief ? BRIEF_S : 1))
          break; /* enough to begin with; watch() goes on */
      }
    } catch (error) {
      if (turn === this.turn)
        this.on.tell(error.message || error.name);
    }
    if (this.filling === turn)
      this.filling = -1;
  }

  async appendNext(turn) {
    if (this.next >= this.footage.rows.length && !await this.footage.more(this.rate))
      return false;
    if (turn !== this.turn || this.next >= this.footage.rows.length)
      return false;
    const batch = this.batch();
    const bytes = await this.fetchRange(batch[0].url, batch[0].at,
      batch[batch.length - 1].at + batch[batch.length - 1].size);
    await this.prepare(turn, batch[0]);
    if (turn !== this.turn)
      return false;
    await this.append(turn, this.join(batch, bytes));
    this.next += batch.length;
    return turn === this.turn;
  }

  /* Rows from `next` on that one request can bring. */
  batch() {
    const rows = this.footage.rows, first = rows[this.next], found = [first];
    let bytes = first.size;
    for (let i = this.next + 1; i < rows.length; i++) {
      const row = rows[i], last = found[found.length - 1];
      const between = row.at - last.at - last.size;
      if (row.url !== first.url || row.offset !== first.offset || between < 0 ||
          between > GLUE_BYTES || bytes + row.size > BATCH_BYTES ||
          row.end - first.start > BATCH_S * Math.max(1, this.rate))
        break;
      bytes += row.size;
      found.push(row);
    }
    return found;
  }

  /* The fragments alone, without what lies between them in the file. */
  join(batch, bytes) {
    const joined = new Uint8Array(batch.reduce((sum, row) => sum + row.size, 0));
    let to = 0;
    batch.forEach((row) => {
      const at = row.at - batch[0].at;
      joined.set(bytes.subarray(at, at + row.size), to);
      to += row.size;
    });
    return joined;
  }

  async fetchRange(url, from, to) {
    const answer = await fetch(url, { credentials: 'same-origin',
      headers: { Range: 'bytes=' + from + '-' + (to - 1) } });
    if (answer.status !== 206)
      throw new Error(answer.status === 404 ? say('fileGone') :
        say('serverSaid', { status: answer.status }));
    return new Uint8Array(await answer.arrayBuffer());
  }

  /* Another init segment or another clock: told to the buffer between two fragments. */
  async prepare(turn, row) {
    const init = row.run.init, key = init.url + '@' + init.at;
    if (this.appended && this.appended.key === key && this.appended.offset === row.offset)
      return;
    if (!this.inits[key])
      this.inits[key] = await this.fetchRange(init.url, init.at, init.at + init.size);
    if (turn !== this.turn)
      return;
    this.buffer.abort();
    if (this.codecs !== row.run.codecs) {
      this.buffer.changeType('video/mp4; codecs="' + row.run.codecs + '"');
      this.codecs = row.run.codecs;
    }
    this.buffer.timestampOffset = row.offset;
    await this.append(turn, this.inits[key]);
    this.appended = { key, offset: row.offset };
  }

  append(turn, bytes) {
    return this.update(turn, () => this.buffer.appendBuffer(bytes));
  }

  /* Waits for the buffer to have done it. */
  update(turn, act) {
    const buffer = this.buffer;
    return new Promise((done, failed) => {
      if (turn !== this.turn || !buffer) {
        done();
        return;
      }
      buffer.addEventListener('updateend', () => done(), { once: true });
      try {
        act();
      } catch (error) {
        failed(error);
      }
    });
  }

  async trim(turn) {
    const limit = this.video.currentTime - KEEP_S;
    const keys = this.footage.rows.filter((row) => row.keyframe && row.start <= limit);
    const key = keys[keys.length - 1], ranges = this.buffer ? this.buffer.buffered : null;
    if (this.pending || !key || !ranges || !ranges.length || ranges.start(0) > key.start - 5)
      return;
    await this.update(turn, () => this.buffer.remove(0, key.start));
  }

  watch() {
    if (!this.buffer || this.pending || this.source.readyState === 'ended')
      return;
    if (!this.brief)
      this.fillAhead(this.turn);
    if (!this.wanted)
      return;
    const ranges = this.buffer.buffered, at = this.video.currentTime;
    for (let i = 0; i < ranges.length; i++) {
      const start = ranges.start(i), end = i ? ranges.end(i - 1) : 0;
      if (at < start && at > end - 0.3 && i > 0) {
        const row = this.footage.rowAt(start + 0.01);
        this.on.skipped(this.at, row ? row.from : this.at);
        this.video.currentTime = start + 0.001;
        return;
      }
    }
  }
}
