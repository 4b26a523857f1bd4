/*
 * Playback where there is no MediaSource (older iPhones): the browser plays the playlist
 * of a quarter of an hour itself. The same words as player.js.
 */
import { addressOf, api } from './api.js';
import { iso, now, parse } from './times.js';
import { say } from './words.js';

const LENGTH_MS = 15 * 60000;

export class HlsPlayer {
  constructor(video, camera, fps, on) {
    this.video = video;
    this.camera = camera;
    this.fps = fps || 15;
    this.on = on;
    this.wanted = false;
    this.rate = 1;
    this.target = 0;
    this.stretches = [];
    this.turn = 0;
    video.addEventListener('ended', () => this.seek(this.at + 500));
    video.addEventListener('error', () => {
      if (video.getAttribute('src'))
        on.tell(say('nothingHere'));
    });
  }

  close() {
    this.turn++;
    this.video.removeAttribute('src');
    this.video.load();
  }

  /* The playlist leaves gaps out; its time counts what was recorded. */
  get at() {
    let left = this.video.currentTime * 1000;
    for (const stretch of this.stretches) {
      const length = stretch.to - stretch.from;
      if (left < length)
        return stretch.from + left;
      left -= length;
    }
    return this.target;
  }

  get playing() {
    return this.wanted;
  }

  async seek(ms) {
    const turn = ++this.turn, to = Math.min(ms + LENGTH_MS, now());
    this.target = ms;
    this.on.tell(say('fetchingMoment'));
    try {
      const given = { from: iso(ms), to: iso(to) };
      const found = await api.recordings(this.camera, given);
      if (turn !== this.turn)
        return;
      this.stretches = found.filter((s) => s.kind !== 'gap')
        .map((s) => ({ from: parse(s.from), to: parse(s.to) }));
      this.on.tell(this.stretches.length ? '' : say('nothingHere'));
      this.video.src = addressOf.playlist(this.camera, given.from, given.to);
      if (this.wanted)
        this.play();
    } catch (error) {
      this.on.tell(error.message);
    }
    this.on.moved();
  }

  play() {
    this.wanted = true;
    this.video.playbackRate = this.rate;
    const started = this.video.play();
    if (started)
      started.catch(() => { this.wanted = false; this.on.moved(); });
    this.on.moved();
  }

  pause() {
    this.wanted = false;
    this.video.pause();
    this.on.moved();
  }

  setRate(rate) {
    this.rate = rate;
    this.video.playbackRate = rate;
  }

  step(pictures) {
    this.pause();
    this.video.currentTime = Math.max(0, this.video.currentTime + pictures / this.fps);
  }
}
