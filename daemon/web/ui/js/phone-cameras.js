/*
 * The phone's cameras: those that need a hand first, and one of them live.
 */
import { eventWords } from './alerts.js';
import { bad, isUnseen, isWell, records, sinceWords, stateIcon, stateWords } from './cameras.js';
import { addressOf, api } from './api.js';
import { el, fill, icon, keep, picture, setText, state } from './dom.js';
import { Live, expose } from './live.js';
import { Tile } from './tile.js';
import { clock, clockExact, dayStart, iso, now, parse, span } from './times.js';
import { faceOf } from './wall.js';
import { say } from './words.js';

const EVENTS = 20;

export class CamerasPage {
  constructor(phone) {
    this.phone = phone;
    this.tab = 'cameras';
    this.title = say('cameras');
    this.asked = Math.floor(now());
    this.node = el('div', null);
    this.update();
  }

  get side() {
    const all = this.phone.cameras, well = all.length - bad(all).length;
    return all.length ? el('span', { class: 'state past' },
      say('wellOf', { n: well, of: all.length })) : null;
  }

  update() {
    const all = this.phone.cameras, down = bad(all);
    const groups = [{ id: 'bad', title: say('needsHand'), cameras: down },
      { id: 'well', title: say('recordingNow'), cameras: all.filter(isWell) }]
      .filter((group) => group.cameras.length);
    const look = (c) => [c.id, c.name, c.state, c.since, c.reason];
    keep(this.node, groups.length ? groups : [{ id: 'none', cameras: [] }], (g) => g.id,
      (g) => JSON.stringify(g.cameras.map(look)), (g) => this.group(g));
  }

  group(group) {
    if (!group.title)
      return el('div', { class: 'empty' }, el('strong', null, say('noCameras')));
    return el('section', null, el('h2', { class: 'group' }, group.title),
      el('ul', { class: 'list rows' },
        group.cameras.map((camera) => el('li', null, this.row(camera)))));
  }

  row(camera) {
    const well = isWell(camera);
    const src = records(camera) ?
      addressOf.latest(camera.id) + '?at=' + this.asked : '';
    const still = picture(src, '', stateIcon(camera));
    still.classList.toggle('old', isUnseen(camera));
    still.classList.toggle('unseen', isUnseen(camera));
    return el('a', { class: 'row', href: '#/camera/' + camera.id }, still,
      el('div', null, el('h3', null, camera.name),
        well ? state('past', null, stateWords(camera)) :
          state('gone', null, [stateWords(camera), ' ', sinceWords(camera)]),
        well || !camera.reason ? null : el('p', null, camera.reason)),
      icon('next'));
  }

  close() {}
}

export class CameraPage {
  constructor(phone, id) {
    this.phone = phone;
    this.id = id;
    this.back = '#/cameras';
    this.pic = el('div', { class: 'pic' });
    this.tag = el('span', { class: 'tag up' });
    this.says = el('div', { class: 'miss', hidden: true });
    this.notice = el('p', { class: 'notice', role: 'status', hidden: true });
    this.toggle = el('button', { class: 'btn wide', type: 'button',
      on: { click: () => this.turn() } });
    this.events = el('div', null);
    this.head = el('div', { class: 'say' });
    this.pic.append(this.says, this.tag);
    this.node = el('div', { class: 'body' },
      el('div', { class: 'shot' }, this.pic), this.notice, this.head,
      el('div', { class: 'do' }, this.fullButton(), this.toggle), this.events,
      phone.may('raise') ? el('div', { class: 'do end' }, phone.hold(id, null)) : null);
    this.start();
    this.readEvents();
    this.update();
  }

  get title() {
    return this.camera ? this.camera.name : say('camera');
  }

  get camera() {
    return this.phone.cameras.filter((camera) => camera.id === this.id)[0] || null;
  }

  start() {
    this.tile = new Tile(this.id, '', this.pic);
    this.tile.onChange = () => this.draw();
    this.live = new Live({ note: (note) => this.phone.onNote(note),
      refused: () => this.phone.refused(), each: () => this.draw() });
    expose(this.live, this.phone.sound);
    this.live.show([this.tile]);
  }

  fullButton() {
    const full = this.pic.requestFullscreen || this.pic.webkitRequestFullscreen;
    if (!full)
      return null;
    return el('button', { class: 'btn wide', type: 'button',
      on: { click: () => full.call(this.pic) } }, icon('full'), say('fullScreen'));
  }

  /* Pictures instead of video, on a thin line, and back. */
  turn() {
    if (this.tile.jpeg) {
      this.tile.tryVideo();
      this.live.again('video wanted', 0);
    } else {
      this.tile.fallBack('chosen');
    }
    this.draw();
  }

  update() {
    const camera = this.camera;
    if (!camera)
      return;
    fill(this.head, el('h2', null, camera.name), el('p', null, camera.area_name),
      isWell(camera) ? null : [
        state('gone', icon(stateIcon(camera)),
          [stateWords(camera), ' ', sinceWords(camera)]),
        camera.reason ? el('p', null, camera.reason) : null]);
    this.draw();
  }

  draw() {
    const face = faceOf(this.tile, this.camera), live = face.look === 'live';
    ['old', 'lost', 'waiting'].forEach((look) => {
      this.pic.classList.toggle(look, face.look === look);
    });
    this.pic.classList.toggle('unseen', !!face.unseen);
    this.tag.classList.toggle('live-tag', live);
    this.says.hidden = face.look !== 'lost';
    if (face.look === 'lost' && !this.says.firstChild)
      this.says.append(icon(face.mark));
    setText(this.tag, live ? face.note || this.delayWords() :
      [face.strong, face.since].filter((part) => part).join(' '));
    const late = face.look === 'old' && !face.unseen;
    this.notice.hidden = !late;
    if (late && !this.notice.firstChild)
      fill(this.notice, icon('again'), el('span', { class: 'grow' },
        say('reconnecting', { time: clockExact(now() - this.tile.age_s * 1000) })));
    if (!late)
      fill(this.notice);
    const words = say(this.tile.jpeg ? 'watchVideo' : 'watchStills');
    if (this.toggle.textContent !== words)
      fill(this.toggle, icon(this.tile.jpeg ? 'live' : 'still'), words);
  }

  delayWords() {
    return this.tile.age_s ? say('liveLate', { span: span(this.tile.age_s) }) : say('live');
  }

  async readEvents() {
    try {
      const events = await api.events({ camera: this.id, limit: EVENTS,
        from: iso(dayStart(now())) });
      if (events.length)
        fill(this.events, el('h2', { class: 'group' }, say('eventsToday')),
          el('ul', { class: 'list rows' }, events.map((event) => this.event(event))));
    } catch (error) {
      return; /* the page is for the live picture; the list of alerts says what is wrong */
    }
  }

  event(event) {
    const alert = this.phone.alerts.all()
      .filter((a) => a.event && a.event.id === event.id)[0];
    const length = ((parse(event.end) || now()) - parse(event.start)) / 1000;
    const words = el('div', null, el('h3', null, eventWords(event)),
      el('p', null, alert ? '' : say('onlyStored') + ' ', span(length)));
    const time = el('time', null, clock(parse(event.start)));
    const inside = [picture(event.snapshot, '', 'still'), words, time];
    return el('li', null, alert ?
      el('a', { class: 'row', href: '#/alert/' + alert.id }, inside) :
      el('a', { class: 'row', href: addressOf.clip(event.id), target: '_blank' }, inside));
  }

  close() {
    this.live.close();
    this.tile.close();
  }
}
