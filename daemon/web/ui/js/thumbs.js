/*
 * Pictures of moments that were recorded, made by this browser from the recording itself:
 * one moment after the other, only those that are looked at.
 */
import { Player } from './player.js';
import { Source } from './reel.js';

const PATIENCE_MS = 8000;
const PAINTED_MS = 80, PAINTED_TRIES = 6;
const WIDTH = 320;

export class Thumbs {
  constructor(camera, fps) {
    this.waiting = [];           /* {canvas, at, failed} */
    this.busy = false;
    this.closed = false;
    if (!Source)
      return;
    this.video = document.createElement('video');
    this.video.muted = true;
    this.video.playsInline = true;
    this.player = new Player(this.video, camera, fps, { tell: () => {}, skipped: () => {},
      moved: () => {} }, { brief: true });
    this.watcher = new IntersectionObserver((seen) => seen.forEach((one) => {
      if (one.isIntersecting)
        this.want(one.target);
    }), { rootMargin: '120px' });
  }

  /* A canvas that will show the moment; `failed()` when there is no picture to be had. */
  make(at, words, failed) {
    const canvas = document.createElement('canvas');
    canvas.width = WIDTH;
    canvas.height = WIDTH * 9 / 16;
    canvas.setAttribute('role', 'img');
    canvas.setAttribute('aria-label', words);
    canvas.moment = { at, failed };
    if (this.watcher)
      this.watcher.observe(canvas);
    else
      setTimeout(failed);
    return canvas;
  }

  want(canvas) {
    this.watcher.unobserve(canvas);
    this.waiting.push(canvas);
    this.next();
  }

  /* What is looked for anew makes the rest of the old void. */
  clear() {
    this.waiting = [];
    if (this.watcher)
      this.watcher.disconnect();
  }

  async next() {
    if (this.busy || this.closed || !this.waiting.length)
      return;
    this.busy = true;
    const canvas = this.waiting.shift();
    try {
      await this.show(canvas.moment.at);
      /* The picture may be painted a little after it was sought. */
      for (let i = 0; i < PAINTED_TRIES && !this.draw(canvas); i++)
        await new Promise((done) => setTimeout(done, PAINTED_MS));
    } catch (error) {
      canvas.moment.failed();
    }
    this.busy = false;
    this.next();
  }

  show(at) {
    const video = this.video;
    return new Promise((done, failed) => {
      const end = (tell) => {
        clearTimeout(timer);
        video.removeEventListener('seeked', look);
        video.removeEventListener('loadeddata', look);
        tell();
      };
      const look = () => {
        if (!this.player.pending && !video.seeking && video.readyState >= 2)
          end(done);
      };
      const timer = setTimeout(() => end(() => failed(new Error('no picture'))), PATIENCE_MS);
      video.addEventListener('seeked', look);
      video.addEventListener('loadeddata', look);
      this.player.on.tell = (words) => {
        if (words && !this.player.pending)
          end(() => failed(new Error(words)));
      };
      this.player.on.moved = look;
      this.player.seek(at);
    });
  }

  /* False: nothing but black, which no camera sends. */
  draw(canvas) {
    const video = this.video, shape = video.videoWidth / video.videoHeight;
    const wide = Math.min(canvas.width, canvas.height * shape), high = wide / shape;
    const paper = canvas.getContext('2d');
    paper.drawImage(video, (canvas.width - wide) / 2, (canvas.height - high) / 2, wide, high);
    const row = paper.getImageData(0, canvas.height / 2, canvas.width, 1).data;
    const painted = row.some((value, n) => n % 4 < 3 && value > 0);
    if (painted)
      canvas.setAttribute('data-drawn', '1');
    return painted;
  }

  close() {
    this.closed = true;
    this.clear();
    if (this.player)
      this.player.close();
  }
}
