/*
 * The console's first page: what needs a hand, the wall, and the river of alerts.
 */
import { alsoAt, answerLook, answerWords, areaOf, isClosed, kindStrokes, kindWords, peopleTold,
  pictureOf, placeOf, speaksForItself, startOf } from './alerts.js';
import { bad, records, sinceWords, stateIcon, stateWords } from './cameras.js';
import { address } from './console-address.js';
import { el, fill, icon, keep, picture, state, strokes } from './dom.js';
import { Live, expose } from './live.js';
import { clock, clockExact, iso, now, number, parse, sameDay, span,
  when } from './times.js';
import { LAYOUTS, Wall, layoutFor } from './wall.js';
import { say } from './words.js';

const KEY = 'kengd.layout';
const MAX_BAD = 6, RIVER = 40;
const BEFORE_MS = 30000;      /* what was seen before a camera was lost */
const REASONS = ['reasonWeather', 'reasonAnimal', 'reasonPeople', 'reasonUnknown'];

/* What was chosen here; 0: nothing. */
function savedLayout() {
  try {
    const saved = +localStorage.getItem(KEY);
    return LAYOUTS.indexOf(saved) >= 0 ? saved : 0;
  } catch (error) {
    return 0;
  }
}

function saveLayout(layout) {
  try {
    localStorage.setItem(KEY, String(layout));
  } catch (error) {
    return; /* forgotten with the page */
  }
}

export class OverviewPage {
  constructor(desk) {
    this.desk = desk;
    this.title = say('overview');
    this.chosen = savedLayout();
    this.first = 0;
    this.large = null;        /* id of the one camera that is shown large */
    this.asking = '';         /* the alert whose false alarm wants a reason */
    this.failed = {};
    this.health = el('section', { class: 'health' });
    this.tools = el('div', { class: 'tools' });
    this.grid = el('div', { class: 'cgrid' });
    this.cards = el('div', null);
    this.rows = el('div', null);
    this.node = el('div', { class: 'over' }, this.health,
      el('section', { class: 'wallbox' }, this.tools, this.grid),
      el('aside', { class: 'river' },
        el('h2', null, say('alerts'), ' ', el('a', { href: address('events') },
          say('allEvents'))),
        this.cards, this.rows));
    this.wall = new Wall(this.grid, 'ctile', (camera) => this.pick(camera));
    this.live = new Live({ note: (note) => this.onNote(note),
      refused: () => desk.refused() });
    expose(this.live, desk.sound);
    this.onKey = (event) => {
      if (event.key === 'Escape' && this.large)
        this.pick(null);
    };
    document.addEventListener('keydown', this.onKey);
    this.showWall();
  }

  /* The feed brings the notes; the stream only says what it cannot show. */
  onNote(note) {
    if (note.type === 'hello')
      note.cameras.forEach((camera, n) => {
        if (!camera && this.live.tiles[n])
          this.wall.update(this.live.tiles[n].id, null);
      });
  }

  /* Without a choice as few tiles as show all cameras, nine at most. */
  get layout() {
    return this.chosen || Math.min(9, layoutFor('auto', this.desk.shownCameras().length));
  }

  showWall() {
    const all = this.desk.shownCameras();
    const large = all.filter((camera) => camera.id === this.large)[0];
    this.first = this.first < all.length ? this.first : 0;
    this.ids = all.map((camera) => camera.id).join();
    const shown = large ? [large] : all.slice(this.first, this.first + this.layout);
    const layout = large ? 1 : this.layout;
    this.live.show(this.wall.show(shown, layout, layout === 1 ? 'main' : ''));
    this.drawTools();
  }

  pick(camera) {
    this.large = !camera || this.large === camera.id ? null : camera.id;
    this.showWall();
  }

  choose(layout) {
    this.chosen = layout;
    this.first = 0;
    this.large = null;
    saveLayout(layout);
    this.showWall();
  }

  drawTools() {
    const all = this.desk.shownCameras();
    const large = all.filter((camera) => camera.id === this.large)[0];
    const press = (n) => el('button', { type: 'button',
      'aria-pressed': !large && n === this.layout ? 'true' : 'false',
      on: { click: () => this.choose(n) } }, String(n));
    fill(this.tools,
      el('h2', null, large ? large.name : this.desk.areaName(this.desk.area)),
      large && this.desk.may('playback') ?
        el('a', { class: 'btn', href: address('playback/' + large.id,
          { at: iso(now() - 60000) }) }, icon('timeline'), say('playback')) : null,
      large ? el('button', { class: 'btn', type: 'button',
        on: { click: () => this.pick(null) } }, say('backToWall')) : this.pager(all),
      el('div', { class: 'seg', role: 'group', 'aria-label': say('tiles') },
        LAYOUTS.map(press)));
  }

  pager(all) {
    const pages = Math.ceil(all.length / this.layout);
    if (pages < 2)
      return null;
    const at = Math.floor(this.first / this.layout);
    const turn = (to, mark, words) => el('button', { class: 'btn bare', type: 'button',
      'aria-label': words, disabled: to < 0 || to >= pages,
      on: { click: () => this.turnTo(to) } }, icon(mark));
    return el('div', { class: 'day' }, turn(at - 1, 'back', say('pageBefore')),
      el('b', null, say('pageOf', { n: at + 1, of: pages })),
      turn(at + 1, 'next', say('pageAfter')));
  }

  turnTo(page) {
    this.first = page * this.layout;
    this.showWall();
  }

  update() {
    const all = this.desk.shownCameras();
    if (all.map((camera) => camera.id).join() !== this.ids)
      this.showWall();
    all.forEach((camera) => this.wall.update(camera.id, camera));
    const open = this.desk.alerts.open();
    this.wall.moving(open.map((alert) => alert.event && alert.event.camera));
    this.drawHealth(all);
    this.drawRiver(open);
  }

  drawHealth(all) {
    const down = bad(all), health = this.desk.site.health, disk = health.disk || {};
    const recording = all.filter(records).length;
    const sum = el('div', { class: 'sum' },
      el('h1', null, down.length ? say('camerasBad', { n: down.length }) :
        say('allWellHead')),
      el('span', null, say('recordingOf', { n: recording, of: all.length })),
      this.disks(disk),
      health.clock_trusted === false ?
        el('span', null, el('b', null, say('clockUntrusted'))) : null);
    const seen = JSON.stringify([sum.textContent,
      down.map((c) => [c.id, c.state, c.since])]);
    if (seen === this.healthSeen)
      return;
    this.healthSeen = seen;
    fill(this.health, sum, el('ul', null,
      down.slice(0, MAX_BAD).map((camera) => this.badCamera(camera))),
    down.length > MAX_BAD ? el('a', { href: address('cameras') },
      say('andMore', { n: down.length - MAX_BAD })) : null);
  }

  /* Each disk by its name where there are several; what is wrong before what is well. */
  disks(disk) {
    const several = disk.volumes && disk.volumes.length > 1 ? disk.volumes : [disk];
    const wrong = several.filter((one) => one.ok === false);
    const well = several.filter((one) => one.ok !== false && one.days);
    return wrong.map((one) => el('span', null, el('b', null, one.why || say('diskBad'))))
      .concat(well.map((one) => el('span', null, several.length > 1 ?
        say('diskDaysOf', { name: one.id, n: number(one.days, 1) }) :
        say('diskDays', { n: number(one.days, 1) }))));
  }

  badCamera(camera) {
    const since = parse(camera.since);
    return el('li', null, icon(stateIcon(camera)),
      el('div', null, el('b', null, camera.name), ' ',
        el('span', { class: 'dim' }, camera.area_name),
        el('p', null, stateWords(camera) + ' ' + sinceWords(camera)),
        el('p', { class: 'dim' }, el('span', null, camera.reason),
          this.desk.may('playback') && since ? el('a', { href: address(
            'playback/' + camera.id, { at: iso(since - BEFORE_MS) }) },
          say('beforeLost')) : null)));
  }

  drawRiver(open) {
    const ids = within(open, this.desk), rest = this.desk.alerts.all()
      .filter((alert) => alert.state !== 'open').slice(0, RIVER);
    keep(this.cards, ids, (a) => a.id,
      (a) => JSON.stringify([a, a.id === ids[0].id, this.asking === a.id,
        this.failed[a.id]]),
      (a) => this.card(a, a.id === ids[0].id));
    keep(this.rows, rest, (a) => a.id, (a) => JSON.stringify(a), (a) => this.row(a));
  }

  card(alert, first) {
    const told = peopleTold(alert), escalates = parse(alert.escalates);
    const kind = alert.kind === 'alarm' ? 'alarm' : 'open';
    return el('article', { class: 'now ' + kind },
      first && pictureOf(alert) ? picture(pictureOf(alert), say('snapshotOf',
        { name: placeOf(alert) }), 'still') : null,
      el('div', { class: 'in' },
        el('div', { class: 'line' },
          state(kind, strokes(kindStrokes(alert)), kindWords(alert)),
          el('time', { class: 'dim' }, sameDay(startOf(alert), now()) ?
            clockExact(startOf(alert)) : when(startOf(alert)))),
        el('h3', null, placeOf(alert)),
        el('p', null, [areaOf(alert), alert.event && alert.kind === 'alarm' ?
          [alert.event.by, alert.event.note].filter((part) => part).join(': ') : '']
          .filter((part) => part).join('. ') + '. ',
        alert.merged ? say('mergedMore', { n: alert.merged }) + ' ' + alsoAt(alert) + ' ' : '',
        told ? say('toldPeople', { n: told }) + '. ' : '',
        escalates > now() ? el('span', { 'data-left': String(escalates) }) : null),
        this.failed[alert.id] ? el('p', { role: 'alert' }, el('b', null,
          this.failed[alert.id])) : null,
        this.acts(alert)));
  }

  acts(alert) {
    if (!this.desk.may('answer'))
      return null;
    const press = (kind, words, action) => el('button', { class: 'btn ' + kind,
      type: 'button', on: { click: action } }, words);
    if (this.asking === alert.id)
      return el('div', { class: 'why' }, el('p', null, say('whyFalse')),
        REASONS.map((reason) => press('', say(reason),
          () => this.send(alert.id, 'false-alarm', say(reason)))),
        press('bare', say('cancel'), () => this.ask('')));
    return el('div', { class: 'acts' },
      press('main', say('takeOn'), () => this.send(alert.id, 'acknowledge', '')),
      alert.kind === 'alarm' ?
        press('', say('endAlarm'), () => this.send(alert.id, 'resolve', '')) :
        press('', say('falseAlarm'), () => this.ask(alert.id)));
  }

  ask(id) {
    this.asking = id;
    this.desk.update();
  }

  async send(id, answer, note) {
    this.asking = '';
    this.failed[id] = await this.desk.answer(id, answer, note);
    this.desk.update();
  }

  row(alert) {
    const look = answerLook(alert), event = alert.event || {}, start = startOf(alert);
    const after = (parse(alert.answered) - parse(alert.raised)) / 1000;
    const words = alert.state === 'acknowledged' && after > 0 ?
      say('answeredAfter', { who: alert.answered_by, span: span(after) }) :
      answerWords(alert);
    const may = this.desk.may('answer') && alert.kind === 'alarm' && !isClosed(alert);
    return el('div', { class: 'one' },
      picture(pictureOf(alert), '', alert.kind === 'health' ? 'plug-off' : 'still'),
      el('div', null,
        el('h3', null, event.id ? el('a', { href: address('events', { event: event.id }) },
          placeOf(alert)) : placeOf(alert)),
        alert.kind === 'motion' ? null : el('p', null, kindWords(alert)),
        speaksForItself(alert) ? null :
          state(look.kind, look.mark ? icon(look.mark) : null, words),
        may ? el('button', { class: 'btn bare small', type: 'button', on: {
          click: () => this.send(alert.id, 'resolve', '') } },
        say('endAlarm')) : null),
      el('time', null, sameDay(start, now()) ? clock(start) : when(start)));
  }

  close() {
    document.removeEventListener('keydown', this.onKey);
    this.wall.close();
    this.live.close();
  }
}

/* Open alerts, those of the chosen area first, alarms before all. */
function within(open, desk) {
  const shown = desk.shownCameras().map((camera) => camera.id);
  const weight = (alert) => (alert.kind === 'alarm' ? 2 : 0) +
    (alert.event && shown.indexOf(alert.event.camera) >= 0 ? 1 : 0);
  return open.slice().sort((a, b) => weight(b) - weight(a));
}
