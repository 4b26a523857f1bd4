/*
 * A tile shows one camera of the page's stream, as video or, where that cannot be, as
 * single pictures. Its truth is the last picture that was shown, not the last byte that
 * came: `state` is `waiting` (nothing yet), `live`, or `stale` with an age. What is around
 * the picture, and in which words, is for the page.
 */
import { Reel, playable } from './reel.js';
import { Stills } from './stills.js';
import { steady } from './times.js';
import { INIT, JPEG, KEYFRAME, readInit } from './wire.js';

const STALE_MS = 3000;        /* nothing new for this long */
const OLD_MS = 6000;          /* or something new that is this old: never called live */
const LATE_S = 3;             /* from here on a live picture says how late it is */
const STUCK_MS = 1500;        /* data is there and nothing moves */
const MAX_FAILURES = 3;       /* within FAILURES_MS: this browser cannot; take pictures */
const FAILURES_MS = 120000;

/* A picture may lose this much of its height to fill its place, at the bottom only, where
 * the caption lies; beyond that it is letterboxed. The camera's own clock stays whole. */
const MAX_CROP = 0.09;

export class Tile {
  /* `stream` is '', 'sub' or 'main'; the pictures are put first into `box`. */
  constructor(id, stream, box) {
    this.id = id;
    this.stream = stream;
    this.box = box;
    this.jpeg = false;
    this.state = 'waiting';
    this.age_s = 0;
    this.between_s = 0;       /* from one single picture to the next */
    this.onChange = null;     /* state, age or kind of picture is another */
    this.onFallback = null;   /* the stream must be asked for pictures */
    this.frames = 0;
    this.count = { fragments: 0, skipped: 0, waits: 0, jumps: 0, nudges: 0, trims: 0,
      quota: 0, resets: 0, inits: 0, jpegs: 0 };
    this.lastError = '';
    this.opened = steady();
    this.shownAt = 0;         /* 0: nothing yet */
    this.shownMade = 0;
    this.unstuckAt = 0;
    this.failures = [];
    this.reel = null;
    this.lastInit = null;
    this.makeElements();
  }

  makeElements() {
    const video = this.video = document.createElement('video');
    video.muted = video.autoplay = video.playsInline = true;
    video.disableRemotePlayback = true; /* else ManagedMediaSource never opens */
    video.setAttribute('muted', '');
    video.setAttribute('playsinline', '');
    video.setAttribute('aria-hidden', 'true');
    video.tabIndex = -1;
    video.addEventListener('waiting', () => {
      if (this.state === 'live' && !video.seeking)
        this.count.waits++;
    });
    video.addEventListener('error', () => {
      if (this.reel)
        this.reel.fail('video: ' + (video.error ? video.error.message : '?'));
    });
    this.canvas = document.createElement('canvas');
    this.canvas.hidden = true;
    this.stills = new Stills(this.canvas, (message) => this.onStill(message),
      (error) => { this.lastError = 'jpeg: ' + error.message; });
    this.box.insertBefore(this.canvas, this.box.firstChild);
    this.box.insertBefore(video, this.canvas);
    if (video.requestVideoFrameCallback)
      this.watchFrames();
    else
      this.watchTime();
  }

  watchFrames() {
    this.video.requestVideoFrameCallback((now, frame) => {
      this.onShown(frame.mediaTime);
      this.watchFrames();
    });
  }

  /* Chromium before 83: a few times a second, and only when time has moved. */
  watchTime() {
    let last = -1;
    this.video.addEventListener('timeupdate', () => {
      if (this.video.currentTime === last)
        return;
      last = this.video.currentTime;
      this.onShown(last);
    });
  }

  close() {
    if (this.reel)
      this.reel.close();
    this.reel = null;
    this.onChange = this.onFallback = null;
    this.video.removeAttribute('src');
    this.video.load();
    this.box.removeChild(this.video);
    this.box.removeChild(this.canvas);
  }

  /* As `cameras` of docs/live-stream.md names it. */
  wanted() {
    if (this.jpeg)
      return this.id + '!jpeg';
    return this.stream ? this.id + '!' + this.stream : this.id;
  }

  take(message) {
    if (message.kind === JPEG) {
      this.stills.show(message);
      return;
    }
    if (this.jpeg)
      return; /* still on its way when pictures were asked for */
    if (message.kind === INIT) {
      this.takeInit(message);
      return;
    }
    if (!this.reel) {
      if (!this.lastInit || !(message.flags & KEYFRAME))
        return;
      this.openReel();
    }
    this.reel.take(message);
  }

  takeInit(message) {
    this.count.inits++;
    this.lastInit = message;
    if (!playable(readInit(message.body).codecs)) {
      this.fallBack('codec');
      return;
    }
    if (this.reel)
      this.reel.take(message);
    else
      this.openReel();
  }

  openReel() {
    this.reel = new Reel(this.video, this.count, (why) => this.onFailed(why));
    this.reel.take(this.lastInit);
  }

  expectKeyframe() {
    if (this.reel)
      this.reel.expectKeyframe();
  }

  onFailed(why) {
    const now = steady();
    this.reel = null;
    this.lastError = why;
    this.count.resets++;
    this.failures = this.failures.filter((at) => now - at < FAILURES_MS).concat(now);
    if (this.failures.length >= MAX_FAILURES)
      this.fallBack(why);
  }

  fallBack(why) {
    if (this.jpeg)
      return;
    this.jpeg = true;
    this.lastError = why;
    if (this.reel)
      this.reel.close();
    this.reel = null;
    this.shownAt = 0;
    if (this.onFallback)
      this.onFallback(this);
  }

  /* The other way: video may be tried again. */
  tryVideo() {
    this.jpeg = false;
    this.failures = [];
    this.between_s = 0;
  }

  onShown(mediaTime) {
    if (!this.reel)
      return;
    this.frames++;
    this.shownAt = steady();
    this.shownMade = this.reel.madeAt(mediaTime) || this.shownMade || this.shownAt;
    if (this.video.hidden || !this.canvas.hidden) {
      this.canvas.hidden = true;
      this.video.hidden = false;
    }
  }

  onStill(message) {
    const now = steady();
    this.between_s = this.shownAt ? (now - this.shownAt) / 1000 : 0;
    this.frames++;
    this.count.jpegs++;
    this.shownAt = now;
    this.shownMade = message.made;
    this.canvas.hidden = false;
    this.video.hidden = true;
  }

  /* Twice a second. */
  judge() {
    const now = steady(), idle = now - (this.shownAt || this.opened);
    const age = this.shownAt ? Math.max(0, now - this.shownMade) : 0;
    const state = !this.shownAt ? 'waiting' :
      idle > STALE_MS || (age > OLD_MS && !this.showsStills) ? 'stale' : 'live';
    const age_s = Math.round(age / 1000);
    const mark = state + (state === 'stale' || age_s >= LATE_S ? age_s : '') +
      this.slowness();
    if (idle > STUCK_MS && now - this.unstuckAt > STUCK_MS && this.reel &&
        this.reel.unstick())
      this.unstuckAt = now;
    this.fit();
    this.state = state;
    this.age_s = age_s;
    if (mark !== this.mark && this.onChange)
      this.onChange(this);
    this.mark = mark;
  }

  /* Single pictures also come on a channel of video, until a long GOP begins anew. */
  get showsStills() {
    return !this.canvas.hidden;
  }

  /* Whole seconds from one picture to the next; 0 for video and for quick pictures. */
  slowness() {
    return this.showsStills && this.between_s >= 1.5 ? Math.round(this.between_s) : 0;
  }

  /* Whole seconds that a live picture is late; 0 while that is not worth a word. */
  lateness() {
    return this.state === 'live' && this.age_s >= LATE_S ? this.age_s : 0;
  }

  fit() {
    const shown = this.canvas.hidden ? this.video : this.canvas;
    const width = shown.videoWidth || shown.width;
    const height = shown.videoHeight || shown.height;
    const place = this.box.getBoundingClientRect();
    if (!width || !height || !place.width)
      return;
    const needs = place.width * height / width; /* high, when as wide as its place */
    const crop = 1 - place.height / needs;
    shown.classList.toggle('fills', crop >= -0.002 && crop <= MAX_CROP);
  }

  /* For tests and for the curious. */
  facts() {
    return Object.assign({ id: this.id, jpeg: this.jpeg, state: this.state,
      age_s: this.age_s, frames: this.frames, currentTime: this.video.currentTime,
      width: this.video.videoWidth, error: this.lastError }, this.count);
  }
}
