/*
 * Who passed here: the day's stretches in which something moved inside a box on the
 * picture, each with a picture of its fullest moment.
 */
import { api } from './api.js';
import { Box } from './box.js';
import { el, fill, icon, picture, strokes } from './dom.js';
import { Thumbs } from './thumbs.js';
import { clock, clockExact, iso, number, parse, span, steady } from './times.js';
import { say } from './words.js';

const MORE = 60;               /* shown at once */
const LEAD_MS = 2000;          /* a passage is shown from a little before */

export class Search {
  /* `page`: {camera, video, seek(ms), found(hits), left()}. */
  constructor(page) {
    this.page = page;
    this.hits = [];
    this.shown = MORE;
    this.turn = 0;
    this.current = null;
    this.box = new Box(page.video, { chosen: (box) => this.ask(box),
      left: () => page.left() });
    this.thumbs = new Thumbs(page.camera.id, (page.camera.main || {}).fps);
    this.head = el('header', null, el('h2', null, say('boxFirst')),
      el('p', null, say('boxHow')));
    this.list = el('ul', null);
    this.rest = el('div', { class: 'rest' });
    this.side = el('div', null, this.head, this.list, this.rest);
  }

  close() {
    this.turn++;
    this.box.close();
    this.thumbs.close();
  }

  /* The day that is searched, and what of it is missing. */
  setDay(from, to, stretches) {
    const changed = from !== this.from;
    this.from = from;
    this.to = to;
    this.stretches = stretches;
    if (changed && this.box.chosen)
      this.ask(this.box.chosen);
  }

  async ask(box) {
    const turn = ++this.turn, from = this.from, to = this.to, asked = steady();
    const part = [box.x0, box.y0, box.x1, box.y1].map((n) => n.toFixed(4)).join(',');
    if (!(to > from))
      return;
    try {
      const found = await api.activity(this.page.camera.id, { from: iso(from), to: iso(to),
        box: part });
      if (turn !== this.turn)
        return;
      this.took = (steady() - asked) / 1000;
      this.more = found.more;
      this.hits = found.stretches.map((s) => ({ from: parse(s.from), to: parse(s.to),
        peak: parse(s.peak) }));
      this.current = null;
      this.shown = MORE;
      this.draw();
      this.page.found(this.hits);
    } catch (error) {
      if (turn === this.turn)
        fill(this.head, el('h2', null, say('notFound')), el('p', null, error.message));
    }
  }

  draw() {
    const until = clock(this.from) + ' – ' + (this.to - this.from > 86000000 ? '24:00' :
      clock(this.to));
    this.thumbs.clear();
    fill(this.head, el('h2', null, this.hits.length ?
      say('hitsInBox', { n: this.more ? number(this.hits.length) + '+' : this.hits.length }) :
      say('noHits')), el('p', null, this.hits.length ?
      say('tookTime', { from_to: until, time: number(Math.max(0.1, this.took), 1) }) :
      say('sawAll', { from_to: until, gaps: this.gapWords() })));
    fill(this.list, this.hits.slice(0, this.shown).map((hit) => this.hitRow(hit)));
    fill(this.rest, !this.hits.length ?
      el('p', { class: 'none' }, strokes('yen'), say('tryLarger')) :
      this.hits.length > this.shown ? el('button', { class: 'btn wide', type: 'button',
        on: { click: () => { this.shown += MORE; this.draw(); } } }, say('moreHits')) : null);
  }

  gapWords() {
    const gaps = this.stretches.filter((s) => s.kind === 'gap' && s.cause !== 'not_kept');
    const missing = gaps.reduce((sum, s) => sum + parse(s.to) - parse(s.from), 0) / 1000;
    return gaps.length ? say('gapsInDay', { n: gaps.length, span: span(missing) }) :
      say('noGaps');
  }

  hitRow(hit) {
    const frame = el('span', { class: 'pic' });
    const blank = () => fill(frame, picture('', '', 'still'));
    frame.append(this.thumbs.make(hit.peak, say('snapshotAt', { name: this.page.camera.name,
      time: clockExact(hit.peak) }), blank));
    return el('li', null, el('button', { type: 'button',
      'aria-current': hit === this.current ? 'true' : null,
      on: { click: () => this.choose(hit) } }, frame,
    el('span', { class: 'cap' }, el('b', null, clockExact(hit.from)),
      el('span', null, span((hit.to - hit.from) / 1000)))));
  }

  choose(hit) {
    const index = this.hits.indexOf(hit);
    this.current = hit;
    Array.from(this.list.querySelectorAll('button')).forEach((button, n) => {
      if (n === index)
        button.setAttribute('aria-current', 'true');
      else
        button.removeAttribute('aria-current');
    });
    this.page.seek(hit.from - LEAD_MS);
  }

  /* The passage before or after; false: there is none. */
  go(way, at) {
    const before = this.hits.filter((hit) => hit.from < at - 500);
    const after = this.hits.filter((hit) => hit.from > at + LEAD_MS + 500);
    const to = way < 0 ? before[before.length - 1] : after[0];
    if (to)
      this.choose(to);
    return !!to;
  }
}

/* Its button: how one comes in and out. */
export function searchButton(open, click) {
  return el('button', { class: 'btn', type: 'button', 'aria-pressed': open ? 'true' : 'false',
    on: { click } }, icon('box'), say(open ? 'boxOff' : 'boxOn'));
}
