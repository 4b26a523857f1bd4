/*
 * The wall in the house of culture: nobody touches it, nobody logs in, it comes up by
 * itself and stays true for months.
 */
import { Alerts } from './alerts.js';
import { api } from './api.js';
import { Attention } from './attention.js';
import { bad } from './cameras.js';
import { el, fill, icon } from './dom.js';
import { Live, expose } from './live.js';
import { alarmTick, fillAlarm, fillGone, fillRefused, fillTake, headState,
  takeTick } from './screen-pages.js';
import { Sound } from './sound.js';
import { bringCode } from './screen-code.js';
import { begin, pause, readSite } from './start.js';
import { clock, longDate, now, steady } from './times.js';
import { Wall, layoutFor } from './wall.js';
import { say } from './words.js';

const GONE_MS = 5000;
const SITE_MS = 60000;          /* clock, disk, version */
const TURN_MS = 20000;          /* more cameras than places: the next ones */
const SHIFT_MS = 3 * 60000, SHIFT_U = 4; /* against burn-in */
const REFUSED_MS = 30000;
const ALERTS = 50;

class Screen {
  constructor() {
    this.stages = {};
    this.looks = {};
    const looks = { gone: 'plain gone', refused: 'plain gone', pair: 'plain pair' };
    ['wall', 'take', 'raised', 'gone', 'refused', 'pair'].forEach((name) => {
      const plain = ' ' + (looks[name] || name);
      this.stages[name] = el('main', { class: 'stage' + plain, 'data-stage': name });
    });
    fill(document.body, Object.keys(this.stages).map((name) => this.stages[name]));
    this.site = null;
    this.place = say('product');
    this.cameras = [];
    this.page = 0;
    this.away = 0;              /* since when, server's clock; 0: it is there */
    this.tries = 0;
    this.isRefused = false;
  }

  async start() {
    this.cover('gone', true);
    fillGone(this.stages.gone, this.place, 0, 0);
    this.site = await begin((tries) => fillGone(this.stages.gone, this.place, 0, tries),
      () => this.refused());
    this.version = this.site.version;
    this.build();
    await this.readCameras();
    this.cover('gone', false);
    setInterval(() => this.tick(), 1000);
    setInterval(() => this.readSite(), SITE_MS);
    setInterval(() => this.turn(), TURN_MS);
    setInterval(() => this.shift(), SHIFT_MS);
  }

  build() {
    this.how = el('div', { class: 'how', role: 'status' });
    this.flag = el('button', { class: 'flag', type: 'button', hidden: true,
      on: { click: () => this.sound.wake() } }, icon('sound-off'), say('soundOffKey'));
    this.day = el('span', { class: 'flag day' });
    this.time = el('time');
    this.name = el('div', { class: 'place' });
    this.grid = el('div', { class: 'grid' });
    fill(this.stages.wall,
      el('header', { class: 'head' }, this.name, this.how,
        el('div', { class: 'side' }, this.flag, this.day, this.time)),
      this.grid);
    this.cover('wall', true);
    this.sound = new Sound(() => this.draw());
    this.alerts = new Alerts();
    this.attention = new Attention(this.alerts, this.sound, () => this.draw());
    this.wall = new Wall(this.grid, 'tile');
    this.live = new Live({ note: (note) => this.onNote(note),
      refused: () => this.refused(), each: () => this.watch() });
    expose(this.live, this.sound);
  }

  /* Comes back until it has them; the wall cannot begin without. */
  async readCameras() {
    for (;;) {
      try {
        const areas = await api.areas();
        const own = areas.filter((area) => this.site.me.areas.indexOf(area.id) >= 0)[0];
        const screen = this.site.screen || {};
        this.place = own ? own.name : screen.name || this.site.name;
        fill(this.name, icon('mark', 'i mark'), this.place);
        this.cameras = await api.cameras();
        this.page = 0;
        this.showPage();
        return;
      } catch (error) {
        await pause(GONE_MS);
      }
    }
  }

  showPage() {
    const wanted = this.site.screen ? this.site.screen.layout : 'auto';
    const layout = layoutFor(wanted, this.cameras.length);
    this.pages = Math.max(1, Math.ceil(this.cameras.length / layout));
    this.page %= this.pages;
    const shown = this.cameras.slice(this.page * layout, (this.page + 1) * layout);
    this.live.show(this.wall.show(shown, layout, layout === 1 ? 'main' : ''));
    this.draw();
  }

  /* Not while something covers the wall, or while its tiles come up. */
  turn() {
    if (this.pages < 2 || this.attention.main || this.attention.alarm || this.away)
      return;
    this.page++;
    this.showPage();
  }

  onNote(note) {
    if (note.type === 'hello')
      this.onHello(note.cameras);
    else if (note.type === 'camera')
      this.onCamera(note.camera);
    else if (note.type === 'alert')
      this.alerts.put(note.alert);
  }

  onHello(cameras) {
    cameras.forEach((camera, n) => {
      const tile = this.live.tiles[n];
      if (tile && !camera)
        this.wall.update(tile.id, null);
      else if (camera)
        this.onCamera(camera);
    });
    this.readAlerts(); /* notes may have been missed */
    this.readSite();
  }

  onCamera(camera) {
    const known = this.cameras.map((c) => c.id).indexOf(camera.id);
    if (known < 0) {
      this.checkCameras(); /* the configuration has changed */
      return;
    }
    this.cameras[known] = camera;
    this.wall.update(camera.id, camera);
    this.draw();
  }

  /* The wall is made anew only when other cameras are there than before. */
  async checkCameras() {
    try {
      const ids = (list) => list.map((camera) => camera.id).join();
      const before = ids(this.cameras);
      this.cameras = await api.cameras();
      if (ids(this.cameras) !== before)
        this.showPage();
      this.cameras.forEach((camera) => this.wall.update(camera.id, camera));
      this.draw();
    } catch (error) {
      return; /* asked again every minute */
    }
  }

  async readAlerts() {
    const asked = steady();
    try {
      const recent = await api.alerts({ limit: ALERTS });
      const open = await api.alerts({ open: 1, limit: ALERTS });
      const seen = recent.map((alert) => alert.id);
      this.alerts.fill(recent.concat(open.filter((a) => seen.indexOf(a.id) < 0)),
        asked);
    } catch (error) {
      if (error.status !== 401)
        setTimeout(() => this.readAlerts(), GONE_MS);
    }
  }

  async readSite() {
    try {
      this.site = await readSite();
      if (this.site.version !== this.version)
        location.reload(); /* other pages with another server */
      await this.checkCameras();
    } catch (error) {
      return; /* watch() says that the server is away; refused() that it is not wanted */
    }
  }

  /* Twice a second, from the stream. */
  watch() {
    const silent = steady() - this.live.heard;
    if (silent > GONE_MS && !this.away) {
      this.away = now() - silent;
      this.tries = this.live.connects;
      this.draw();
    } else if (silent <= GONE_MS && this.away) {
      this.away = 0;
      this.draw();
    } else if (this.away && this.live.connects - this.tries !== this.shownTries) {
      this.draw();
    }
  }

  tick() {
    const time = now();
    this.time.textContent = clock(time);
    this.day.textContent = longDate(time);
    this.attention.tick();
    takeTick(this.stages.take, this.attention);
    alarmTick(this.stages.raised);
  }

  draw() {
    if (!this.attention || this.isRefused)
      return;
    const main = this.attention.main, alarm = this.attention.alarm;
    const open = this.alerts.open().filter((alert) => alert.kind !== 'health');
    this.flag.hidden = this.sound.ready;
    this.day.hidden = open.length > 0 || !this.sound.ready;
    fill(this.how, headState(open, bad(this.cameras).length, this.site.health.disk));
    const more = this.attention.openAlarms().filter((a) => a !== alarm).length;
    const audible = this.sound.ready;
    if (alarm)
      this.fillNew('raised', [alarm, more, audible],
        (stage) => fillAlarm(stage, alarm, more, audible));
    if (main)
      this.fillNew('take', [main, this.attention.before(), this.attention.merged],
        (stage) => fillTake(stage, this.attention));
    if (this.away) {
      this.shownTries = this.live.connects - this.tries;
      fillGone(this.stages.gone, this.place, this.away, this.shownTries);
    }
    this.cover('take', !!main);
    this.cover('raised', !!alarm);
    this.cover('gone', !!this.away && !alarm);
  }

  /* Pictures are not asked for again while nothing about them has changed. */
  fillNew(name, seen, filler) {
    const look = JSON.stringify(seen);
    if (this.looks[name] !== look)
      filler(this.stages[name]);
    this.looks[name] = look;
  }

  cover(name, on) {
    this.stages[name].classList.toggle('on', on);
  }

  /* Tries by itself whether somebody has given the screen its right back. */
  refused() {
    if (this.isRefused)
      return;
    this.isRefused = true;
    if (this.live)
      this.live.close();
    if (this.sound)
      this.sound.quiet();
    fillRefused(this.stages.refused, this.place);
    const show = (stage) => Object.keys(this.stages)
      .forEach((name) => this.cover(name, name === stage));
    show('refused');
    bringCode(this.stages.pair, this.place, (is) => show(is ? 'pair' : 'refused'))
      .then(() => location.reload());
    setInterval(async () => {
      try {
        await readSite();
        location.reload();
      } catch (error) {
        return; /* still refused, or away: asked again */
      }
    }, REFUSED_MS);
  }

  shift() {
    const step = Math.floor(Date.now() / SHIFT_MS) % (SHIFT_U + 1);
    const move = 'translate(calc(var(--u) * ' + step + '), calc(var(--u) * ' + step + '))';
    Object.keys(this.stages).forEach((name) => {
      this.stages[name].style.transform = move;
    });
  }
}

new Screen().start();
