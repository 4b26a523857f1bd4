/*
 * The fragments of one camera from a moment on, as they are listed bit by bit: where each
 * lies in which file, at which time, and at which media time it is played. Media time is
 * seconds since `origin`; a gap is a gap in it.
 */
import { api } from './api.js';
import { iso, now, parse } from './times.js';

const WINDOW_MS = 120000;      /* listed at once */
const BRIEF_MS = 2000;
const BACK_MS = 5000;          /* room for a step back */
const TAIL_MS = 3000;          /* how often the end of today is asked for */
const ORIGIN_MS = 3600000;     /* media time zero lies this far before the moment */
const SAME_CLOCK_S = 0.3;      /* two listings mean the same run */
const SEAM_S = 0.5;            /* more than this between two fragments is a gap */

export class Footage {
  /* `brief`: only the moment itself is wanted, not what comes after it. */
  constructor(camera, ms, brief) {
    this.camera = camera;
    this.back = brief ? 0 : BACK_MS;
    this.window = brief ? BRIEF_MS : WINDOW_MS;
    this.origin = ms - ORIGIN_MS;
    this.rows = [];            /* in order: {from, start, end, url, at, size, keyframe, ...} */
    this.listedTo = 0;
    this.tailAsked = 0;
  }

  begin(ms) {
    return this.list(ms - this.back, ms + this.window);
  }

  /* Asks for what begins at the keyframe at or before `from`; not beyond now. */
  async list(from, to) {
    const end = Math.min(to, now());
    if (end <= from)
      return;
    const runs = await api.fragments(this.camera, { from: iso(from), to: iso(end) });
    runs.forEach((run) => this.takeRun(run));
    this.listedTo = Math.max(this.listedTo, end);
  }

  /* What comes next, listed the further ahead the faster it is played; true when there was
   * more. The end of today grows: it is asked for again every few seconds. */
  async more(rate) {
    const last = this.rows[this.rows.length - 1], count = this.rows.length;
    const from = Math.max(last ? last.from + (last.end - last.start) * 1000 : 0, this.listedTo);
    const tail = now() - from < WINDOW_MS;
    if (tail && now() - this.tailAsked < TAIL_MS)
      return false;
    this.tailAsked = now();
    /* A window may have reached up to now; what it lacked then is there later. */
    await this.list(tail ? from - 2000 : from, from + WINDOW_MS * Math.max(1, rate / 2));
    return this.rows.length > count;
  }

  takeRun(run) {
    const known = {};
    this.rows.forEach((row) => { known[row.key] = true; });
    run.fragments.forEach((fragment) => {
      const from = parse(fragment.from), key = fragment.url + '@' + fragment.at;
      if (known[key])
        return;
      const start = fragment.dts / run.timescale + this.offsetOf(run, from, fragment.dts);
      this.rows.push({ key, run, from, start, end: start + fragment.duration,
        url: fragment.url, at: fragment.at, size: fragment.size,
        offset: run.offset, keyframe: fragment.keyframe });
    });
  }

  /* What to add to the run's clock to have media time: by its first fragment, or as it was
   * for the listing before, so that pieces of one run fit without a seam. */
  offsetOf(run, from, dts) {
    if (run.offset !== undefined)
      return run.offset;
    const own = dts / run.timescale, last = this.rows[this.rows.length - 1];
    run.offset = (from - this.origin) / 1000 - own;
    if (last && Math.abs(last.offset - run.offset) < SAME_CLOCK_S)
      run.offset = last.offset;
    else if (last && own + run.offset < last.end)
      run.offset = last.end - own; /* the clock was set back: overwrite nothing */
    return run.offset;
  }

  /* The row that shows `ms`, or the first one after it; -1: there is none. */
  rowFrom(ms) {
    for (let i = 0; i < this.rows.length; i++) {
      const row = this.rows[i];
      if (row.from + (row.end - row.start) * 1000 > ms)
        return i;
    }
    return -1;
  }

  keyBefore(index) {
    for (let i = index; i >= 0; i--) {
      if (this.rows[i].keyframe)
        return i;
      if (i > 0 && this.rows[i - 1].end < this.rows[i].start - 0.5)
        break; /* a gap: nothing before it can be decoded with it */
    }
    for (let i = index; i < this.rows.length; i++)
      if (this.rows[i].keyframe)
        return i;
    return index;
  }

  /* The row that shows a media time; null in a gap. */
  rowAt(media) {
    let low = 0, high = this.rows.length - 1;
    while (low <= high) {
      const middle = (low + high) >> 1, row = this.rows[middle];
      if (media < row.start)
        high = middle - 1;
      else if (media >= row.end)
        low = middle + 1;
      else
        return row;
    }
    return null;
  }
}
