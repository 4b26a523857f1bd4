/*
 * What the detector of a camera sees: a message of kind DEBUG taken apart, and drawn.
 * Source: include/wire/debug_link.h; marks and waits in include/core/debug_view.h.
 */
const HEAD = 12, TRAIL = 13, FINEST = 1000, RIM = 65535;
const STRONG = 2, MASKED = 3;

/* In the order of enum trail_wait, as the catalogue has them. */
const WAITS = ['waitBelieved', 'waitYoung', 'waitNear', 'waitStays', 'waitCrooked', 'waitLight',
  'waitFast', 'waitWeather', 'waitSettles', 'waitOutside'];

function readTrail(view, at) {
  const trail = { id: view.getUint32(at, true), box: [4, 5, 6, 7].map((k) => view.getUint8(at + k)),
    seen: view.getUint8(at + 8) === 1, waits: WAITS[view.getUint8(at + 9)] || WAITS[1],
    believed: view.getUint8(at + 9) === 0,
    looks: view.getUint16(at + 10, true), way: [] };
  for (let n = view.getUint8(at + 12), p = at + TRAIL; n > 0; n--, p += 4)
    trail.way.push([view.getUint16(p, true) / RIM, view.getUint16(p + 2, true) / RIM]);
  return trail;
}

/* kengd has checked it; what is cut short all the same throws. */
export function readDebug(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const width = view.getUint8(0), height = view.getUint8(1), cells = width * height;
  const flags = view.getUint8(2), packed = bytes.subarray(HEAD + 2 * cells);
  const marks = new Uint8Array(cells), trails = [];
  for (let i = 0; i < cells; i++)
    marks[i] = packed[i >> 2] >> 2 * (i & 3) & 3;
  let at = HEAD + 2 * cells + Math.ceil(cells / 4);
  for (let n = view.getUint8(3); n > 0; n--) {
    const trail = readTrail(view, at);
    trails.push(trail);
    at += TRAIL + 4 * trail.way.length;
  }
  return { width, height, marks, trails,
    now: bytes.subarray(HEAD, HEAD + cells),
    background: bytes.subarray(HEAD + cells, HEAD + 2 * cells),
    watching: !!(flags & 1), suspicion: !!(flags & 2), clutter: !!(flags & 4),
    anew: !!(flags & 8), gain: view.getUint16(4, true) / FINEST,
    moving: view.getUint16(6, true) / FINEST, futility: view.getUint16(8, true) / FINEST,
    candidates: view.getUint16(10, true) };
}

/* Colours of the page as [r, g, b], whatever they are written as. */
export function coloursOf(node, names) {
  const style = getComputedStyle(node), pen = document.createElement('canvas')
    .getContext('2d', { willReadFrequently: true });
  const found = {};
  names.forEach((name) => {
    pen.fillStyle = style.getPropertyValue('--' + name).trim();
    pen.fillRect(0, 0, 1, 1);
    found[name] = Array.from(pen.getImageData(0, 0, 1, 1).data).slice(0, 3);
  });
  return found;
}

const rgb = (colour) => 'rgb(' + colour.join(',') + ')';

export class DebugDrawing {
  /* `canvas` lies over the picture; `colours`: of coloursOf(). */
  constructor(canvas, colours) {
    this.canvas = canvas;
    this.colours = colours;
    this.small = document.createElement('canvas'); /* a point for each cell */
  }

  /* `show`: {base: 'picture', 'grid' or 'background', front, trails}. */
  draw(seen, show) {
    const canvas = this.canvas, ratio = window.devicePixelRatio || 1;
    canvas.width = Math.round(canvas.clientWidth * ratio);
    canvas.height = Math.round(canvas.clientHeight * ratio);
    if (!seen || !canvas.width)
      return;
    const pen = canvas.getContext('2d');
    this.drawCells(seen, show);
    pen.imageSmoothingEnabled = false;
    pen.drawImage(this.small, 0, 0, canvas.width, canvas.height);
    if (show.trails)
      seen.trails.forEach((trail) => this.drawTrail(pen, seen, trail, ratio));
  }

  drawCells(seen, show) {
    const pen = this.small.getContext('2d'), base = { grid: seen.now, background: seen.background }[show.base];
    this.small.width = seen.width;
    this.small.height = seen.height;
    const image = pen.createImageData(seen.width, seen.height), to = image.data;
    for (let i = 0; i < seen.marks.length; i++) {
      if (base)
        to.set([base[i], base[i], base[i], 255], 4 * i);
      if (show.front && seen.marks[i])
        this.drawMark(to, 4 * i, seen.marks[i]);
    }
    pen.putImageData(image, 0, 0);
  }

  /* Over what is there already: half of it, more where it is sure. */
  drawMark(to, at, mark) {
    const colour = mark === MASKED ? this.colours.void :
      mark === STRONG ? this.colours['over-brass'] : this.colours['over-live'];
    const part = mark === STRONG ? 0.75 : 0.5, under = to[at + 3] ? 1 - part : 0;
    for (let k = 0; k < 3; k++)
      to[at + k] = to[at + k] * under + colour[k] * (under ? part : 1);
    to[at + 3] = under ? 255 : 255 * part;
  }

  drawTrail(pen, seen, trail, ratio) {
    const w = this.canvas.width, h = this.canvas.height, b = trail.box;
    const believed = trail.believed;
    pen.strokeStyle = rgb(believed ? this.colours['over-brass'] : this.colours['on-over']);
    pen.fillStyle = pen.strokeStyle;
    pen.lineWidth = (believed ? 3 : 2) * ratio;
    pen.setLineDash(believed ? [] : [5 * ratio, 4 * ratio]);
    pen.globalAlpha = trail.seen ? 1 : 0.5;
    pen.strokeRect(b[0] / seen.width * w, b[1] / seen.height * h,
      (b[2] - b[0] + 1) / seen.width * w, (b[3] - b[1] + 1) / seen.height * h);
    pen.setLineDash([]);
    pen.beginPath();
    trail.way.forEach((point, i) => pen[i ? 'lineTo' : 'moveTo'](point[0] * w, point[1] * h));
    pen.stroke();
    this.drawName(pen, '#' + trail.id, b[0] / seen.width * w, b[1] / seen.height * h, ratio);
    pen.globalAlpha = 1;
  }

  drawName(pen, name, x, y, ratio) {
    const high = 16 * ratio;
    pen.font = 12 * ratio + 'px sans-serif';
    const wide = pen.measureText(name).width + 6 * ratio, top = Math.max(0, y - high), ink = pen.fillStyle;
    pen.fillStyle = rgb(this.colours.void);
    pen.fillRect(x, top, wide, high);
    pen.fillStyle = ink;
    pen.fillText(name, x + 3 * ratio, top + high - 4 * ratio);
  }
}
