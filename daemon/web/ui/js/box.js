/*
 * A box drawn on the picture: with the mouse or a finger, or with the arrow keys (Shift
 * changes its size). It is a part of the picture, 0..1, whatever the picture's size.
 */
import { el, setText, svg } from './dom.js';
import { say } from './words.js';

const FIRST = { x0: 0.33, y0: 0.35, x1: 0.65, y1: 0.7 };
const LEAST = 0.03;
const STEP = 1 / 32;
const GRIP = 0.035;          /* of the picture: how near a corner is meant */
const SETTLE_MS = 350;       /* keys: asked for when they rest */
const CORNERS = [['x0', 'y0'], ['x1', 'y0'], ['x0', 'y1'], ['x1', 'y1']];

function part(value) {
  return Math.min(1, Math.max(0, value));
}

export class Box {
  /* `on`: chosen(box) when it rests, left() when it is given up. */
  constructor(video, on) {
    this.video = video;
    this.on = on;
    this.box = Object.assign({}, FIRST);
    this.dark = svg('path', { class: 'dark', 'fill-rule': 'evenodd' });
    this.line = svg('rect', { class: 'line' });
    this.grips = CORNERS.map(() => svg('rect', { class: 'grip', width: 16, height: 16 }));
    this.drawing = svg('svg', { 'aria-hidden': 'true' });
    this.drawing.append(this.dark, this.line, ...this.grips);
    this.words = el('span', { class: 'vh' });
    this.node = el('div', { class: 'draw', tabindex: '0', role: 'group',
      'aria-label': say('boxKeys') }, this.words);
    this.node.append(this.drawing);
    this.node.addEventListener('pointerdown', (event) => this.begin(event));
    this.node.addEventListener('pointermove', (event) => this.move(event));
    this.node.addEventListener('pointerup', () => this.end());
    this.node.addEventListener('pointercancel', () => this.end());
    this.node.addEventListener('keydown', (event) => this.key(event));
    this.onSize = () => this.place();
    window.addEventListener('resize', this.onSize);
    video.addEventListener('loadedmetadata', this.onSize);
    video.addEventListener('resize', this.onSize);
  }

  close() {
    clearTimeout(this.settling);
    window.removeEventListener('resize', this.onSize);
    this.video.removeEventListener('loadedmetadata', this.onSize);
    this.video.removeEventListener('resize', this.onSize);
    this.node.remove();
  }

  /* Over the picture itself, not over the bars beside it. */
  place() {
    const video = this.video, wide = video.clientWidth, high = video.clientHeight;
    const shape = video.videoWidth ? video.videoWidth / video.videoHeight : 16 / 9;
    const width = Math.min(wide, high * shape), height = width / shape;
    this.node.style.left = video.offsetLeft + (wide - width) / 2 + 'px';
    this.node.style.top = video.offsetTop + (high - height) / 2 + 'px';
    this.node.style.width = width + 'px';
    this.node.style.height = height + 'px';
    this.width = width;
    this.height = height;
    this.draw();
  }

  draw() {
    const b = this.box, w = this.width || 1, h = this.height || 1;
    const x = b.x0 * w, y = b.y0 * h, wide = (b.x1 - b.x0) * w, high = (b.y1 - b.y0) * h;
    this.drawing.setAttribute('viewBox', '0 0 ' + w + ' ' + h);
    this.dark.setAttribute('d', 'M0 0h' + w + 'v' + h + 'H0zM' + x + ' ' + y + 'v' + high +
      'h' + wide + 'v-' + high + 'z');
    [['x', x], ['y', y], ['width', wide], ['height', high]].forEach((pair) =>
      this.line.setAttribute(pair[0], pair[1]));
    this.grips.forEach((grip, n) => {
      grip.setAttribute('x', b[CORNERS[n][0]] * w - 8);
      grip.setAttribute('y', b[CORNERS[n][1]] * h - 8);
    });
    setText(this.words, say('boxIs', { x0: Math.round(b.x0 * 100), y0: Math.round(b.y0 * 100),
      x1: Math.round(b.x1 * 100), y1: Math.round(b.y1 * 100) }));
  }

  pointOf(event) {
    const place = this.node.getBoundingClientRect();
    return { x: part((event.clientX - place.left) / place.width),
      y: part((event.clientY - place.top) / place.height) };
  }

  /* A corner is pulled, the inside is carried, anywhere else a new one begins. */
  begin(event) {
    if (event.button)
      return;
    const at = this.pointOf(event), b = this.box;
    const near = (x, y) => Math.abs(at.x - x) < GRIP &&
      Math.abs(at.y - y) < GRIP * this.width / this.height;
    const corner = CORNERS.filter((c) => near(b[c[0]], b[c[1]]))[0];
    const inside = at.x > b.x0 && at.x < b.x1 && at.y > b.y0 && at.y < b.y1;
    event.preventDefault();
    this.node.focus({ preventScroll: true });
    this.node.setPointerCapture(event.pointerId);
    if (corner)
      this.held = { x: corner[0] === 'x0' ? b.x1 : b.x0, y: corner[1] === 'y0' ? b.y1 : b.y0 };
    else if (inside && this.chosen)
      this.held = { carry: at, from: Object.assign({}, b) };
    else
      this.held = { x: at.x, y: at.y };
  }

  move(event) {
    const held = this.held, at = this.pointOf(event);
    if (!held)
      return;
    if (held.carry)
      this.shift(held.from, at.x - held.carry.x, at.y - held.carry.y);
    else
      this.box = { x0: Math.min(held.x, at.x), y0: Math.min(held.y, at.y),
        x1: Math.max(held.x, at.x), y1: Math.max(held.y, at.y) };
    this.draw();
  }

  end() {
    if (!this.held)
      return;
    this.held = null;
    if (this.box.x1 - this.box.x0 < LEAST || this.box.y1 - this.box.y0 < LEAST)
      this.box = this.chosen || Object.assign({}, FIRST); /* a click draws nothing */
    this.draw();
    this.choose();
  }

  choose() {
    this.chosen = Object.assign({}, this.box);
    this.on.chosen(this.chosen);
  }

  shift(from, x, y) {
    const dx = Math.min(1 - from.x1, Math.max(-from.x0, x));
    const dy = Math.min(1 - from.y1, Math.max(-from.y0, y));
    this.box = { x0: from.x0 + dx, y0: from.y0 + dy, x1: from.x1 + dx, y1: from.y1 + dy };
  }

  key(event) {
    const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1],
      ArrowDown: [0, 1] }[event.key];
    if (event.key === 'Escape') {
      event.preventDefault();
      this.on.left();
      return;
    }
    if (!way || event.ctrlKey || event.altKey || event.metaKey)
      return;
    event.preventDefault();
    event.stopPropagation();
    const b = this.box, x = way[0] * STEP, y = way[1] * STEP;
    if (event.shiftKey)
      this.box = { x0: b.x0, y0: b.y0, x1: part(Math.max(b.x0 + LEAST, b.x1 + x)),
        y1: part(Math.max(b.y0 + LEAST, b.y1 + y)) };
    else
      this.shift(b, x, y);
    this.draw();
    clearTimeout(this.settling);
    this.settling = setTimeout(() => this.choose(), SETTLE_MS);
  }
}
