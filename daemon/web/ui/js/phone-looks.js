/*
 * Who has looked at the hamlet's cameras: the part of the access log that its head may see.
 */
import { api } from './api.js';
import { el, fill, icon } from './dom.js';
import { clock, longDate, parse, sameDay } from './times.js';
import { say } from './words.js';

const PAGE = 100;
const TOGETHER_MS = 60000; /* a wall opens its cameras one after the other */

/* One row for what one person did at several cameras at the same time. */
function together(entries) {
  const rows = [];
  entries.forEach((entry) => {
    const last = rows[rows.length - 1];
    if (last && last.who === entry.who && last.what === entry.what &&
        parse(last.at) - parse(entry.at) < TOGETHER_MS)
      last.cameras = last.cameras.concat(entry.cameras.filter((id) => last.cameras.indexOf(id) < 0));
    else
      rows.push({ who: entry.who, what: entry.what, at: entry.at, cameras: entry.cameras });
  });
  return rows;
}

export class LooksPage {
  constructor(phone) {
    this.phone = phone;
    this.back = '#/settings';
    this.title = say('looks');
    this.entries = [];
    this.loaded = false;
    this.failed = el('p', { class: 'notice', role: 'alert', hidden: true });
    this.list = el('div', null);
    this.more = el('button', { class: 'btn wide', type: 'button', hidden: true,
      on: { click: () => this.load() } }, say('looksMore'));
    this.kept = el('p', { class: 'hint', hidden: true }, say('looksKept'));
    this.node = el('div', null, this.failed, this.list,
      el('div', { class: 'do' }, this.more, this.kept));
    this.load();
  }

  async load() {
    try {
      const found = await api.looks({ limit: PAGE, before: this.next || '' });
      this.entries = this.entries.concat(found);
      this.loaded = true;
      this.failed.hidden = true;
      this.next = found.next;
      this.more.hidden = !found.next;
      this.kept.hidden = !this.more.hidden || !this.entries.length;
      this.update();
    } catch (error) {
      this.failed.hidden = false;
      fill(this.failed, icon('net-off'), el('span', { class: 'grow' }, error.message));
    }
  }

  nameOf(id) {
    const found = this.phone.cameras.filter((camera) => camera.id === id)[0];
    return found ? found.name : id;
  }

  row(one) {
    const words = say('look_' + one.what.replace(/ /g, '_'));
    return el('li', { class: 'row look' }, el('div', null, el('h3', null, one.who),
      el('p', null, words + ': ' + one.cameras.map((id) => this.nameOf(id)).join(', '))),
    el('time', null, clock(parse(one.at))));
  }

  /* A heading a day. */
  update() {
    const days = [];
    together(this.entries).forEach((one) => {
      const at = parse(one.at), day = days[days.length - 1];
      if (day && sameDay(day.at, at))
        day.rows.push(one);
      else
        days.push({ at, rows: [one] });
    });
    fill(this.list, days.map((day) => el('section', null,
      el('h2', { class: 'group' }, longDate(day.at)),
      el('ul', { class: 'list rows' }, day.rows.map((one) => this.row(one))))));
    if (this.loaded && !days.length)
      fill(this.list, el('p', { class: 'hint' }, say('looksNone')));
  }

  close() {}
}
