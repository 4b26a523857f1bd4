/*
 * The phone of a hamlet official: alerts, cameras, settings. Pages are in the address
 * behind #, so that the phone's own way back works.
 */
import { Alerts, kindWords, placeOf, startOf } from './alerts.js';
import { api } from './api.js';
import { Delivered } from './delivered.js';
import { el, fill, icon, setText } from './dom.js';
import { Feed } from './feed.js';
import { holdToRaise } from './hold.js';
import { AlertPage, FalsePage, ListPage } from './phone-alerts.js';
import { CameraPage, CamerasPage } from './phone-cameras.js';
import { AddPhonePage, DevicesPage, RevokePage } from './phone-devices.js';
import { LooksPage } from './phone-looks.js';
import { MutePage } from './phone-mute.js';
import { CallPage, PassPage } from './phone-pass.js';
import { AddScreenPage } from './phone-screen.js';
import { LeavePage, SettingsPage } from './phone-settings.js';
import { Kept } from './phone-store.js';
import { onWorker, startWorker } from './push.js';
import { Sound } from './sound.js';
import { awayPage, begin, onePage } from './start.js';
import { ago, clock, now, parse, setZone, steady, when } from './times.js';
import { chooseLanguage, say } from './words.js';
import { groupedCode } from './screen-code.js';

const ALERTS = 100;
const GONG_MS = 12000;      /* on a phone the gong calls, it does not go on */
const GAP_MS = 60000;       /* an absence worth telling of */

/* Browsers complain before the page was touched. */
function canVibrate() {
  const touched = navigator.userActivation;
  return !!navigator.vibrate && (!touched || touched.hasBeenActive);
}

class Phone {
  constructor() {
    this.root = document.getElementById('app');
    this.kept = new Kept();
    this.alerts = new Alerts();
    this.delivered = new Delivered();
    this.cameras = [];
    this.areas = [];
    this.people = [];         /* whom one can call, and who that is */
    this.site = null;
    this.page = null;
    this.loaded = false;
    this.away = 0;            /* since when; 0: the server is there */
    this.gap = null;          /* {from, to}: the last long absence */
    this.lateBy = {};         /* alert: seconds that somebody was sooner */
  }

  async start() {
    const site = await begin(() => this.startAway(), () => this.refused());
    this.site = site;
    this.build();
    this.setAway(false);
    this.feed = new Feed({ note: (note) => this.onNote(note),
      site: (newer) => this.onSite(newer), link: (there) => this.onLink(there) });
    onWorker((word) => this.onWorker(word));
    startWorker();
    await this.feed.opened;
    await this.load();
  }

  /* A notification was touched while the page was open. */
  onWorker(word) {
    if (word.type === 'open')
      location.hash = word.alert ? '#/alert/' + word.alert : '#/';
  }

  /* Nobody answers: what this phone has, it shows. */
  startAway() {
    if (this.frame)
      return;
    if (!this.kept.site) {
      awayPage(this.root);
      return;
    }
    this.site = this.kept.site;
    chooseLanguage(this.site.language);
    setZone(this.site.time_zone);
    this.alerts.fill(this.kept.alerts, Infinity);
    this.cameras = this.kept.cameras;
    this.areas = this.kept.areas;
    this.people = this.kept.people;
    this.loaded = true;
    this.build();
    this.setAway(true, this.kept.at);
  }

  build() {
    if (this.frame)
      return;
    this.sound = new Sound(() => {});
    this.top = el('header', { class: 'top' });
    this.notice = el('p', { class: 'notice', role: 'status', hidden: true });
    this.main = el('main', null);
    this.tabs = el('nav', { class: 'tabs', 'aria-label': say('mainMenu') });
    this.news = el('p', { class: 'vh', role: 'alert' });
    this.frame = el('section', { class: 'app' }, this.top, this.notice, this.main,
      this.tabs, this.news);
    fill(this.root, this.frame);
    this.alerts.listen((alert) => this.onAlert(alert));
    window.addEventListener('hashchange', () => this.route());
    setInterval(() => this.tick(), 1000);
    this.route();
  }

  may(right) {
    return !!this.site && this.site.me.may.indexOf(right) >= 0;
  }

  isMine(alert) {
    return !!this.site && alert.answered_by === this.site.me.name;
  }

  areaNames() {
    return this.site ? this.site.me.areas.map((id) => {
      const found = this.areas.filter((area) => area.id === id)[0];
      return found ? found.name : '';
    }).filter((name) => name) : [];
  }

  get place() {
    return this.areaNames()[0] || (this.site ? this.site.name : say('product'));
  }

  route() {
    const way = location.hash.replace(/^#\//, '').split('/').map(decodeURIComponent);
    if (this.page)
      this.page.close();
    this.page = null;
    this.page = this.pageOf(way);
    fill(this.main, this.page.node);
    this.main.className = this.page.back ? 'deep' : '';
    this.drawFrame();
    this.tick();
    window.scrollTo(0, 0);
    this.refocus();
  }

  pageOf(way) {
    if (way[0] === 'alert' && way[2] === 'false')
      return new FalsePage(this, way[1]);
    if (way[0] === 'alert' && way[2] === 'call')
      return new CallPage(this, way[1]);
    if (way[0] === 'alert' && way[2] === 'pass')
      return new PassPage(this, way[1]);
    if (way[0] === 'revoke')
      return new RevokePage(this, way[1], way[2]);
    if (way[0] === 'alert')
      return new AlertPage(this, way[1]);
    if (way[0] === 'add-screen')
      return new AddScreenPage(this, way[1]);
    if (way[0] === 'camera')
      return new CameraPage(this, way[1]);
    const known = { cameras: CamerasPage, settings: SettingsPage, leave: LeavePage,
      'add-phone': AddPhonePage, devices: DevicesPage, looks: LooksPage, mute: MutePage };
    return new (known[way[0]] || ListPage)(this);
  }

  drawFrame() {
    const page = this.page, title = page.title;
    const lead = page.back ?
      el('a', { class: 'back', href: page.back, 'aria-label': say('back') }, icon('back')) :
      icon('mark', 'i mark');
    const seen = JSON.stringify([title, page.back, this.away]);
    if (this.topSeen !== seen)
      fill(this.top, lead, el('h1', { tabindex: '-1' }, title),
        el('span', { class: 'side' }));
    this.topSeen = seen;
    fill(this.top.querySelector('.side'), page.side || null);
    document.title = title + ' – ' + say('product');
    this.tabs.hidden = !!page.back;
    fill(this.tabs, this.tab('list', '#/', 'gong', say('alerts')),
      this.tab('cameras', '#/cameras', 'camera', say('cameras')),
      this.tab('settings', '#/settings', 'gear', say('settings')));
    this.notice.hidden = !this.away;
    if (this.away)
      fill(this.notice, icon('net-off'), el('span', { class: 'grow' },
        el('b', null, say('offlineSince', { time: when(this.away) })), ' ',
        say('showingSaved')));
  }

  tab(id, href, mark, words) {
    return el('a', { href, 'aria-current': this.page.tab === id ? 'page' : null },
      icon(mark), el('span', null, words));
  }

  refocus() {
    const title = this.top.querySelector('h1');
    if (title)
      title.focus({ preventScroll: true });
  }

  update() {
    if (!this.page)
      return;
    this.page.update();
    this.drawFrame();
    this.tick();
  }

  /* "12 seconds ago" goes on. */
  tick() {
    Array.from(this.root.querySelectorAll('[data-ago]')).forEach((node) => {
      setText(node, ago(+node.getAttribute('data-ago')));
    });
  }

  async load() {
    const asked = steady();
    try {
      const got = await Promise.all([api.areas(), api.cameras(),
        api.alerts({ limit: ALERTS }), api.alerts({ open: 1, limit: ALERTS })]);
      const seen = got[2].map((alert) => alert.id);
      this.areas = got[0];
      this.cameras = got[1];
      this.loaded = true;
      this.alerts.fill(got[2].concat(got[3].filter((a) => seen.indexOf(a.id) < 0)),
        asked);
      this.people = await api.people();
      this.remember();
      this.sendWaiting();
    } catch (error) {
      if (error.status === 0)
        this.setAway(true, this.kept.at || now());
    }
    this.update();
  }

  remember() {
    this.kept.remember({ site: this.site, areas: this.areas, people: this.people,
      cameras: this.cameras,
      alerts: this.alerts.all(), at: now() });
  }

  async fetchAlert(id) {
    try {
      this.alerts.put(await api.alert(id));
      return true;
    } catch (error) {
      return false;
    }
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

  /* Only what is new now calls, not what was there before the page. */
  onAlertNote(alert) {
    const mine = alert.event && alert.event.by === this.site.me.name;
    const isNew = this.alerts.put(alert);
    if (isNew && alert.state === 'open' && alert.kind !== 'health' && !mine)
      this.call(alert);
  }

  onAlert(alert) {
    if (alert)
      this.remember();
    if (!this.away)
      this.delivered.tellAll(this.alerts.open());
    this.update();
  }

  call(alert) {
    const alarm = alert.kind === 'alarm';
    setText(this.news, kindWords(alert) + ', ' + placeOf(alert) + ', ' +
      clock(startOf(alert)));
    if (canVibrate())
      navigator.vibrate(alarm ? [400, 200, 400, 200, 400] : 200);
    if (!alarm) {
      this.sound.chime();
      return;
    }
    this.sound.ring();
    setTimeout(() => this.sound.quiet(), GONG_MS);
  }

  onSite(site) {
    if (this.site && site.version !== this.site.version)
      location.reload();
    this.site = site;
    this.drawFrame();
  }

  onLink(there) {
    this.setAway(!there, now());
    if (there)
      this.load();
  }

  setAway(away, since) {
    if (!away && this.away && now() - this.away > GAP_MS)
      this.gap = { from: this.away, to: now() };
    this.away = away ? this.away || since || now() : 0;
    this.update();
  }

  /* '' when it is done or kept for later, else why not. */
  async answer(id, answer, note) {
    try {
      this.alerts.put(await api.answer(id, answer, note));
      this.sound.quiet();
      return '';
    } catch (error) {
      return this.notAnswered(error, id, answer, note);
    }
  }

  notAnswered(error, id, answer, note) {
    const body = error.body || {}, first = body.alert || (body.error && body.error.alert);
    if (error.status === 409 && first) {
      this.lateBy[id] = Math.max(0, (now() - parse(first.answered)) / 1000);
      this.alerts.put(first);
      return '';
    }
    if (error.status === 0) {
      this.kept.wait(id, answer, note, now());
      return '';
    }
    return error.message;
  }

  sendWaiting() {
    this.kept.waiting(now()).forEach(async (one) => {
      this.kept.sent(one.id);
      await this.answer(one.id, one.answer, one.note);
      this.update();
    });
  }

  /* The alarm is raised for the camera, or for the alert's area. */
  hold(camera, alert) {
    const area = alert && alert.event ? alert.event.area : '';
    const problem = el('p', { class: 'notice', role: 'alert', hidden: true });
    return holdToRaise(async (button) => {
      button.disabled = true;
      try {
        const raised = await api.raise(camera ? { camera } : { area });
        this.alerts.put(raised);
        location.hash = '#/alert/' + raised.id;
      } catch (error) {
        problem.hidden = false;
        fill(problem, icon('net-off'), el('span', { class: 'grow' }, error.message));
      }
      button.disabled = false;
    }).concat(problem);
  }

  refused() {
    const known = !!this.site || !!this.kept.site;
    const scanned = /^#\/add-screen\/(\d+)$/.exec(location.hash);
    this.over();
    if (scanned) /* by the browser of a phone whose page lies on the home screen, or by anybody */
      onePage(this.root, { icon: 'screen', head: say('screenOnPaired'),
        lines: [say('screenOnPairedHow', { code: groupedCode(scanned[1]) })] });
    else
      onePage(this.root, { icon: 'lock', head: say(known ? 'phoneRevoked' : 'phoneUnknown'),
        lines: [say(known ? 'phoneRevokedWhy' : 'phoneUnknownWhy')],
        button: el('a', { class: 'btn main wide', href: '/pair' }, icon('qr'), say('scanNew')) });
  }

  left() {
    this.over();
    onePage(this.root, { icon: 'key', head: say('leftHead'), lines: [say('leaveMeans')] });
  }

  over() {
    this.kept.forget();
    if (this.page)
      this.page.close();
    this.page = null;
    if (this.feed)
      this.feed.close();
  }
}

new Phone().start();
