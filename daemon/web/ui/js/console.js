/*
 * The commune's desk: a bar, the areas, and one page beside them. Pages and the chosen
 * area are in the address behind #.
 */
import { Alerts, kindWords, placeOf, startOf } from './alerts.js';
import { api } from './api.js';
import { bad, treeOf, within } from './cameras.js';
import { address, readAddress } from './console-address.js';
import { CamerasPage } from './console-cameras.js';
import { DebugPage } from './console-debug.js';
import { EventsPage } from './console-events.js';
import { ExportsPage } from './console-exports.js';
import { OverviewPage } from './console-overview.js';
import { PlaybackPage } from './console-playback.js';
import { ZonesPage } from './console-zones.js';
import { Delivered } from './delivered.js';
import { el, fill, icon, setText, state, strokes } from './dom.js';
import { Feed } from './feed.js';
import { Sound } from './sound.js';
import { awayPage, begin, onePage, pause, refusedPage } from './start.js';
import { ago, clock, clockExact, countdown, now, steady, when } from './times.js';
import { say } from './words.js';

const ALERTS = 100;
const RETRY_MS = 3000;

/* As a camera, for the pages that show what was recorded. */
function formerCamera(one) {
  return Object.assign({ name: one.id, area: '', area_name: say('formerCamera'), main: {} }, one);
}

class Desk {
  constructor() {
    this.root = document.getElementById('app');
    this.alerts = new Alerts();
    this.delivered = new Delivered();
    this.cameras = [];
    this.former = [];           /* configured no more, and recorded still */
    this.areas = [];
    this.site = null;
    this.page = null;
    this.area = '';
    this.away = 0;
  }

  async start() {
    this.site = await begin(() => awayPage(this.root), () => this.refused());
    this.feed = new Feed({ note: (note) => this.onNote(note),
      site: (site) => this.onSite(site), link: (there) => this.onLink(there) });
    await this.feed.opened;
    while (!await this.load())
      await pause(RETRY_MS);
    this.build();
  }

  async load() {
    const asked = steady();
    try {
      const got = await Promise.all([api.areas(), api.allCameras(),
        api.alerts({ limit: ALERTS }), api.alerts({ open: 1, limit: ALERTS })]);
      const seen = got[2].map((alert) => alert.id);
      this.areas = got[0];
      this.cameras = got[1].cameras;
      this.former = (got[1].former || []).map(formerCamera);
      this.alerts.fill(got[2].concat(got[3].filter((a) => seen.indexOf(a.id) < 0)),
        asked);
      return true;
    } catch (error) {
      return false; /* asked again; the page says that the server is away */
    }
  }

  build() {
    this.sound = new Sound(() => this.drawBar());
    this.bar = el('header', { class: 'bar' });
    this.side = el('nav', { class: 'side', 'aria-label': say('mainMenu') });
    this.main = el('main', { class: 'page' });
    this.notice = el('p', { class: 'notice away', role: 'status', hidden: true });
    this.news = el('p', { class: 'vh', role: 'alert' });
    this.open = el('a', { class: 'state', href: '#/' });
    this.time = el('time', null);
    fill(this.bar,
      el('div', { class: 'site' }, icon('mark', 'i mark'), this.site.name),
      el('div', { class: 'right' }, this.flag(), this.open, this.time,
        el('span', { class: 'me' }, icon('person'), this.site.me.name),
        el('button', { class: 'btn bare', type: 'button',
          on: { click: () => this.leave() } }, icon('lock'), say('leaveDesk'))));
    fill(this.root, el('div', { class: 'shell on' }, this.bar, this.side,
      el('div', { class: 'pagebox' }, this.notice, this.main), this.news));
    this.alerts.listen(() => this.onAlert());
    window.addEventListener('hashchange', () => this.route());
    setInterval(() => this.tick(), 1000);
    this.route();
    this.delivered.tellAll(this.alerts.open());
  }

  flag() {
    this.soundFlag = el('button', { class: 'btn bare', type: 'button',
      on: { click: () => this.sound.wake() } }, icon('sound-off'), say('soundOff'));
    return this.soundFlag;
  }

  may(right) {
    return this.site.me.may.indexOf(right) >= 0;
  }

  /* Cameras of the chosen area and of all that lies in it. */
  shownCameras() {
    if (!this.area)
      return this.cameras;
    const ids = within(this.areas, this.area);
    return this.cameras.filter((camera) => ids.indexOf(camera.area) >= 0);
  }

  areaName(id) {
    const found = this.areas.filter((area) => area.id === id)[0];
    return found ? found.name : this.site.name;
  }

  route() {
    const to = readAddress();
    if (this.page)
      this.page.close();
    this.area = this.areas.some((area) => area.id === to.area) ? to.area : '';
    this.page = null;
    this.name = to.way[0] || 'overview';
    fill(this.main);
    this.page = this.pageOf(to);
    fill(this.main, this.page.node);
    this.page.update();
    this.drawSide();
    this.drawBar();
    this.tick();
    document.title = this.page.title + ' – ' + this.site.name;
    this.main.scrollTop = 0;
    const head = this.main.querySelector('h1');
    if (head) {
      head.tabIndex = -1;
      head.focus({ preventScroll: true });
    }
  }

  pageOf(to) {
    if (this.name === 'playback' && this.may('playback'))
      return new PlaybackPage(this, to.way[1] || '', to.at);
    if (this.name === 'events')
      return new EventsPage(this, to.event);
    if (this.name === 'exports' && this.may('export'))
      return new ExportsPage(this);
    if (this.name === 'cameras')
      return new CamerasPage(this);
    if (this.name === 'debug' && this.may('debug') && to.way[1])
      return new DebugPage(this, to.way[1]);
    if (this.name === 'zones' && this.may('debug') && to.way[1])
      return new ZonesPage(this, to.way[1]);
    this.name = 'overview';
    return new OverviewPage(this);
  }

  drawSide() {
    const link = (name, way, mark, words) => el('a', { href: address(way,
      { area: this.area }), 'aria-current': this.name === name ? 'page' : null },
    icon(mark), words);
    fill(this.side, link('overview', '', 'wall', say('overview')),
      this.may('playback') ?
        link('playback', 'playback', 'timeline', say('playback')) : null,
      link('events', 'events', 'list', say('events')),
      this.may('export') ? link('exports', 'exports', 'export', say('exports')) : null,
      link('cameras', 'cameras', 'camera', say('cameras')),
      el('h2', null, say('area')), el('div', { class: 'tree' },
        treeOf(this.areas).map((row) => this.branch(row))));
  }

  branch(row) {
    const ids = within(this.areas, row.area.id);
    const here = this.cameras.filter((camera) => ids.indexOf(camera.area) >= 0);
    const down = bad(here).length, way = this.name === 'playback' ? '' : this.name;
    const link = el('a', { href: address(way === 'overview' ? '' : way,
      { area: row.area.id }), 'aria-current': this.area === row.area.id ? 'true' : null },
    el('span', null, row.area.name),
    el('b', { title: down ? say('badOf', { n: down, of: here.length }) : null },
      down ? icon('camera-off') : null, down ? down + ' / ' + here.length : here.length));
    link.style.paddingLeft = 16 + 12 * Math.min(row.depth, 4) + 'px';
    return link;
  }

  drawBar() {
    const open = this.alerts.open();
    const alarm = open.filter((alert) => alert.kind === 'alarm')[0];
    this.soundFlag.hidden = this.sound.ready;
    fill(this.open, alarm ?
      state('alarm', strokes('bao'), say('kindAlarm') + ', ' + placeOf(alarm)) :
      open.length ? state('open', strokes('dong'), say('openAlerts', { n: open.length })) :
        state('quiet', strokes('yen'), say('allQuiet')));
    this.notice.hidden = !this.away;
    if (this.away)
      fill(this.notice, icon('plug-off'), el('span', { class: 'grow' },
        el('b', null, say('awaySince', { time: when(this.away) })), ' ',
        say('comesBackAlone')));
  }

  tick() {
    this.time.textContent = clockExact(now());
    Array.from(this.root.querySelectorAll('[data-ago]')).forEach((node) => {
      setText(node, ago(+node.getAttribute('data-ago')));
    });
    Array.from(this.root.querySelectorAll('[data-left]')).forEach((node) => {
      setText(node, say('escalatesIn',
        { time: countdown(+node.getAttribute('data-left')) }));
    });
  }

  update() {
    if (!this.page)
      return;
    this.page.update();
    this.drawSide();
    this.drawBar();
    this.tick();
  }

  onNote(note) {
    if (note.type === 'hello')
      this.onHello(note.cameras);
    else if (note.type === 'alert')
      this.onAlertNote(note.alert);
    else if (note.type === 'camera')
      this.onCamera(note.camera);
    else if (note.type === 'revoked')
      this.refused();
  }

  /* After (re)connecting: every camera as it is now. */
  onHello(cameras) {
    cameras.forEach((camera) => camera && this.onCamera(camera));
  }

  onCamera(camera) {
    this.cameras = this.cameras.map((old) => old.id === camera.id ? camera : old);
    this.update();
  }

  onAlertNote(alert) {
    if (this.alerts.put(alert) && alert.state === 'open')
      this.call(alert);
  }

  onAlert() {
    this.delivered.tellAll(this.alerts.open());
    if (!this.alerts.open().some((a) => a.kind === 'alarm'))
      this.sound.quiet();
    this.update();
  }

  call(alert) {
    if (!this.page)
      return;
    setText(this.news, kindWords(alert) + ', ' + placeOf(alert) + ', ' +
      clock(startOf(alert)));
    if (alert.kind === 'alarm')
      this.sound.ring();
    else
      this.sound.chime();
  }

  onSite(site) {
    if (site.version !== this.site.version)
      location.reload();
    this.site = site;
    this.update();
  }

  async onLink(there) {
    this.away = there ? 0 : this.away || now();
    if (there && this.page)
      await this.load();
    this.update();
  }

  /* '' when it is done, else why not. */
  async answer(id, answer, note) {
    try {
      this.alerts.put(await api.answer(id, answer, note));
      return '';
    } catch (error) {
      const body = error.body || {}, first = body.alert || (body.error && body.error.alert);
      if (error.status !== 409 || !first)
        return error.message;
      this.alerts.put(first);
      return '';
    }
  }

  async leave() {
    try {
      await api.leave();
    } catch (error) {
      fill(this.notice, error.message);
      this.notice.hidden = false;
      return;
    }
    this.over();
    onePage(this.root, { icon: 'lock', head: say('leftHead'), lines: [say('leaveMeans')] });
  }

  refused() {
    this.over();
    refusedPage(this.root);
  }

  over() {
    if (this.page)
      this.page.close();
    this.page = null;
    if (this.feed)
      this.feed.close();
    if (this.sound)
      this.sound.quiet();
  }
}

new Desk().start();
