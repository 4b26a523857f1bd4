/*
 * What happened: a list with filters, and beside it one event with its picture, its clip
 * and the way to the recording around it.
 */
import { answerLook, answerWords, answeredAt, eventWords, isClosed } from './alerts.js';
import { addressOf, api } from './api.js';
import { address } from './console-address.js';
import { el, fill, icon, keep, picture, state, strokes, svg } from './dom.js';
import { clockExact, dayStart, iso, longDate, now, number, parse, readTime, span, whenExact,
  writeTime } from './times.js';
import { treeOf } from './cameras.js';
import { say } from './words.js';

const PAGE = 100;
const ALERTS = 500;
const BEFORE_MS = 5000;
const GROWS_MS = 5000;        /* a way is longer so often while its event goes on */

export class EventsPage {
  constructor(desk, event) {
    this.desk = desk;
    this.title = say('events');
    this.events = [];
    this.alerts = {};         /* by event */
    this.chosen = event;
    this.more = false;
    this.camera = '';
    this.from = dayStart(now(), -1);
    this.to = 0;              /* 0: until now */
    this.sum = el('span', { class: 'sum', role: 'status' });
    this.body = el('tbody', null);
    this.side = el('aside', { class: 'hits' });
    this.moreButton = el('button', { class: 'btn', type: 'button', hidden: true,
      on: { click: () => this.read(true) } }, say('moreEvents'));
    this.filters = el('form', { class: 'filters', on: {
      submit: (e) => { e.preventDefault(); this.filter(); } } });
    this.node = el('div', { class: 'pair' },
      el('div', { class: 'left' },
        el('header', { class: 'phead' }, el('h1', null, say('events'))), this.filters,
        el('div', { class: 'scroll' }, el('table', { class: 'events' }, el('thead', null,
          el('tr', null, ['snapshot', 'at_', 'camera', 'what', 'answerHead'].map((key) =>
            el('th', { scope: 'col' }, say(key))))), this.body)),
        el('p', { class: 'morebox' }, this.moreButton)),
      this.side);
    this.timer = setInterval(() => this.grow(), GROWS_MS);
    this.drawFilters();
    this.read(false);
  }

  drawFilters() {
    const cameras = this.desk.shownCameras(), areas = treeOf(this.desk.areas);
    const option = (value, words, chosen) =>
      el('option', { value, selected: chosen }, words);
    const time = (name, words, value) => el('label', { class: 'field' },
      el('span', null, words), el('input', { name, value, autocomplete: 'off', placeholder: say('timeForm') }),
      el('span', { class: 'why', hidden: true }, say('timeWrong')));
    fill(this.filters,
      el('label', { class: 'field' }, el('span', null, say('area')),
        el('select', { name: 'area', on: { change: (e) => this.goArea(e.target.value) } },
          option('', say('allAreas'), !this.desk.area),
          areas.map((row) => option(row.area.id, '\u2003'.repeat(row.depth) + row.area.name,
            row.area.id === this.desk.area)))),
      el('label', { class: 'field' }, el('span', null, say('camera')),
        el('select', { name: 'camera', on: { change: () => this.filter() } },
          option('', say('allCameras'), true),
          cameras.map((camera) => option(camera.id, camera.name, false)))),
      time('from', say('from'), writeTime(this.from)), time('to', say('to'), ''),
      el('button', { class: 'btn', type: 'submit' }, icon('filter'), say('show')),
      this.sum);
  }

  goArea(area) {
    location.hash = address('events', { area });
  }

  filter() {
    const form = this.filters.elements;
    const from = this.time(form.from), to = this.time(form.to);
    if (isNaN(from) || isNaN(to))
      return;
    this.camera = form.camera.value;
    this.from = from;
    this.to = to;
    this.read(false);
  }

  /* 0: left empty; NaN: not a time, and the field says so. */
  time(input) {
    const time = input.value.trim() ? readTime(input.value) : 0, wrong = isNaN(time);
    input.parentNode.classList.toggle('wrong', wrong);
    input.parentNode.querySelector('.why').hidden = !wrong;
    input.setAttribute('aria-invalid', wrong ? 'true' : 'false');
    return time;
  }

  async read(more) {
    const asked = this.asked = {};
    const given = { camera: this.camera, area: this.camera ? '' : this.desk.area,
      from: this.from ? iso(this.from) : '', to: this.to ? iso(this.to) : '',
      before: more && this.next ? this.next : '', limit: PAGE };
    try {
      const found = await api.events(given);
      const alerts = await api.alerts({ area: this.desk.area, limit: ALERTS });
      if (asked !== this.asked)
        return;
      alerts.forEach((alert) => {
        if (alert.event)
          this.alerts[alert.event.id] = alert;
      });
      this.events = more ? this.events.concat(found) : found;
      this.next = found.next;
      this.more = !!found.next;
      this.problem = '';
    } catch (error) {
      this.problem = error.message;
    }
    this.update();
  }

  /* A note may bring an event that is not in the list yet. */
  update() {
    this.desk.alerts.all().forEach((alert) => {
      const event = alert.event;
      if (!event)
        return;
      this.alerts[event.id] = alert;
      const at = this.events.map((e) => e.id).indexOf(event.id);
      if (at >= 0)
        this.events[at] = event;
      else if (this.belongs(event))
        this.events.unshift(event);
    });
    this.draw();
  }

  belongs(event) {
    const first = this.events[0], start = parse(event.start);
    const shown = this.desk.shownCameras().some((camera) => camera.id === event.camera);
    return !this.to && this.asked && start > (first ? parse(first.start) : this.from) && shown &&
      (!this.camera || this.camera === event.camera);
  }

  draw() {
    const open = this.events.filter((event) => this.alerts[event.id] &&
      this.alerts[event.id].state === 'open').length;
    fill(this.sum, this.problem || say('eventsFound', { n: this.events.length }) +
      (this.more ? '+' : '') + (open ? ', ' + say('openAlerts', { n: open }) : ''));
    this.moreButton.hidden = !this.more;
    keep(this.body, this.events, (e) => e.id,
      (e) => JSON.stringify([e, this.alerts[e.id], e.id === this.chosen, this.ageOf(e)]),
      (e) => this.row(e));
    this.drawSide();
  }

  /* An event that goes on is longer with every look. */
  ageOf(event) {
    return event.end ? 0 : Math.floor(now() / 10000);
  }

  what(event) {
    if (event.kind === 'alarm')
      return [state('alarm', strokes('bao'), say('kindAlarm')),
        el('small', null, [event.by, event.note].filter((part) => part).join(': '))];
    return eventWords(event);
  }

  answer(event) {
    const alert = this.alerts[event.id];
    if (!alert)
      return state('past', null, say('onlyStored'));
    const look = answerLook(alert);
    return [state(look.kind, look.mark ? icon(look.mark) : null, answerWords(alert)),
      alert.state === 'open' ? null : el('small', null, answeredAt(alert))];
  }

  row(event) {
    const start = parse(event.start);
    const length = event.end ? span((parse(event.end) - start) / 1000) : say('goesOn');
    const choose = () => {
      this.chosen = event.id;
      this.draw();
      this.side.scrollIntoView({ block: 'nearest' }); /* below the list on a narrow page */
    };
    return el('tr', { 'aria-selected': event.id === this.chosen ? 'true' : null,
      on: { click: choose } },
    el('td', null, picture(event.snapshot, '',
      event.kind === 'health' ? 'plug-off' : 'still')),
    el('td', { class: 'still' }, el('button', { class: 'btn bare time', type: 'button' },
      whenExact(start)), el('small', null, length)),
    el('td', null, el('b', null, event.camera_name || event.area_name),
      event.camera_name ? el('small', null, event.area_name) : null),
    el('td', null, this.what(event)), el('td', null, this.answer(event)));
  }

  drawSide() {
    const event = this.events.filter((e) => e.id === this.chosen)[0] || null;
    const seen = event ? JSON.stringify([event, this.alerts[event.id]]) : '';
    if (seen === this.sideSeen)
      return;
    const same = event && this.sideId === event.id;
    this.sideSeen = seen;
    this.sideId = event ? event.id : '';
    if (!event) {
      fill(this.side, el('div', { class: 'empty' }, strokes('yen'),
        el('span', null, say('chooseEvent'))));
      return;
    }
    const shot = same ? this.side.querySelector('.shot') : this.shot(event);
    const alert = this.alerts[event.id];
    fill(this.side, shot, el('div', { class: 'in' },
      el('h2', null, event.camera_name || event.area_name),
      el('p', { class: 'dim' }, [event.camera_name ? event.area_name : '',
        longDate(parse(event.start)), clockExact(parse(event.start))]
        .filter((part) => part).join(', ')),
      el('p', null, this.what(event)), this.whyWords(event),
      el('p', null, this.answer(event)), this.buttons(event, alert)));
  }

  shot(event) {
    const box = el('div', { class: 'shot' });
    const still = () => fill(box, this.still(event), event.camera ?
      el('button', { class: 'btn play', type: 'button', on: { click: () => play() } },
        icon('play'), say('watchClip')) : null);
    const play = () => {
      const video = el('video', { src: addressOf.clip(event.id), controls: true,
        autoplay: true, playsinline: true, 'aria-label': say('clip') });
      video.addEventListener('error', () => {
        still();
        box.append(el('p', { class: 'notice', role: 'alert' }, say('noClip')));
      });
      fill(box, el('div', { class: 'pic' }, video));
      video.focus();
    };
    still();
    return box;
  }

  /* In its own shape, for what is drawn over it. */
  still(event) {
    const frame = picture(event.snapshot, say('snapshotOf',
      { name: event.camera_name || event.area_name }), 'still');
    const image = frame.querySelector('img');
    if (!image)
      return frame;
    image.addEventListener('load', () => frame.classList.add('own'));
    return fill(frame, image, this.why(event), this.path(event));
  }

  /* What the detector saw when it decided, over the picture it sent. */
  why(event) {
    const b = event.box;
    if (event.kind !== 'motion' || !b || b[2] <= b[0] || b[3] <= b[1])
      return null;
    const frame = el('div', { class: 'why', 'aria-hidden': 'true' });
    frame.style.left = 100 * b[0] + '%';
    frame.style.top = 100 * b[1] + '%';
    frame.style.width = 100 * (b[2] - b[0]) + '%';
    frame.style.height = 100 * (b[3] - b[1]) + '%';
    return frame;
  }

  /* The way that it went before and after, which only the event itself tells. */
  path(event) {
    if (event.kind !== 'motion')
      return null;
    const line = svg('polyline', {});
    const lines = svg('svg', { viewBox: '0 0 1 1', preserveAspectRatio: 'none' });
    const dot = el('span', { hidden: true });
    lines.append(line);
    const draw = async () => {
      const whole = await api.event(event.id), path = whole.path || [], last = path[path.length - 1];
      if (!last)
        return whole;
      line.setAttribute('points', path.map((p) => p[0] + ',' + p[1]).join(' '));
      dot.style.left = 100 * last[0] + '%';
      dot.style.top = 100 * last[1] + '%';
      dot.hidden = false;
      return whole;
    };
    this.shown = { id: event.id, draw, goesOn: true };
    this.grow();
    return el('div', { class: 'path', 'aria-hidden': 'true' }, lines, dot);
  }

  /* Until it is drawn as it was at its end. */
  async grow() {
    const shown = this.shown;
    if (!shown || !shown.goesOn || shown.id !== this.chosen || document.hidden)
      return;
    try {
      shown.goesOn = !(await shown.draw()).end;
    } catch (error) {
      /* the picture is shown all the same, and the way is asked for again */
    }
  }

  whyWords(event) {
    if (event.kind !== 'motion' || !event.score)
      return null;
    return el('p', { class: 'dim' }, say('whyRang', { share: number(event.score / 10, 1),
      place: event.zone ? say('whyZone', { zone: event.zone }) : say('whyPicture') }));
  }

  buttons(event, alert) {
    const send = (answer) => async () => {
      const failed = await this.desk.answer(alert.id, answer, '');
      if (failed)
        this.side.append(el('p', { class: 'notice', role: 'alert' }, failed));
      this.update();
    };
    const press = (kind, words, answer) => el('button', { class: 'btn ' + kind,
      type: 'button', on: { click: send(answer) } }, words);
    const may = alert && this.desk.may('answer');
    const look = this.desk.may('playback') && event.camera;
    return el('div', { class: 'acts' },
      may && alert.state === 'open' ? press('main', say('takeOn'), 'acknowledge') : null,
      may && alert.state === 'acknowledged' ? press('', say('resolve'), 'resolve') : null,
      may && !isClosed(alert) && event.kind === 'motion' ?
        press('', say('falseAlarm'), 'false-alarm') : null,
      look ? el('a', { class: 'btn', href: address('playback/' + event.camera,
        { at: iso(parse(event.start) - BEFORE_MS) }) }, icon('timeline'),
      say('lookBack')) : null);
  }

  close() {
    this.asked = null;
    clearInterval(this.timer);
  }
}
