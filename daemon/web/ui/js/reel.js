/*
 * A reel is one MediaSource on one video element: it appends fragments, stays near the
 * live edge by turning a little faster or slower, and cuts off what lies behind.
 * It lives until anything about it fails; then the tile makes another.
 *
 * The figures are measured: cushion and bounds keep a tile about a second behind the
 * camera without a stall, on software decoding, with 16 tiles on a page.
 */
import { fragmentStart, videoTrack } from './boxes.js';
import { steady } from './times.js';
import { FRAGMENT, INIT, KEYFRAME, SKIPPED, readInit } from './wire.js';

export const Source = window.MediaSource || window.ManagedMediaSource || null;

const CUSHION_S = 0.25;      /* wanted in the buffer when the next fragment arrives */
const FAST_ABOVE_S = 0.4;    /* more than this left unused: turn faster */
const SLOW_BELOW_S = 0.15;   /* less: turn slower, at once */
const JUMP_S = 0.6;          /* this much more than cushion and fragment: seek */
const BACK_S = 0.8;          /* seek to this far from the end */
const LEADS = 8;             /* fragments over which the smallest lead counts */
const KEEP_S = 6;            /* kept behind the playhead */
const KEEP_FULL_S = 1;       /* when the browser says that it is full */
const QUEUE = 40;            /* fragments; thrown away only for a newer keyframe */
const MARKS = 60;            /* fragments whose time is remembered */
const FRESH_MS = 1500;       /* a fragment younger than this is no longer of the burst */
const BURST_MS = 3000;       /* no burst lasts longer, whatever the clocks say */

export function playable(codecs) {
  return !!Source && Source.isTypeSupported('video/mp4; codecs="' + codecs + '"');
}

/* `onFail(why)` is called once; the reel is dead then. `count` is the tile's counters. */
export class Reel {
  constructor(video, count, onFail) {
    this.video = video;
    this.count = count;
    this.onFail = onFail;
    this.queue = [];
    this.marks = [];       /* {start, end, made}: media seconds, page's milliseconds */
    this.keys = [];        /* media seconds of keyframes: where may be cut */
    this.leads = [];
    this.lengths = [];     /* seconds of the last fragments */
    this.codecs = '';
    this.track = null;
    this.needKey = true;
    this.held = false;     /* ManagedMediaSource has said that it wants nothing now */
    this.started = false;
    this.settled = false;  /* the burst after joining is over */
    this.freshRun = false;
    this.runAt = 0;
    this.appending = null; /* {message, before}: on its way into the buffer */
    this.buffer = null;
    this.source = null;
    this.address = '';
  }

  open(codecs) {
    const source = this.source = new Source();
    const type = 'video/mp4; codecs="' + codecs + '"';
    source.addEventListener('startstreaming', () => { this.held = false; });
    source.addEventListener('endstreaming', () => { this.held = this.needKey = true; });
    source.addEventListener('sourceopen', () => {
      if (source !== this.source || this.buffer)
        return;
      try {
        source.duration = Infinity;
        this.buffer = source.addSourceBuffer(type);
        this.buffer.mode = 'segments';
      } catch (error) {
        this.fail(error.name + ': ' + error.message);
        return;
      }
      this.buffer.addEventListener('updateend', () => this.onAppended());
      this.pump();
    });
    this.address = URL.createObjectURL(source);
    this.video.src = this.address;
  }

  close() {
    if (this.address)
      URL.revokeObjectURL(this.address);
    this.address = '';
    this.source = this.buffer = null;
    this.queue = [];
  }

  fail(why) {
    if (!this.onFail)
      return;
    const tell = this.onFail;
    this.onFail = null;
    this.close();
    tell(why);
  }

  /* INIT and FRAGMENT messages, in order, with `made`: the page's time of their first
   * frame. */
  take(message) {
    if (message.kind === INIT)
      this.takeInit(message);
    else if (message.kind === FRAGMENT)
      this.takeFragment(message);
    this.pump();
  }

  takeInit(message) {
    const init = readInit(message.body);
    /* What is queued of the old run is late already. */
    this.queue = this.queue.filter((m) => m.kind === INIT);
    this.queue.push({ kind: INIT, codecs: init.codecs, bytes: init.bytes });
    this.needKey = true;
    if (!this.source)
      this.open(init.codecs);
  }

  takeFragment(message) {
    const key = (message.flags & KEYFRAME) !== 0;
    if (this.held || (this.needKey && !key))
      return;
    this.needKey = false;
    this.count.fragments++;
    if (message.flags & SKIPPED)
      this.count.skipped++;
    this.queue.push(message);
    /* Never throw away the only keyframe: with a GOP of a minute that is a black minute. */
    if (this.queue.length > QUEUE && key)
      this.queue = this.queue.filter((m) => m.kind === INIT || m === message);
  }

  /* A stream that begins anew begins at a keyframe. */
  expectKeyframe() {
    this.needKey = true;
  }

  end() {
    const ranges = this.buffer ? this.buffer.buffered : null;
    return ranges && ranges.length ? ranges.end(ranges.length - 1) : 0;
  }

  pump() {
    const buffer = this.buffer;
    if (!buffer || buffer.updating || !this.queue.length ||
        this.source.readyState !== 'open')
      return;
    const message = this.queue[0];
    try {
      if (message.kind === INIT)
        this.appendInit(message);
      else
        this.appendFragment(message);
      this.queue.shift();
    } catch (error) {
      const full = error.name === 'QuotaExceededError';
      this.count.quota += full ? 1 : 0;
      if (full && this.trim(KEEP_FULL_S))
        return; /* updateend pumps again */
      this.fail(error.name + ': ' + error.message);
    }
  }

  appendInit(message) {
    if (this.codecs) {
      this.buffer.abort(); /* an offset may only change between segments */
      if (this.codecs !== message.codecs)
        this.buffer.changeType('video/mp4; codecs="' + message.codecs + '"');
    }
    this.codecs = message.codecs;
    this.track = videoTrack(message.bytes);
    this.freshRun = true;
    this.runAt = steady();
    this.settled = false;
    this.appending = null;
    this.buffer.appendBuffer(message.bytes);
  }

  appendFragment(message) {
    const before = this.end();
    if (this.freshRun) {
      /* A run goes right behind what is buffered, whatever its clock shows. */
      this.buffer.timestampOffset = before - fragmentStart(message.body, this.track);
      this.freshRun = false;
    }
    if (this.started && this.settled) {
      this.leads.push(before - this.video.currentTime);
      if (this.leads.length > LEADS)
        this.leads.shift();
    }
    this.appending = { message, before };
    this.buffer.appendBuffer(message.body);
  }

  onAppended() {
    if (!this.buffer)
      return;
    const done = this.appending;
    this.appending = null;
    if (done) {
      this.mark(done);
      this.begin();
      this.settle(done.message);
      if (this.settled)
        this.steer();
      if (this.queue.length < 3)
        this.trim(KEEP_S);
    }
    this.pump();
  }

  mark(done) {
    const ranges = this.buffer.buffered, end = this.end();
    if (!ranges.length || end <= done.before)
      return;
    const start = Math.max(done.before, ranges.start(ranges.length - 1));
    this.marks.push({ start, end, made: done.message.made });
    if (this.marks.length > MARKS)
      this.marks.shift();
    if (done.message.flags & KEYFRAME)
      this.keys.push(start);
    this.lengths.push(end - start);
    if (this.lengths.length > LEADS)
      this.lengths.shift();
  }

  begin() {
    const ranges = this.buffer.buffered;
    if (this.started || !ranges.length)
      return;
    this.started = true;
    const wanted = this.longest() + CUSHION_S;
    this.video.currentTime = Math.max(ranges.start(0), this.end() - wanted);
    /* One fragment alone lasts just until the next: gain the cushion on the way. */
    if (this.end() - this.video.currentTime < wanted)
      this.video.playbackRate = 0.8;
    this.play();
  }

  /* After joining, fragments of the last GOP come at once: one jump when they are in. */
  settle(message) {
    const now = steady();
    const fresh = now - message.made < FRESH_MS || now - this.runAt > BURST_MS;
    if (this.settled || this.queue.length || !fresh)
      return;
    this.settled = true;
    if (this.end() - this.video.currentTime > CUSHION_S + this.longest() + 0.2)
      this.jumpToEdge();
  }

  longest() {
    return Math.min(2, Math.max.apply(null, [0.5].concat(this.lengths)));
  }

  /* The smallest lead of the last fragments says how much of the buffer is never used. */
  steer() {
    const lead = this.end() - this.video.currentTime;
    if (this.inGap() || lead > CUSHION_S + this.longest() + JUMP_S) {
      this.jumpToEdge();
      return;
    }
    if (!this.leads.length)
      return;
    const least = Math.min.apply(null, this.leads);
    let rate = 1;
    if (least < SLOW_BELOW_S)
      rate = Math.max(0.8, 0.9 - (SLOW_BELOW_S - least));
    else if (least > FAST_ABOVE_S && this.leads.length >= 3)
      rate = Math.min(1.1, 1.03 + (least - FAST_ABOVE_S) / 4);
    rate = Math.round(rate * 50) / 50;
    /* What was short long ago must not slow what is well now. */
    if (least < SLOW_BELOW_S && this.leads[this.leads.length - 1] > CUSHION_S)
      this.leads.shift();
    if (Math.abs(this.video.playbackRate - rate) > 0.001) {
      this.video.playbackRate = rate;
      this.count.nudges++;
    }
  }

  inGap() {
    const ranges = this.buffer.buffered, at = this.video.currentTime + 0.05;
    for (let i = 0; i < ranges.length; i++) {
      if (at >= ranges.start(i) && at < ranges.end(i))
        return false;
    }
    return ranges.length > 1 && at < ranges.start(ranges.length - 1);
  }

  /* For the tile, when nothing moves: true if there was something to step into. */
  unstick() {
    const ready = this.started && this.buffer && !this.buffer.updating;
    if (!ready || this.end() - this.video.currentTime < 0.4)
      return false;
    this.jumpToEdge();
    this.play();
    return true;
  }

  jumpToEdge() {
    const ranges = this.buffer.buffered;
    const start = ranges.start(ranges.length - 1);
    this.video.currentTime = Math.max(start, this.end() - BACK_S);
    this.video.playbackRate = 1;
    this.leads = [];
    this.count.jumps++;
  }

  play() {
    const started = this.video.play();
    if (started)
      started.catch(() => {}); /* the tile sees that nothing moves, and says so */
  }

  /* remove() takes everything up to the next keyframe, so it may end only at one. */
  trim(keep_s) {
    const limit = this.video.currentTime - keep_s;
    const behind = this.keys.filter((key) => key <= limit);
    const key = behind[behind.length - 1];
    const ranges = this.buffer.buffered;
    if (key === undefined || this.buffer.updating || !ranges.length ||
        ranges.start(0) >= key - 0.1)
      return false;
    this.buffer.remove(0, key);
    this.keys = this.keys.filter((k) => k >= key);
    this.count.trims++;
    return true;
  }

  /* The page's time at which what is shown at `mediaTime` was made; 0 when unknown. */
  madeAt(mediaTime) {
    for (let i = this.marks.length - 1; i >= 0; i--) {
      const mark = this.marks[i];
      if (mediaTime >= mark.start - 0.005 && mediaTime < mark.end)
        return mark.made + (mediaTime - mark.start) * 1000;
    }
    return 0;
  }
}
