/*
 * A day and an hour as strokes: what was recorded, what is missing and why, what happened.
 * The time under the pointer or the arrow keys is the moment that is wanted.
 */
import { eventWords } from './alerts.js';
import { el, fill, setText } from './dom.js';
import { clock, clockExact, dayStart, now, parse, span } from './times.js';
import { say } from './words.js';

const SVG = 'http://www.w3.org/2000/svg';
const HOUR_MS = 3600000;
const SMALL_MS = 10000, LARGE_MS = 600000;
const LETTER = 0.8;          /* percent of the width, for words that must not collide */
const MIN_WORDS_MS = 1000;

export function gapWords(stretch) {
  const length = (parse(stretch.to) - parse(stretch.from)) / 1000;
  return say('gap_' + stretch.cause) + ' ' + span(length);
}

/* Who or what ended it; null: it goes on, or nobody knows. */
export function gapEnd(stretch) {
  return stretch.ended ?
    say('gapEnded', { what: say('end_' + stretch.ended, { who: stretch.ended_by }) }) : null;
}

export class Timeline {
  /* `onSeek(ms)` for every moment that is chosen. */
  constructor(onSeek) {
    this.onSeek = onSeek;
    this.day = { from: 0, to: 0 };
    this.stretches = [];
    this.events = [];
    this.motion = null;          /* {from, bin_s, bins}: seconds with motion */
    this.hits = null;            /* what was found in a box; null: nothing is looked for */
    this.at = 0;
    this.hourFrom = 0;
    this.strips = [this.strip('hour'), this.strip('day')];
    this.node = el('div', { class: 'tl' }, this.strips[0].labels, this.strips[0].lanes,
      el('hr'), this.strips[1].labels, this.strips[1].lanes);
  }

  strip(name) {
    const lanes = el('div', { class: 'lanes', 'data-strip': name, role: 'slider',
      tabindex: '0', 'aria-label': say(name === 'hour' ? 'hourStrip' : 'dayStrip') });
    const strip = { name, lanes, labels: el('div', null),
      head: el('span', { class: 'head' }), brush: el('span', { class: 'brush' }) };
    const seek = (event) => {
      const place = lanes.getBoundingClientRect();
      const part = Math.min(1, Math.max(0, (event.clientX - place.left) / place.width));
      const range = this.range(name);
      this.onSeek(range.from + part * (range.to - range.from));
    };
    lanes.addEventListener('pointerdown', (event) => {
      if (event.button === 0)
        seek(event);
    });
    lanes.addEventListener('keydown', (event) => this.onKey(event));
    return strip;
  }

  onKey(event) {
    const step = { ArrowLeft: -SMALL_MS, ArrowRight: SMALL_MS, ArrowDown: -SMALL_MS,
      ArrowUp: SMALL_MS, PageDown: -LARGE_MS, PageUp: LARGE_MS }[event.key];
    if (!step)
      return;
    event.preventDefault();
    event.stopPropagation();
    this.onSeek(Math.min(this.day.to, Math.max(this.day.from, this.at + step)));
  }

  range(name) {
    return name === 'day' ? this.day :
      { from: this.hourFrom, to: this.hourFrom + HOUR_MS };
  }

  /* `stretches` and `events` as docs/http.md answers them, of the day that begins there. */
  show(from, stretches, events) {
    this.day = { from, to: dayStart(from, 1) };
    this.stretches = stretches;
    this.events = events;
    this.draw();
  }

  showMotion(motion) {
    this.motion = motion;
    this.draw();
  }

  showHits(hits) {
    this.hits = hits;
    this.draw();
  }

  head(at) {
    const hour = Math.floor((at - this.day.from) / HOUR_MS) * HOUR_MS + this.day.from;
    const turned = hour !== this.hourFrom;
    this.at = at;
    this.hourFrom = hour;
    if (turned)
      this.draw();
    this.strips.forEach((strip) => this.drawHead(strip));
  }

  draw() {
    this.strips.forEach((strip) => this.drawStrip(strip));
    this.strips.forEach((strip) => this.drawHead(strip));
  }

  drawHead(strip) {
    const range = this.range(strip.name), part = this.part(range, this.at);
    strip.head.style.left = part + '%';
    strip.head.hidden = part < 0 || part > 100;
    const low = this.part(this.day, this.hourFrom);
    strip.brush.style.left = low + '%';
    strip.brush.style.width = this.part(this.day, this.hourFrom + HOUR_MS) - low + '%';
    strip.lanes.setAttribute('aria-valuemin', Math.round(range.from / 1000));
    strip.lanes.setAttribute('aria-valuemax', Math.round(range.to / 1000));
    strip.lanes.setAttribute('aria-valuenow', Math.round(this.at / 1000));
    strip.lanes.setAttribute('aria-valuetext', clockExact(this.at));
  }

  part(range, at) {
    return 100 * (at - range.from) / (range.to - range.from);
  }

  drawStrip(strip) {
    const range = this.range(strip.name);
    if (!(range.to > range.from))
      return;
    const holes = this.stretches.filter((s) => s.kind === 'gap' && this.meets(range, s));
    const lanes = [
      ['', this.ruler(range, strip.name === 'day' ? 2 * HOUR_MS : HOUR_MS / 12)],
      [say('recorded'), this.stretches.filter((s) => s.kind !== 'gap')
        .map((s) => this.bar(range, s, 'seglet')).concat(
          holes.map((s) => this.bar(range, s, 'hole')))],
      [say('motionLane'), this.heat(range, strip.name === 'day' ? 288 : 360), ' tall'],
      this.hits && strip.name === 'hour' ?
        [say('inBox'), this.hits.map((hit) => this.hitMark(range, hit))] :
        [say('events'), this.events.map((event) => this.mark(range, event))],
      [say('gaps'), this.words(range, holes)],
    ];
    const kind = (base, lane) => ({ class: base + (lane[2] || '') });
    fill(strip.labels, lanes.map((lane) => el('div', kind('lab', lane), lane[0])));
    fill(strip.lanes, lanes.map((lane) => el('div', kind('lane', lane), lane[1])),
      strip.name === 'day' ? strip.brush : null, strip.head);
  }

  meets(range, stretch) {
    return parse(stretch.to) > range.from && parse(stretch.from) < range.to;
  }

  ruler(range, step) {
    const marks = [];
    for (let at = range.from; at <= range.to + 1; at += step) {
      const end = at === range.from ? ' first' : at > range.to - step / 2 ? ' last' : '';
      const words = at >= this.day.to ? '24:00' : clock(at);
      marks.push(this.placed('hour' + end, range, at, 0, words));
    }
    return marks;
  }

  placed(kind, range, from, to, words) {
    const node = el('span', { class: kind }, words);
    const left = Math.max(0, this.part(range, from));
    node.style.left = left + '%';
    if (to)
      node.style.width = Math.min(100, this.part(range, to)) - left + '%';
    return node;
  }

  bar(range, stretch, kind) {
    if (!this.meets(range, stretch))
      return null;
    const node = this.placed(kind, range, parse(stretch.from), parse(stretch.to), '');
    if (kind === 'hole')
      node.title = gapWords(stretch) + ', ' + clockExact(parse(stretch.from)) + ' – ' +
        clockExact(parse(stretch.to));
    return node;
  }

  /* Bars: how much of each bin something moved. */
  heat(range, count) {
    const motion = this.motion, width = (range.to - range.from) / count, heights = [];
    if (!motion)
      return null;
    const bin_ms = motion.bin_s * 1000;
    motion.bins.forEach((seconds, n) => {
      const at = motion.from + n * bin_ms, bar = Math.floor((at - range.from) / width);
      if (seconds && bar >= 0 && bar < count)
        heights[bar] = (heights[bar] || 0) + seconds * 1000;
    });
    let path = '';
    heights.forEach((moved, bar) => {
      const high = (4 + 30 * Math.sqrt(Math.min(1, moved / Math.max(width, bin_ms)))).toFixed(1);
      path += 'M' + (bar + 0.15) + ' 36v-' + high + 'h.7v' + high + 'z';
    });
    const drawn = document.createElementNS(SVG, 'svg');
    const bars = document.createElementNS(SVG, 'path');
    drawn.setAttribute('class', 'heat');
    drawn.setAttribute('viewBox', '0 0 ' + count + ' 36');
    drawn.setAttribute('preserveAspectRatio', 'none');
    drawn.setAttribute('aria-hidden', 'true');
    bars.setAttribute('d', path);
    drawn.append(bars);
    return drawn;
  }

  hitMark(range, hit) {
    return hit.from < range.from || hit.from > range.to ? null :
      this.placed('mark hit', range, hit.from, 0, '');
  }

  mark(range, event) {
    const at = parse(event.start);
    if (at < range.from || at > range.to)
      return null;
    const kind = event.kind === 'alarm' ? 'mark hit' : 'mark';
    const node = this.placed(kind, range, at, 0, '');
    node.title = eventWords(event) + ' ' + clockExact(at);
    return node;
  }

  /* The cause beside the hatch; where two would collide the longer gap speaks. */
  words(range, holes) {
    const length = (s) => parse(s.to) - parse(s.from), taken = [];
    return holes.filter((s) => length(s) >= MIN_WORDS_MS)
      .sort((a, b) => length(b) - length(a)).map((hole) => {
        const words = gapWords(hole), wide = words.length * LETTER;
        const left = Math.min(100 - wide,
          Math.max(0, this.part(range, Math.max(range.from, parse(hole.from)))));
        if (taken.some((t) => left < t.to && left + wide > t.from))
          return null;
        taken.push({ from: left, to: left + wide });
        const node = el('span', { class: 'why' }, words);
        node.style.left = left + '%';
        return node;
      });
  }
}

/* The stretches of today end now. */
export function untilNow(from) {
  return Math.min(dayStart(from, 1), now());
}

export function setClockText(node, at) {
  setText(node, clockExact(at));
}
