/*
 * Packages of footage: what was asked for, by whom and why, how far it is, and the way to
 * take it.
 */
import { api } from './api.js';
import { el, fill, icon, keep, state } from './dom.js';
import { number, parse, span, when, whenExact } from './times.js';
import { say } from './words.js';

const FRESH_MS = 1000, SLOW_MS = 15000;

export class ExportsPage {
  constructor(desk) {
    this.desk = desk;
    this.title = say('exports');
    this.list = [];
    this.body = el('tbody', null);
    this.none = el('p', { class: 'morebox', hidden: true });
    this.notice = el('p', { class: 'notice', role: 'alert', hidden: true });
    this.key = el('p', { class: 'keyline' });
    this.node = el('div', null, el('header', { class: 'phead' }, el('h1', null, say('exports'))),
      el('p', { class: 'lead' }, say('exportsHow')), this.notice,
      el('div', { class: 'scroll' }, el('table', { class: 'exports' }, el('thead', null,
        el('tr', null, ['exportAsked', 'footageHead', 'whyHead', 'byHead', 'packageHead']
          .map((key) => el('th', null, say(key))))), this.body)), this.none, this.key);
    this.read();
    this.readKey();
  }

  async readKey() {
    try {
      const key = await api.exportKey();
      fill(this.key, say('keyIs'), ' ', el('code', null, key.sha256.replace(/(.{8})/g, '$1 ')));
    } catch (error) {
      fill(this.key);
    }
  }

  async read() {
    try {
      this.list = await api.exports();
      this.notice.hidden = true;
      this.draw();
    } catch (error) {
      fill(this.notice, error.message);
      this.notice.hidden = false;
    }
    const running = this.list.some((one) => one.state === 'waiting' || one.state === 'running');
    if (!this.closed)
      this.timer = setTimeout(() => this.read(), running ? FRESH_MS : SLOW_MS);
  }

  draw() {
    this.none.hidden = this.list.length > 0;
    fill(this.none, say('noExports'));
    keep(this.body, this.list, (one) => one.id, (one) => JSON.stringify(one),
      (one) => this.row(one));
  }

  row(one) {
    const names = one.cameras.map((id) => {
      const found = this.desk.cameras.concat(this.desk.former).filter((camera) => camera.id === id)[0];
      return found ? found.name : id;
    });
    const from = parse(one.from), to = parse(one.to);
    return el('tr', { 'data-export': one.id, 'data-state': one.state },
      el('td', { class: 'still' }, when(parse(one.asked))),
      el('td', null, el('b', null, names.join(', ')), el('small', null,
        whenExact(from) + ' – ' + whenExact(to) + ', ' + span((to - from) / 1000))),
      el('td', null, one.reason, el('small', null, say('documentIs', { text: one.document }))),
      el('td', null, one.by),
      el('td', null, this.package(one)));
  }

  package(one) {
    if (one.state === 'done')
      return el('a', { class: 'btn', href: one.package, download: '' }, icon('export'),
        say('takePackage', { n: number(Math.max(0.1, one.bytes / 1e6),
          one.bytes < 1e7 ? 1 : 0) }));
    if (one.state === 'failed')
      return [state('bad', icon('close'), say('exportFailed')),
        el('small', null, one.why)];
    if (one.state === 'removed')
      return el('span', { class: 'dim' }, say('exportRemoved'));
    const bar = el('progress', { max: '1', set: { value: one.progress },
      'aria-label': say('exportMaking') });
    return [el('span', null, say('exportMaking') + ' ' + Math.floor(one.progress * 100) + ' %'),
      bar];
  }

  update() {}

  close() {
    this.closed = true;
    clearTimeout(this.timer);
  }
}
