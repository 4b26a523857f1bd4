/*
 * Any moment of one camera: the picture, the day as strokes, and what happened in it.
 */
import { eventWords } from './alerts.js';
import { addressOf, api } from './api.js';
import { address } from './console-address.js';
import { Search, searchButton } from './console-search.js';
import { el, fill, icon, keep, picture, setText } from './dom.js';
import { ExportDialog } from './export-dialog.js';
import { Player } from './player.js';
import { HlsPlayer } from './player-hls.js';
import { Source } from './reel.js';
import { Timeline, gapEnd, gapWords, setClockText, untilNow } from './timeline.js';
import { clock, clockExact, dayStart, iso, longDate, now, parse, sameDay,
  span } from './times.js';
import { say } from './words.js';

const RATES = [1, 2, 4, 8, 16];
const STEP_MS = 10000;
const BEFORE_MS = 5000;        /* an event is shown from a little before */
const FRESH_MS = 15000;        /* today grows */
const TOLD_MS = 4000;
const EVENTS = 500, MIN_GAP_S = 2;
const BIN_S = 10;
const AROUND_MS = 30000;       /* handed over before and after a passage that was found */
const CLIP_MS = 300000;        /* downloaded where the browser cannot decode */

export class PlaybackPage {
  constructor(desk, camera, at) {
    this.desk = desk;
    this.title = say('playback');
    const known = desk.cameras.concat(desk.former).filter((c) => c.id === camera)[0];
    this.camera = known || desk.shownCameras()[0] || null;
    this.at = at || (this.camera && this.camera.to ? parse(this.camera.to) : now()) - 60000;
    this.day = dayStart(this.at);
    this.events = [];
    this.stretches = [];
    this.lasting = '';
    this.passed = null;
    this.head = el('header', { class: 'phead' });
    this.video = el('video', { muted: true, playsinline: true, tabindex: '-1',
      set: { muted: true, disableRemotePlayback: true } });
    this.tip = el('p', { class: 'tip', role: 'status', hidden: true });
    this.timeline = new Timeline((ms) => this.seek(ms));
    this.side = el('aside', { class: 'hits' });
    this.sideHead = el('header', null);
    this.list = el('div', null);
    this.dayList = el('div', null, this.sideHead, this.list);
    this.side.append(this.dayList);
    this.controls();
    this.view = el('div', { class: 'view' }, this.video, this.tip);
    this.points = {};            /* in and out, as they were set */
    this.node = el('div', { class: 'playback' }, this.head, this.view, this.side, this.ctrl,
      this.timeline.node);
    if (this.camera)
      this.begin();
    else
      this.say(say('noCameras'));
  }

  begin() {
    const Kind = Source ? Player : HlsPlayer, main = this.camera.main || {};
    this.player = new Kind(this.video, this.camera.id, main.fps, {
      tell: (words, codec) => this.say(words, codec),
      skipped: (from, to) => this.skipped(from, to),
      moved: () => this.drawControls(),
    });
    window.kengd = Object.assign(window.kengd || {}, { player: this.player });
    this.timer = setInterval(() => this.tick(), 250);
    this.fresh = setInterval(() => this.refresh(), FRESH_MS);
    this.onKey = (event) => this.key(event);
    document.addEventListener('keydown', this.onKey);
    this.drawHead();
    this.readDay();
    this.player.wanted = true;
    this.player.seek(this.at);
  }

  /* ---- the day ---- */

  async readDay() {
    const day = this.day, until = untilNow(day);
    const given = { from: iso(day), to: iso(until) };
    if (until <= day)
      return;
    try {
      const stretches = await api.recordings(this.camera.id, given);
      const events = await api.events(Object.assign({ camera: this.camera.id,
        limit: EVENTS }, given));
      const motion = await api.activity(this.camera.id, Object.assign({ bin: BIN_S }, given));
      if (day !== this.day)
        return;
      this.motion = { from: parse(motion.from), bin_s: motion.bin_s, bins: motion.bins };
      this.stretches = stretches;
      this.events = events;
      this.timeline.show(day, stretches, events.filter((e) => e.kind !== 'health'));
      this.timeline.showMotion(this.motion);
      this.timeline.head(this.player.at);
      this.drawList();
      if (this.search)
        this.search.setDay(day, until, stretches);
    } catch (error) {
      this.say(error.message);
    }
  }

  refresh() {
    if (sameDay(this.day, now()) && !document.hidden)
      this.readDay();
  }

  goDay(days) {
    this.seek(dayStart(this.day, days) + (this.player.at - this.day));
  }

  seek(ms) {
    const to = Math.min(ms, now() - 2000);
    if (!sameDay(to, this.day)) {
      this.day = dayStart(to);
      this.events = this.stretches = [];
      this.timeline.motion = null;
      this.timeline.hits = this.search ? [] : null;
      this.timeline.show(this.day, [], []);
      this.readDay();
    }
    this.player.seek(to);
    this.timeline.head(to);
    this.drawHead();
  }

  drawHead() {
    const cameras = this.desk.shownCameras();
    const former = this.desk.former;
    const all = cameras.concat(former).indexOf(this.camera) < 0 ?
      [this.camera].concat(cameras) : cameras;
    const choice = (camera) => el('option', { value: camera.id,
      selected: camera.id === this.camera.id }, camera.name);
    const choose = el('select', { 'aria-label': say('camera'), on: { change: (event) => {
      location.hash = address('playback/' + event.target.value,
        { area: this.desk.area, at: iso(this.player.at) });
    } } }, all.map(choice), former.length ?
      el('optgroup', { label: say('formerCameras') }, former.map(choice)) : null);
    const turn = (days, mark, words) => el('button', { class: 'btn bare', type: 'button',
      'aria-label': words, disabled: dayStart(this.day, days) > now(),
      on: { click: () => this.goDay(days) } }, icon(mark));
    const seen = this.camera.id + this.day + !!this.search;
    if (seen === this.headSeen)
      return;
    this.headSeen = seen;
    fill(this.head, el('h1', null, this.camera.name),
      el('span', { class: 'crumb' }, this.camera.area_name),
      el('div', { class: 'push' }, el('label', { class: 'choose' }, choose),
        el('div', { class: 'day' }, turn(-1, 'back', say('dayBefore')),
          el('b', null, longDate(this.day)), turn(1, 'next', say('dayAfter'))),
        searchButton(!!this.search, () => this.toggleSearch()),
        this.desk.may('export') ? el('button', { class: 'btn', type: 'button',
          on: { click: () => this.export() } }, icon('export'), say('export')) : null));
  }

  /* ---- finding: a box on the picture ---- */

  toggleSearch() {
    if (this.search) {
      this.search.close();
      this.search = null;
      fill(this.side, this.dayList);
      this.timeline.showHits(null);
      this.passing('');
    } else {
      this.search = new Search({ camera: this.camera, video: this.video,
        seek: (ms) => { this.seek(ms); this.player.play(); }, found: (hits) => this.timeline.showHits(hits),
        left: () => this.toggleSearch() });
      this.search.setDay(this.day, untilNow(this.day), this.stretches);
      fill(this.side, this.search.side);
      this.view.append(this.search.box.node);
      this.search.box.place();
      this.search.box.node.focus({ preventScroll: true });
      this.timeline.showHits([]);
      this.player.pause();
      this.passing(say('boxTip'));
    }
    this.drawHead();
    this.drawControls();
  }

  /* ---- handing over ---- */

  mark(name) {
    this.points[name] = this.player.at;
    this.passing(say(name === 'in' ? 'inSet' : 'outSet', { time: clockExact(this.player.at) }));
  }

  /* From in to out; else around the passage that was found, else around this moment. */
  export() {
    const hit = this.search && this.search.current, at = this.player.at;
    const from = this.points.in || (hit ? hit.from : at) - AROUND_MS;
    const to = this.points.out > from ? this.points.out :
      Math.max(hit ? hit.to : at, from) + AROUND_MS;
    this.player.pause();
    this.dialog = new ExportDialog(this.camera, Math.floor(from / 1000) * 1000,
      Math.ceil(Math.min(to, now()) / 1000) * 1000,
      this.desk.cameras.concat(this.desk.former).filter((camera) => camera.id !== this.camera.id));
  }

  /* ---- what happened, newest first; gaps among it ---- */

  drawList() {
    const gaps = this.stretches.filter((s) => s.kind === 'gap' && s.cause !== 'not_kept' &&
      parse(s.to) - parse(s.from) >= MIN_GAP_S * 1000);
    const missing = gaps.reduce((sum, s) => sum + parse(s.to) - parse(s.from), 0) / 1000;
    fill(this.sideHead, el('h2', null, say('eventsInDay', { n: this.events.length })),
      el('p', null, gaps.length ?
        say('gapsInDay', { n: gaps.length, span: span(missing) }) : say('noGaps')));
    const items = this.events
      .map((event) => ({ id: event.id, at: parse(event.start), event }))
      .concat(gaps.map((gap) => ({ id: gap.from, at: parse(gap.from), gap })))
      .sort((a, b) => b.at - a.at);
    keep(this.list, items, (i) => i.id, (i) => JSON.stringify(i),
      (i) => i.gap ? this.gapRow(i.gap) : this.eventRow(i.event));
  }

  eventRow(event) {
    const start = parse(event.start);
    const length = event.end ? span((parse(event.end) - start) / 1000) : say('goesOn');
    return el('button', { class: 'one', type: 'button',
      on: { click: () => this.seek(start - BEFORE_MS) } },
    picture(event.snapshot, '', event.kind === 'health' ? 'plug-off' : 'still'),
    el('span', null, el('b', null, clockExact(start)),
      el('span', { class: 'dim' }, eventWords(event))),
    el('span', { class: 'dim' }, length));
  }

  gapRow(gap) {
    const from = parse(gap.from), to = parse(gap.to);
    const form = to - from < 120000 ? clockExact : clock;
    return el('div', { class: 'one gap' }, picture('', '', 'camera-off'),
      el('span', null, el('b', null, form(from) + ' – ' + form(to)),
        el('span', { class: 'dim' }, say('gap_' + gap.cause)),
        gapEnd(gap) && el('span', { class: 'dim' }, gapEnd(gap))),
      el('span', { class: 'dim' }, span((to - from) / 1000)));
  }

  /* ---- controls ---- */

  controls() {
    const press = (kind, mark, words, action) => el('button', { type: 'button',
      class: 'btn round ' + kind, 'aria-label': words, title: words,
      on: { click: action } }, icon(mark));
    this.playButton = press('main', 'play', say('play'), () => this.toggle());
    this.clock = el('span', { class: 'at still' });
    this.rates = RATES.map((rate) => el('button', { type: 'button',
      on: { click: () => this.setRate(rate) } }, rate + '×'));
    this.single = [press('', 'back', say('pictureBack'), () => this.player.step(-1)),
      press('', 'next', say('pictureOn'), () => this.player.step(1))];
    this.ctrl = el('div', { class: 'ctrl', role: 'group', 'aria-label': say('controls') },
      press('', 'hit-prev', say('eventBefore'), () => this.goEvent(-1)),
      press('', 'step-back', say('back10'), () => this.seek(this.player.at - STEP_MS)),
      this.playButton,
      press('', 'step-on', say('on10'), () => this.seek(this.player.at + STEP_MS)),
      press('', 'hit-next', say('eventAfter'), () => this.goEvent(1)),
      this.clock,
      el('div', { class: 'seg', role: 'group', 'aria-label': say('speed') }, this.rates),
      el('span', { class: 'single' }, this.single),
      el('span', { class: 'push keys' }, el('kbd', null, 'J'), ' ', say('keyBack'), ' ',
        el('kbd', null, 'K'), ' ', say('keyStop'), ' ', el('kbd', null, 'L'), ' ',
        say('keyOn'), ' ', el('kbd', null, '['), ' ', el('kbd', null, ']'), ' ',
        say('keyEvents'), ' ', el('kbd', null, 'X'), ' ', say('keyBox')));
  }

  toggle() {
    if (this.player.playing)
      this.player.pause();
    else
      this.player.play();
  }

  setRate(rate) {
    this.player.setRate(rate);
    this.drawControls();
  }

  goEvent(way) {
    if (this.search) {
      if (!this.search.go(way, this.player.at))
        this.passing(say(way < 0 ? 'noHitBefore' : 'noHitAfter'));
      return;
    }
    const at = this.player.at + BEFORE_MS;
    const starts = this.events.map((event) => parse(event.start)).sort((a, b) => a - b);
    const before = starts.filter((start) => start < at - 1500);
    const after = starts.filter((start) => start > at + 1500);
    const to = way < 0 ? before[before.length - 1] : after[0];
    if (to)
      this.seek(to - BEFORE_MS);
    else
      this.passing(say(way < 0 ? 'noEventBefore' : 'noEventAfter'));
  }

  key(event) {
    const target = event.target;
    if (event.ctrlKey || event.altKey || event.metaKey ||
        (target.matches && target.matches('input, select, textarea')))
      return;
    const act = { j: () => this.seek(this.player.at - STEP_MS),
      l: () => this.seek(this.player.at + STEP_MS), k: () => this.toggle(),
      '[': () => this.goEvent(-1), ']': () => this.goEvent(1),
      x: () => this.toggleSearch(), i: () => this.mark('in'), o: () => this.mark('out'),
      ',': () => this.player.step(-1), '.': () => this.player.step(1) }[
      event.key.toLowerCase()];
    if (!act)
      return;
    event.preventDefault();
    act();
  }

  drawControls() {
    if (!this.player)
      return;
    const playing = this.player.playing, words = say(playing ? 'stop' : 'play');
    if (this.playButton.getAttribute('aria-label') !== words) {
      this.playButton.setAttribute('aria-label', words);
      this.playButton.title = words;
      fill(this.playButton, icon(playing ? 'pause' : 'play'));
    }
    this.rates.forEach((button, n) => button.setAttribute('aria-pressed',
      RATES[n] === this.player.rate ? 'true' : 'false'));
    this.single.forEach((button) => { button.disabled = playing; });
  }

  tick() {
    const at = this.player.at;
    setClockText(this.clock, at);
    if (!sameDay(at, this.day)) {
      this.day = dayStart(at); /* played past midnight */
      this.drawHead();
      this.readDay();
    }
    this.timeline.head(at);
    if (this.passed && Date.now() > this.passed.until) {
      this.passed = null;
      this.drawTip();
    }
  }

  /* `codec`: the browser cannot show it, so the way out stands beside it. */
  say(words, codec) {
    this.lasting = words;
    this.wayOut = codec ? el('a', { class: 'btn', download: '',
      href: addressOf.clipOf(this.camera.id, iso(this.player.at),
        iso(Math.min(this.player.at + CLIP_MS, now()))) }, icon('export'), say('takeClip')) : null;
    this.drawTip();
  }

  /* Said for some seconds. */
  passing(words) {
    this.passed = { words, until: Date.now() + TOLD_MS };
    this.drawTip();
  }

  drawTip() {
    const words = this.passed ? this.passed.words : this.lasting;
    this.tip.hidden = !words;
    if (this.wayOut && words === this.lasting)
      fill(this.tip, el('span', null, words), this.wayOut);
    else
      setText(this.tip, words);
  }

  skipped(from, to) {
    const gap = this.stretches.filter((s) => s.kind === 'gap' && parse(s.to) > from &&
      parse(s.from) < to)[0];
    this.passing(gap ? say('skippedGap', { gap: gapWords(gap) }) :
      say('skipped', { span: span((to - from) / 1000) }));
  }

  /* Health and alerts of the desk change nothing here. */
  update() {
    this.drawControls();
  }

  close() {
    clearInterval(this.timer);
    clearInterval(this.fresh);
    document.removeEventListener('keydown', this.onKey);
    if (this.search)
      this.search.close();
    if (this.dialog)
      this.dialog.close();
    if (this.player)
      this.player.close();
  }
}
