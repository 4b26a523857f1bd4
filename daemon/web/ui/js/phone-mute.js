/*
 * Quiet for an hour: for one's own phones, or for a hamlet by who may. It counts down and
 * ends by itself.
 */
import { api } from './api.js';
import { el, fill, icon, setText } from './dom.js';
import { clock, now, parse, span } from './times.js';
import { say } from './words.js';

const MINUTES = 60;

/* The one that lasts longest of those that are about this person. */
export function muteOf(mutes, me) {
  return mutes.filter((mute) => (!mute.person || mute.person === me.person) &&
    parse(mute.until) > now()).sort((a, b) => parse(b.until) - parse(a.until))[0] || null;
}

export class MutePage {
  constructor(phone) {
    this.phone = phone;
    this.back = '#/settings';
    this.title = say('muteTitle');
    this.node = el('div', { class: 'one' });
    this.load();
  }

  async load() {
    try {
      this.draw(muteOf(await api.mutes(), this.phone.site.me));
    } catch (error) {
      this.ask(error.message);
    }
  }

  draw(mute) {
    clearInterval(this.timer);
    if (mute)
      this.lasts(mute);
    else
      this.ask('');
  }

  lasts(mute) {
    const left = el('div', { class: 'count' }), until = parse(mute.until);
    const tick = () => {
      if (now() >= until)
        this.load();
      setText(left, span(Math.max(0, (until - now()) / 1000)));
    };
    fill(this.node, icon('gong-mute', 'i pict'), el('h2', null, say('mutedHead')), left,
      el('p', null, say('mutedUntil', { time: clock(until) })),
      el('div', { class: 'foot' }, el('button', { class: 'btn main wide', type: 'button',
        on: { click: () => this.end(mute) } }, say('turnOn'))));
    tick();
    this.timer = setInterval(tick, 1000);
  }

  ask(failed) {
    const me = this.phone.site.me, from = now();
    const areas = this.phone.may('pair') || me.role !== 'official' ?
      this.phone.areas.filter((area) => me.areas.indexOf(area.id) >= 0) : [];
    const choices = [me.person ? ['', say('muteMine')] : null]
      .concat(areas.map((area) => [area.id, say('muteArea', { area: area.name })]))
      .filter((choice) => choice);
    fill(this.node, icon('gong-mute', 'i pict'), el('h2', null, say('mute')),
      el('p', null, say('muteMeans', { from: clock(from),
        to: clock(from + MINUTES * 60000) })),
      el('fieldset', null, choices.map(([id, words], n) => el('label', { class: 'choice' },
        el('input', { type: 'radio', name: 'where', value: id, checked: n === 0 }),
        el('span', null, words)))),
      failed ? el('p', { class: 'notice', role: 'alert' }, failed) : null,
      el('div', { class: 'foot' }, el('button', { class: 'btn main wide', type: 'button',
        on: { click: () => this.begin(this.chosen(), false) } }, say('mute')),
      el('a', { class: 'btn wide', href: '#/settings' }, say('muteNot'))));
  }

  chosen() {
    const input = this.node.querySelector('input:checked');
    return input ? input.value : '';
  }

  async begin(area, sure) {
    const mine = area ? {} : { for: 'me' };
    const places = area ? [area] : this.phone.site.me.areas;
    try {
      for (const place of places)
        await api.mute(Object.assign({ area: place, minutes: MINUTES, sure }, mine));
      await this.load();
    } catch (error) {
      if (error.code === 'last_awake')
        this.last(area);
      else
        this.ask(error.message);
    }
  }

  /* The last phone of a hamlet that would ring: asked, never simply done. */
  last(area) {
    fill(this.node, icon('gong-mute', 'i pict'), el('h2', null, say('muteLast')),
      el('p', null, say('muteLastWhy', { time: clock(now() + MINUTES * 60000) })),
      el('div', { class: 'foot' },
        el('a', { class: 'btn main wide', href: '#/settings' }, say('muteKeep')),
        el('button', { class: 'btn wide', type: 'button',
          on: { click: () => this.begin(area, true) } }, say('muteAnyway'))));
  }

  async end(mute) {
    try {
      await api.unmute(mute.id);
      await this.load();
    } catch (error) {
      this.ask(error.message);
    }
  }

  update() {}

  close() {
    clearInterval(this.timer);
  }
}
