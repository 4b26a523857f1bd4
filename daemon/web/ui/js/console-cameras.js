/*
 * Every camera with its health: what it sends, how steadily, and what is wrong with it.
 */
import { isWell, sinceWords, stateIcon, stateWords } from './cameras.js';
import { address } from './console-address.js';
import { el, fill, icon, keep, state } from './dom.js';
import { date, iso, now, number, parse, span } from './times.js';
import { say } from './words.js';

const CODECS = { h264: 'H.264', h265: 'H.265' };

/* 1920 × 1080 */
function picture(stream) {
  if (!stream || !stream.width)
    return '–';
  return stream.width + ' × ' + stream.height;
}

function codec(stream) {
  return stream && stream.codec ? CODECS[stream.codec] || stream.codec : '';
}

/* H.264, UDP */
function way(stream) {
  return [codec(stream), (stream.transport || '').toUpperCase()].filter((part) => part).join(', ');
}

function rate(stream) {
  if (!stream || !stream.bits_per_s)
    return '–';
  const mbit = stream.bits_per_s / 1e6;
  return mbit >= 1 ? number(mbit, 1) + ' Mbit/s' :
    number(stream.bits_per_s / 1e3) + ' kbit/s';
}

/* A decimal only where there is one. */
function short(value) {
  return number(value, value % 1 ? 1 : 0);
}

function count(value) {
  return value ? number(value) : '–';
}

/* What would make it serve better, folded away: it is no fault. */
function advice(camera) {
  if (!camera.advice || !camera.advice.length)
    return null;
  return el('details', null, el('summary', null,
    say('adviceHead') + ' (' + camera.advice.length + ')'),
  el('ul', null, camera.advice.map((one) => el('li', null, one.text))));
}

function clockOff(camera) {
  const off = camera.clock_ahead_s;
  if (!off || Math.abs(off) < 2)
    return null;
  return el('small', null, say(off > 0 ? 'clockAhead' : 'clockBehind',
    { span: span(Math.round(Math.abs(off))) }));
}

function order(a, b) {
  return isWell(a) - isWell(b) || a.area_name.localeCompare(b.area_name, 'vi') ||
    a.name.localeCompare(b.name, 'vi');
}

export class CamerasPage {
  constructor(desk) {
    this.desk = desk;
    this.title = say('cameras');
    this.sum = el('span', { class: 'dim' });
    this.body = el('tbody', null);
    this.former = el('section', { class: 'former', hidden: true });
    const head = ['camera', 'stateHead', 'pictureHead', 'fpsHead', 'rateHead', 'gopHead',
      'subHead', 'reconnectsHead', 'lossHead', 'daysHead'];
    const numbers = ['fpsHead', 'rateHead', 'gopHead', 'reconnectsHead', 'lossHead',
      'daysHead'];
    this.node = el('div', null,
      el('header', { class: 'phead' }, el('h1', null, say('cameras')), this.sum),
      el('div', { class: 'scroll' }, el('table', { class: 'cams' }, el('thead', null, el('tr', null,
        head.map((key) => el('th', { scope: 'col',
          class: numbers.indexOf(key) >= 0 ? 'num' : null }, say(key))))), this.body)), this.former);
  }

  update() {
    const all = this.desk.shownCameras().slice().sort(order);
    const well = all.filter(isWell).length;
    fill(this.sum, say('wellOf', { n: well, of: all.length }));
    keep(this.body, all, (c) => c.id, (c) => JSON.stringify(c), (c) => this.row(c));
    this.drawFormer(this.desk.area ? [] : this.desk.former);
  }

  /* Those that are configured no more: what was recorded can be seen, and handed over. */
  drawFormer(former) {
    this.former.hidden = !former.length;
    fill(this.former, el('h2', null, say('formerCameras')), el('ul', null, former.map((one) =>
      el('li', null, el('a', { href: address('playback/' + one.id, { at: iso(parse(one.to) - 60000) }) },
        el('b', null, one.name)), ' ', el('span', { class: 'dim' }, say('recordedFromTo',
        { from: date(parse(one.from)), to: date(parse(one.to)) }))))));
  }

  row(camera) {
    const main = camera.main || {}, sub = camera.sub, well = isWell(camera);
    const cell = (kid, small) => el('td', { class: 'num' }, kid,
      small ? el('small', null, small) : null);
    return el('tr', null,
      el('td', null, this.name(camera), el('small', null, camera.area_name),
        this.desk.may('debug') ? el('small', null, el('a', { href:
          address('zones/' + camera.id) }, say('zonesTitle'))) : null,
        this.desk.may('debug') ? el('small', null, el('a', { href:
          address('debug/' + camera.id) }, say('debugTitle'))) : null),
      el('td', { class: 'why' }, well ? state('past', null, stateWords(camera)) :
        state('gone', icon(stateIcon(camera)),
          stateWords(camera) + ' ' + sinceWords(camera)),
      camera.reason ? el('small', null, camera.reason) : null,
      advice(camera), clockOff(camera)),
      el('td', { class: 'still' }, picture(main), el('small', null, way(main))),
      cell(main.fps ? short(main.fps) : '–', main.fps < main.declared_fps * 0.8 ?
        say('declaredFps', { n: short(main.declared_fps) }) : ''),
      cell(rate(main)),
      cell(main.gop_s ? say('secondsShort', { n: short(main.gop_s) }) : '–'),
      el('td', { class: 'still' }, sub ? picture(sub) : say('noSub'),
        sub ? el('small', null, [way(sub), sub.bits_per_s ? rate(sub) : '']
          .filter((part) => part).join(', ')) : null),
      cell(count(camera.reconnects)),
      cell(count(camera.lost_packets), camera.damaged_frames ?
        say('damaged', { n: number(camera.damaged_frames) }) : ''),
      cell(camera.days ? say('daysOf', { n: number(camera.days, 1) }) : '–'));
  }

  name(camera) {
    if (!this.desk.may('playback'))
      return el('b', null, camera.name);
    return el('a', { href: address('playback/' + camera.id, { at: iso(now() - 60000) }) },
      el('b', null, camera.name));
  }

  close() {}
}
