/*
 * Zones and masks drawn on a picture of the camera, with the mouse or with keys, and the
 * stanza that the configuration file needs for them: the file stays the truth.
 */
import { addressOf, api } from './api.js';
import { address } from './console-address.js';
import { el, fill, svg } from './dom.js';
import { now } from './times.js';
import { say } from './words.js';

const CORNERS_MAX = 32, SHAPES_MAX = 16;
const KINDS = ['zones', 'night', 'masks']; /* night: zones that hold at night, instead */
const PREFIX = { zones: 'vung-', night: 'dem-', masks: 'che-' };
const NEW_NIGHT = '18:00-06:00';            /* where the configuration says no hours */
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1],
  ArrowDown: [0, 1] };

const within = (value) => Math.min(1, Math.max(0, Math.round(value * 1000) / 1000));
const isId = (text) => /^[a-z][a-z0-9-]{0,46}$/.test(text);

/* What a zone may ask of things; shown in `unit`, `by` of them are what is configured. */
const BOUNDS = [
  { key: 'smallest', words: 'zoneSmallest', by: 100, most: 100 },
  { key: 'largest', words: 'zoneLargest', by: 100, most: 100 },
  { key: 'stays_s', words: 'zoneStays', by: 1, most: 86400 }];

/* Corners alone, or with what else is asked for in the zone. */
function valueOf(shape) {
  const corners = '[' + shape.points.map((point) => '[' + point.join(', ') + ']').join(', ') + ']';
  const has = shape.has || {}, share = (part) => +(100 * part).toFixed(4) + '%';
  const rest = (has.smallest ? ', smallest: ' + share(has.smallest) : '') +
    (has.largest ? ', largest: ' + share(has.largest) : '') +
    (has.stays_s ? ', stays: ' + Math.round(1000 * has.stays_s) + ' ms' : '');
  return rest ? '{corners: ' + corners + rest + '}' : corners;
}

function stanzaOf(camera, shapes, night) {
  const lines = ['cameras:', '  ' + camera + ':', '    motion:'];
  const add = (kind, indent) => {
    const own = shapes.filter((shape) => shape.kind === kind && shape.points.length >= 3);
    if (own.length)
      lines.push(indent + (kind === 'night' ? 'zones:' : kind + ':'));
    own.forEach((shape) => lines.push(indent + '  ' + shape.id + ': ' + valueOf(shape)));
    return own.length > 0;
  };
  add('zones', '      ');
  add('masks', '      ');
  lines.push('      night:', '        hours: "' + (night || NEW_NIGHT) + '"');
  if (!add('night', '        '))
    lines.splice(-2, 2);
  return lines.length > 3 ? lines.join('\n') + '\n' : '';
}

export class ZonesPage {
  constructor(desk, cameraId) {
    this.desk = desk;
    this.camera = cameraId;
    this.title = say('zonesTitle');
    this.shapes = [];
    this.chosen = -1;
    this.image = el('img', { src: addressOf.latest(cameraId) + '?t=' + now(), alt: '' });
    this.image.addEventListener('error', () => this.canvas.classList.add('none'));
    this.overlay = svg('svg', { viewBox: '0 0 1 1', preserveAspectRatio: 'none',
      'aria-hidden': 'true' });
    this.corners = el('div', { class: 'corners' });
    this.canvas = el('div', { class: 'canvas', on: {
      click: (event) => this.onClick(event) } }, this.image, this.overlay, this.corners);
    this.list = el('ul', { class: 'shapes' });
    this.stanza = el('textarea', { readonly: true, rows: 9, spellcheck: 'false',
      'aria-label': say('stanza') });
    const press = (words, does) => el('button', { class: 'btn', type: 'button',
      on: { click: does } }, words);
    this.corner = press(say('addCorner'), () => this.addCorner([0.5, 0.5], true));
    this.node = el('div', { class: 'zones' },
      el('header', { class: 'phead' }, el('h1', null, this.title),
        el('span', { class: 'dim' }, this.name()), el('div', { class: 'push' },
          el('a', { class: 'btn', href: address('cameras') }, say('cameras')))),
      el('div', { class: 'draw' }, this.canvas, el('div', { class: 'in' },
        el('p', { class: 'dim' }, say('zonesHint')),
        el('div', { class: 'acts' }, press(say('newZone'), () => this.begin('zones')),
          press(say('newNight'), () => this.begin('night')),
          press(say('newMask'), () => this.begin('masks')), this.corner),
        this.list, el('p', { class: 'dim' }, say('stanzaHint')), this.stanza,
        press(say('copyStanza'), () => this.copy()))));
    this.draw();
    this.read();
  }

  /* What is configured stands first; what was drawn meanwhile stays. */
  async read() {
    const camera = await api.camera(this.camera).catch(() => ({}));
    const found = [];
    const of = { zones: camera.zones, masks: camera.masks, night: (camera.night || {}).zones };
    KINDS.forEach((kind) => (of[kind] || []).forEach((one) =>
      found.push({ kind, id: one.id, points: one.corners, has: one })));
    this.night = (camera.night || {}).hours || '';
    this.shapes = found.concat(this.shapes);
    this.chosen += this.chosen < 0 ? 0 : found.length;
    this.draw();
  }

  name() {
    const found = this.desk.cameras.filter((camera) => camera.id === this.camera)[0];
    return found ? found.name : this.camera;
  }

  begin(kind) {
    const same = this.shapes.filter((shape) => shape.kind === kind);
    const id = (n) => PREFIX[kind] + n;
    let free = 1;
    if (same.length >= SHAPES_MAX)
      return;
    while (same.some((shape) => shape.id === id(free)))
      free++;
    this.shapes.push({ kind, id: id(free), points: [], has: {} });
    this.chosen = this.shapes.length - 1;
    this.draw();
  }

  shape() {
    return this.shapes[this.chosen];
  }

  /* From the window to parts of the picture. */
  place(event) {
    const box = this.canvas.getBoundingClientRect();
    return [within((event.clientX - box.left) / box.width),
      within((event.clientY - box.top) / box.height)];
  }

  onClick(event) {
    if (this.dragged || event.target.closest('.corner')) {
      this.dragged = false;
      return;
    }
    if (!this.shape())
      this.begin('zones');
    this.addCorner(this.place(event), false);
  }

  addCorner(point, focus) {
    const shape = this.shape();
    if (!shape || shape.points.length >= CORNERS_MAX)
      return;
    shape.points.push(point);
    this.draw();
    if (focus)
      this.corners.lastElementChild.focus();
  }

  onKey(event, index) {
    const points = this.shape().points, arrow = ARROWS[event.key];
    if (arrow) {
      const step = event.shiftKey ? 0.05 : 0.01;
      points[index] = [within(points[index][0] + step * arrow[0]),
        within(points[index][1] + step * arrow[1])];
    } else if (event.key === 'Delete' || event.key === 'Backspace') {
      points.splice(index, 1);
    } else {
      return;
    }
    event.preventDefault();
    this.draw();
    const next = this.corners.children[Math.min(index, points.length - 1)];
    (next || this.corner).focus();
  }

  drag(event, index) {
    const move = (to) => {
      this.dragged = true;
      this.shape().points[index] = this.place(to);
      this.drawShapes();
      this.drawStanza();
      this.put(this.corners.children[index], this.shape().points[index]);
    };
    const end = () => {
      window.removeEventListener('pointermove', move);
      window.removeEventListener('pointerup', end);
    };
    event.preventDefault();
    event.currentTarget.focus();
    window.addEventListener('pointermove', move);
    window.addEventListener('pointerup', end);
  }

  put(node, point) {
    node.style.left = 100 * point[0] + '%';
    node.style.top = 100 * point[1] + '%';
  }

  drawShapes() {
    fill(this.overlay);
    this.shapes.forEach((shape, i) => this.overlay.append(svg('polygon', {
      points: shape.points.map((point) => point.join(',')).join(' '),
      class: shape.kind + (i === this.chosen ? ' chosen' : '') })));
  }

  drawStanza() {
    this.stanza.value = stanzaOf(this.camera, this.shapes, this.night);
  }

  drawCorners() {
    const shape = this.shape();
    fill(this.corners, (shape ? shape.points : []).map((point, i) => {
      const node = el('button', { class: 'corner', type: 'button',
        'aria-label': say('cornerOf', { n: i + 1, name: shape.id }), on: {
          pointerdown: (event) => this.drag(event, i),
          keydown: (event) => this.onKey(event, i) } });
      this.put(node, point);
      return node;
    }));
    this.corner.disabled = !shape;
  }

  row(shape, i) {
    const name = el('input', { value: shape.id, maxlength: '47', spellcheck: 'false',
      'aria-label': say('shapeName') });
    name.addEventListener('input', () => {
      const free = !this.shapes.some((other) => other !== shape && other.id === name.value &&
        other.kind === shape.kind);
      const well = isId(name.value) && free;
      name.setCustomValidity(well ? '' : say('shapeNameWrong'));
      name.reportValidity();
      if (well)
        shape.id = name.value;
      this.drawStanza();
    });
    name.addEventListener('focus', () => {
      if (this.chosen !== i) {
        this.chosen = i;
        this.drawShapes();
        this.drawCorners();
      }
    });
    const words = { zones: 'zone', night: 'nightZone', masks: 'mask' }[shape.kind];
    return el('li', null, el('span', { class: 'mark ' + shape.kind }),
      el('span', null, say(words)), name,
      el('button', { class: 'btn bare small', type: 'button', on: { click: () => {
        this.shapes.splice(i, 1);
        this.chosen = this.shapes.length - 1;
        this.draw();
      } } }, say('removeShape')),
      shape.kind === 'masks' ? null : el('div', { class: 'bounds' },
        BOUNDS.map((bound) => this.bound(shape, bound))));
  }

  /* Left empty: nothing is asked. */
  bound(shape, bound) {
    const has = shape.has || (shape.has = {});
    const input = el('input', { type: 'number', min: '0', max: String(bound.most), step: 'any',
      value: has[bound.key] ? String(+(bound.by * has[bound.key]).toFixed(4)) : '' });
    input.addEventListener('input', () => {
      const value = +input.value / bound.by;
      const least = bound.key === 'largest' ? has.smallest || 0 : 0;
      const well = !input.validity.badInput && value >= 0 && +input.value <= bound.most &&
        (!value || value > least);
      input.setCustomValidity(well ? '' : say('zoneBoundWrong', { most: bound.most }));
      input.reportValidity();
      if (well)
        has[bound.key] = value;
      this.drawStanza();
    });
    return el('label', null, el('span', null, say(bound.words)), input);
  }

  draw() {
    this.drawShapes();
    this.drawCorners();
    fill(this.list, this.shapes.map((shape, i) => this.row(shape, i)));
    this.drawStanza();
  }

  async copy() {
    this.stanza.select();
    try {
      await navigator.clipboard.writeText(this.stanza.value);
    } catch (refused) {
      document.execCommand('copy'); /* plain HTTP has no clipboard */
    }
  }

  update() {}

  close() {}
}
