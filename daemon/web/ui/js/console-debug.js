/*
 * What the detector of one camera sees, live over its picture: why it rings, and why it does
 * not. The server makes it only while this page is open.
 */
import { api } from './api.js';
import { address } from './console-address.js';
import { DebugDrawing, coloursOf, readDebug } from './debug.js';
import { el, fill, setText, svg } from './dom.js';
import { Live } from './live.js';
import { Tile } from './tile.js';
import { number, steady } from './times.js';
import { say } from './words.js';
import { DEBUG } from './wire.js';

const WAITING = 40;            /* views that are ahead of the picture: 8 s */
const OLD_MS = 12000;          /* nothing for so long: motion is off, or the camera away */

/* What can be shown, and its words: one of the first, any of the second. */
const BASES = { picture: 'layerPicture', grid: 'layerGrid', background: 'layerBackground' };
const LAYERS = { front: 'layerFront', trails: 'layerTrails', shapes: 'layerShapes' };
const ALL = Object.keys(BASES).concat(Object.keys(LAYERS)); /* as the keys 1 to 6 */

/* As a tile for Live: it takes the views of the camera's own channel. */
class Views {
  constructor(id, onView) {
    this.id = id;
    this.onView = onView;
    this.jpeg = true;         /* there is no video to fall back from */
  }

  wanted() {
    return this.id + '!debug';
  }

  take(message) {
    if (message.kind === DEBUG)
      this.onView(message);
  }

  expectKeyframe() {}
  judge() {}
  tryVideo() {}
  facts() {
    return { id: this.wanted() };
  }
}

export class DebugPage {
  constructor(desk, cameraId) {
    this.desk = desk;
    this.camera = cameraId;
    this.title = say('debugTitle');
    this.show = { base: 'picture', front: true, trails: true, shapes: false };
    this.waiting = [];        /* views whose picture is not shown yet */
    this.seen = null;
    this.seenAt = 0;
    this.shapes = svg('svg', { viewBox: '0 0 1 1', preserveAspectRatio: 'none',
      'aria-hidden': 'true' });
    this.overlay = el('canvas', { class: 'over', 'aria-hidden': 'true' });
    this.box = el('div', { class: 'pic' }, this.overlay, this.shapes);
    this.facts = el('dl', { class: 'facts' });
    this.trails = el('ul', { class: 'trails' });
    this.status = el('p', { class: 'dim', role: 'status' });
    this.inputs = {};
    this.node = el('div', { class: 'zones debug' },
      el('header', { class: 'phead' }, el('h1', null, this.title),
        el('span', { class: 'dim' }, this.name()), el('div', { class: 'push' },
          el('a', { class: 'btn', href: address('zones/' + cameraId) }, say('zonesTitle')),
          el('a', { class: 'btn', href: address('cameras') }, say('cameras')))),
      el('div', { class: 'draw' }, this.box, el('div', { class: 'in' },
        this.choices(say('debugBase'), BASES, 'radio'),
        this.choices(say('debugOver'), LAYERS, 'checkbox'),
        el('p', { class: 'dim' }, say('debugKeys')), this.status, this.facts,
        el('h2', null, say('debugTrails')), this.trails)));
    this.onKey = (event) => this.key(event);
    document.addEventListener('keydown', this.onKey);
    this.open();
  }

  open() {
    this.tile = new Tile(this.camera, '', this.box);
    this.live = new Live({ note: (note) => this.desk.onNote(note), each: () => this.draw() });
    this.live.show([this.tile, new Views(this.camera, (message) => this.onView(message))]);
    this.timer = setInterval(() => this.next(), 100);
    api.camera(this.camera).then((camera) => this.drawShapes(camera), () => {});
  }

  name() {
    const found = this.desk.cameras.filter((camera) => camera.id === this.camera)[0];
    return found ? found.name : this.camera;
  }

  choices(head, words, type) {
    return el('fieldset', null, el('legend', null, head), Object.keys(words).map((name) => {
      const on = type === 'radio' ? this.show.base === name : this.show[name];
      const input = el('input', { type, name: 'layer-' + type, value: name, set: { checked: on },
        on: { change: () => this.choose(name, input.checked) } });
      this.inputs[name] = input;
      return el('label', null, input, ' ' + say(words[name]),
        el('kbd', null, String(1 + ALL.indexOf(name))));
    }));
  }

  choose(name, on) {
    if (BASES[name])
      this.show.base = name;
    else
      this.show[name] = on;
    this.draw();
  }

  key(event) {
    const name = ALL[+event.key - 1];
    if (!name || event.ctrlKey || event.altKey || event.metaKey)
      return;
    this.inputs[name].click();
    event.preventDefault();
  }

  onView(message) {
    this.waiting.push({ at: message.time, view: readDebug(message.body) });
    if (this.waiting.length > WAITING)
      this.waiting.shift();
    this.next();
  }

  /* A view is drawn when the video has come to its picture; where there is none, at once. */
  next() {
    const live = this.tile.state === 'live' && this.live.offset !== null;
    const until = live ? this.tile.shownMade - this.live.offset : Infinity;
    let found = null;
    while (this.waiting.length && this.waiting[0].at <= until)
      found = this.waiting.shift();
    if (!found)
      return;
    this.seen = found.view;
    this.seenAt = steady();
    this.draw();
  }

  draw() {
    const old = steady() - (this.seenAt || this.tile.opened) > OLD_MS;
    if (old)
      this.seen = null;
    this.colours = this.colours || coloursOf(this.box, ['void', 'on-over', 'over-brass', 'over-live']);
    this.drawing = this.drawing || new DebugDrawing(this.overlay, this.colours);
    this.fit();
    this.drawing.draw(this.seen, this.show);
    this.shapes.style.display = this.show.shapes ? '' : 'none';
    setText(this.status, this.seen ? this.sentence(this.seen) : say(old ? 'debugNone' : 'debugWaits'));
    this.drawFacts();
  }

  /* Over the picture itself, which may be narrower than its place. */
  fit() {
    const video = this.tile.video, box = this.box, wide = box.clientWidth, high = box.clientHeight;
    const shape = video.videoWidth ? video.videoWidth / video.videoHeight :
      this.seen ? this.seen.width / this.seen.height : 16 / 9;
    const width = Math.min(wide, high * shape), height = width / shape;
    [this.overlay, this.shapes].forEach((layer) => {
      layer.style.left = (wide - width) / 2 + 'px';
      layer.style.top = (high - height) / 2 + 'px';
      layer.style.width = width + 'px';
      layer.style.height = height + 'px';
    });
  }

  sentence(seen) {
    if (seen.anew)
      return say('debugAnew');
    if (seen.clutter)
      return say('debugClutter');
    return say(seen.watching ? 'debugWatching' : 'debugKeyframes');
  }

  drawFacts() {
    const seen = this.seen;
    const row = (words, value) => [el('dt', null, words), el('dd', null, value)];
    fill(this.facts, seen ? [row(say('debugGain'), '× ' + number(seen.gain, 2)),
      row(say('debugMoving'), number(100 * seen.moving, 1) + ' %'),
      row(say('debugCandidates'), String(seen.candidates)),
      row(say('debugFutility'), number(seen.futility, 2))] : null);
    fill(this.trails, seen && seen.trails.length ? seen.trails.map((trail) =>
      el('li', { class: trail.believed ? 'on' : null }, el('b', null, '#' + trail.id), ' ',
        say(trail.waits))) : el('li', { class: 'dim' }, say('debugNoTrails')));
  }

  drawShapes(camera) {
    ['zones', 'masks'].forEach((kind) => (camera[kind] || []).forEach((shape) =>
      this.shapes.append(svg('polygon', { class: kind,
        points: shape.corners.map((point) => point.join(',')).join(' ') }))));
  }

  update() {}

  close() {
    document.removeEventListener('keydown', this.onKey);
    clearInterval(this.timer);
    this.live.close();
    this.tile.close();
  }
}
