/*
 * The phones and screens of the hamlet: one is added by a code to scan, any is revoked.
 */
import { api } from './api.js';
import { el, fill, icon, setText } from './dom.js';
import { now, parse, span, when } from './times.js';
import { say } from './words.js';

function problem() {
  return el('p', { class: 'notice', role: 'alert', hidden: true });
}

function tell(node, words) {
  node.hidden = !words;
  if (words)
    fill(node, icon('net-off'), el('span', { class: 'grow' }, words));
}

/* Whose phone? Then the code. */
export class AddPhonePage {
  constructor(phone) {
    this.back = '#/settings';
    this.title = say('addPhone');
    this.choices = el('fieldset', null);
    this.failed = problem();
    this.node = el('form', { class: 'one', on: { submit: (event) => this.make(event) } },
      el('h2', null, say('addWhom')), this.choices, this.failed,
      el('div', { class: 'foot' },
        el('button', { class: 'btn main wide', type: 'submit' }, say('showCode'))));
    this.load(phone.site ? phone.site.me.person : '');
  }

  async load(own) {
    try {
      const people = (await api.people()).filter((person) => person.may_pair);
      fill(this.choices, people.map((person) => el('label', { class: 'choice' },
        el('input', { type: 'radio', name: 'person', value: person.id,
          checked: person.id === own }), el('span', null, person.name))));
      const first = this.choices.querySelector('input');
      if (first && !this.choices.querySelector('input:checked'))
        first.checked = true;
    } catch (error) {
      tell(this.failed, error.message);
    }
  }

  async make(event) {
    event.preventDefault();
    const chosen = this.choices.querySelector('input:checked');
    try {
      if (chosen)
        this.show(await api.makeCode(chosen.value));
    } catch (error) {
      tell(this.failed, error.message);
    }
  }

  show(code) {
    const left = el('p', { 'aria-live': 'off' }), until = parse(code.expires);
    const tick = () => setText(left, now() < until ?
      say('codeLeft', { span: span((until - now()) / 1000) }) : say('codeExpired'));
    const share = navigator.share ? el('button', { class: 'btn wide', type: 'button',
      on: { click: () => navigator.share({ url: code.url }).catch(() => {}) } },
    icon('forward'), say('sendLink')) : null;
    fill(this.node, el('h2', { tabindex: '-1' }, say('scanThis', { name: code.name })),
      el('img', { class: 'qr', alt: say('scanThis', { name: code.name }),
        src: 'data:image/svg+xml,' + encodeURIComponent(code.svg) }), left,
      code.public ? null : el('p', null, say('onlyNearby')),
      el('div', { class: 'foot' }, share));
    tick();
    this.timer = setInterval(tick, 1000);
    this.node.querySelector('h2').focus();
  }

  update() {}

  close() {
    clearInterval(this.timer);
  }
}

export class DevicesPage {
  constructor() {
    this.back = '#/settings';
    this.title = say('devices');
    this.list = el('ul', { class: 'list rows' });
    this.failed = problem();
    this.node = el('div', null, this.failed, this.list);
    this.load();
  }

  async load() {
    try {
      const devices = await api.devices();
      fill(this.list, devices.length ? devices.map((device) => this.row(device)) :
        el('li', { class: 'row' }, say('noDevices')));
    } catch (error) {
      tell(this.failed, error.message);
    }
  }

  row(device) {
    const who = device.person_name ? device.person_name + ' – ' + device.name : device.name;
    const facts = [device.mine ? say('isThisPhone') : '',
      say('pairedAt', { time: when(parse(device.paired)) }),
      device.mine || !device.seen ? '' : say('lastSeen', { time: when(parse(device.seen)) }),
      device.kind === 'phone' ? say('push_' + device.push.state) : '']
      .filter((fact) => fact).join(', ');
    return el('li', null, el('a', { class: 'row set', href: '#/revoke/' + device.id + '/' +
      encodeURIComponent(who) }, icon(device.kind === 'phone' ? 'phone' : 'screen'),
    el('div', null, el('h3', null, who), el('p', null, facts)), icon('next')));
  }

  update() {}

  close() {}
}

/* Cannot be undone, so it is asked once more. */
export class RevokePage {
  constructor(phone, id, name) {
    this.id = id;
    this.back = '#/devices';
    this.title = say('revoke');
    this.failed = problem();
    this.node = el('div', { class: 'one' }, icon('key', 'i pict'),
      el('h2', null, say('revokeSure', { name })), el('p', null, say('revokeMeans')),
      this.failed, el('div', { class: 'foot' },
        el('a', { class: 'btn main wide', href: this.back }, say('keepIt')),
        el('button', { class: 'btn wide', type: 'button', on: { click: () => this.go() } },
          say('revoke'))));
  }

  async go() {
    try {
      await api.revoke(this.id);
      location.hash = this.back;
    } catch (error) {
      tell(this.failed, error.message);
    }
  }

  update() {}

  close() {}
}
