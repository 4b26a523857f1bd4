/*
 * Footage for somebody outside: from when to when, why, and on which document. What is made
 * of it is on the page of exports.
 */
import { api } from './api.js';
import { address } from './console-address.js';
import { el, fill, icon } from './dom.js';
import { gapWords } from './timeline.js';
import { clockExact, date, iso, number, parse, readTime, span } from './times.js';
import { say } from './words.js';

const CAMERAS_MOST = 16;        /* in one package */
const GIVES = ['giveOriginal', 'giveList', 'giveRecord', 'giveSigned'];
const FOCUSABLE = 'button, input, a[href]';

export function writeExact(ms) {
  return date(ms) + ' ' + clockExact(ms);
}

export class ExportDialog {
  constructor(camera, from, to, others) {
    this.camera = camera;
    this.others = others.map((one) => ({ id: one.id, name: one.name,
      input: el('input', { type: 'checkbox', value: one.id }) }));
    this.before = document.activeElement;
    this.fields = {};
    this.about = el('p', { class: 'c2 fact' });
    this.gaps = el('p', { class: 'notice', hidden: true });
    this.fault = el('p', { class: 'notice', role: 'alert', hidden: true });
    this.send = el('button', { class: 'btn main', type: 'submit' }, say('export'));
    const close = (kind, kids) => el('button', { class: 'btn ' + kind, type: 'button',
      'aria-label': say('close'), on: { click: () => this.close() } }, kids);
    this.form = el('form', { class: 'box', role: 'dialog', 'aria-modal': 'true',
      'aria-labelledby': 'export-title', novalidate: true,
      on: { submit: (event) => this.submit(event), input: () => this.look() } },
    el('header', null, el('h2', { id: 'export-title' },
      say('exportOf', { name: camera.name })), close('bare', icon('close'))),
    el('div', { class: 'body' },
      this.field('from', 'c2', say('from'), writeExact(from)),
      this.field('to', 'c2', say('to'), writeExact(to)), this.about,
      this.field('reason', 'c3', say('exportReason'), ''),
      this.field('document', 'c3', say('exportDocument'), ''), this.otherCameras(), this.gaps,
      this.fault,
      el('ul', { class: 'gives' }, GIVES.map((key) =>
        el('li', null, icon('check'), say(key))))),
    el('footer', null, el('button', { class: 'btn push', type: 'button',
      on: { click: () => this.close() } }, say('cancel')), this.send));
    this.node = el('div', { class: 'veil', on: { keydown: (event) => this.key(event) } },
      this.form);
    document.body.append(this.node);
    this.fields.reason.input.focus();
    this.look();
  }

  field(name, size, words, value) {
    const why = el('span', { class: 'why', id: 'why-' + name, role: 'alert' });
    const input = el('input', { name, autocomplete: 'off', maxlength: '250', set: { value },
      'aria-describedby': 'why-' + name });
    const node = el('label', { class: 'field ' + size }, el('span', null, words), input, why);
    this.fields[name] = { node, input, why };
    return node;
  }

  /* The same time of other cameras, in the same package. */
  otherCameras() {
    return this.others.length ? el('details', { class: 'others' },
      el('summary', null, say('exportOthers', { n: CAMERAS_MOST })),
      el('div', null, this.others.map((one) =>
        el('label', null, one.input, el('span', null, one.name))))) : null;
  }

  /* No more can be chosen than go into one package. */
  capCameras() {
    const full = this.cameras().length >= CAMERAS_MOST;
    this.others.forEach((one) => { one.input.disabled = full && !one.input.checked; });
  }

  cameras() {
    return [this.camera.id].concat(this.others.filter((one) => one.input.checked)
      .map((one) => one.id));
  }

  value(name) {
    return this.fields[name].input.value.trim();
  }

  wrong(name, words) {
    const field = this.fields[name];
    field.node.classList.toggle('wrong', !!words);
    field.input.setAttribute('aria-invalid', words ? 'true' : 'false');
    fill(field.why, words);
    return !words;
  }

  times() {
    return { from: readTime(this.value('from')), to: readTime(this.value('to')) };
  }

  /* How long, how large, and what is missing, as it is typed. */
  look() {
    const t = this.times(), seconds = (t.to - t.from) / 1000;
    this.capCameras();
    const rate = (this.camera.main || {}).bits_per_s || 0;
    if (!(seconds > 0)) {
      fill(this.about);
      this.gaps.hidden = true;
      return;
    }
    fill(this.about, el('b', null, say('exportLength')), el('span', null, span(seconds) +
      (rate ? say('aboutMegabytes', { n: number(Math.max(1, rate * seconds / 8e6)) }) : '')));
    clearTimeout(this.looking);
    this.looking = setTimeout(() => this.lookForGaps(t), 250);
  }

  async lookForGaps(t) {
    try {
      const found = await api.recordings(this.camera.id, { from: iso(t.from), to: iso(t.to) });
      const now = this.times();
      if (now.from !== t.from || now.to !== t.to)
        return;
      const gaps = found.filter((s) => s.kind === 'gap');
      this.gaps.hidden = !gaps.length;
      fill(this.gaps, el('span', { class: 'hatch' }), el('span', { class: 'grow' },
        el('b', null, say('hasGaps', { n: gaps.length })), ' ', gaps.slice(0, 3).map((gap) =>
          clockExact(parse(gap.from)) + ' – ' + clockExact(parse(gap.to)) + ', ' +
          gapWords(gap)).join('; ') + '. ' + say('recordTellsGaps')));
    } catch (error) {
      this.gaps.hidden = true; /* the record tells them in any case */
    }
  }

  check() {
    const t = this.times();
    const fine = [
      this.wrong('from', t.from > 0 ? '' : say('timeExactWrong')),
      this.wrong('to', !(t.to > 0) ? say('timeExactWrong') :
        t.to <= t.from ? say('toBeforeFrom') : ''),
      this.wrong('reason', this.value('reason') ? '' : say('noReason')),
      this.wrong('document', this.value('document') ? '' : say('noDocument')),
    ];
    const first = Object.keys(this.fields)[fine.indexOf(false)];
    if (first)
      this.fields[first].input.focus();
    return !first;
  }

  async submit(event) {
    event.preventDefault();
    if (this.sending || !this.check())
      return;
    const t = this.times();
    this.sending = true;
    this.send.disabled = true;
    this.fault.hidden = true;
    try {
      await api.makeExport({ cameras: this.cameras(), from: iso(t.from), to: iso(t.to),
        reason: this.value('reason'), document: this.value('document') });
      this.close();
      location.hash = address('exports');
    } catch (error) {
      const field = error.body && error.body.error && this.fields[error.body.error.field];
      if (field) {
        this.wrong(error.body.error.field, error.message);
        field.input.focus();
      } else {
        fill(this.fault, icon('export'), el('span', { class: 'grow' }, error.message));
        this.fault.hidden = false;
      }
    }
    this.sending = false;
    this.send.disabled = false;
  }

  key(event) {
    event.stopPropagation();
    if (event.key === 'Escape')
      this.close();
    if (event.key !== 'Tab')
      return;
    const all = Array.from(this.form.querySelectorAll(FOCUSABLE)).filter((n) => !n.disabled);
    const last = all[all.length - 1], at = document.activeElement;
    if (event.shiftKey ? at === all[0] : at === last) {
      event.preventDefault();
      (event.shiftKey ? last : all[0]).focus();
    }
  }

  close() {
    clearTimeout(this.looking);
    this.node.remove();
    if (this.before && this.before.focus)
      this.before.focus();
  }
}
