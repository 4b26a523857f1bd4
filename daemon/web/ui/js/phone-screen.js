/*
 * A television is let in: it shows six digits and the same as a picture; who scans that
 * comes here with the digits filled in.
 */
import { api } from './api.js';
import { el, fill, icon } from './dom.js';
import { say } from './words.js';

const DIGITS = 6;

export class AddScreenPage {
  constructor(phone, code) {
    this.phone = phone;
    this.back = '#/settings';
    this.title = say('addScreen');
    this.screens = [];
    this.failed = el('p', { class: 'notice', role: 'alert', hidden: true });
    this.choices = el('fieldset', null);
    this.code = el('input', { inputmode: 'numeric', autocomplete: 'off',
      maxlength: DIGITS + 1, value: /^\d+$/.test(code || '') ? code : '' });
    this.node = el('form', { class: 'one', on: { submit: (event) => this.send(event) } });
    if (phone.may('pair'))
      this.ask();
    else
      this.mayNot();
  }

  mayNot() {
    fill(this.node, icon('screen', 'i pict'), el('h2', null, say('screenNotYours')),
      el('p', null, say('screenNotYoursWhy')));
  }

  ask() {
    fill(this.node, el('h2', { tabindex: '-1' }, say('addScreenHead')),
      el('p', null, say('addScreenSure')),
      el('label', { class: 'field digits' }, el('span', null, say('screenCodeLabel')),
        this.code),
      this.choices, this.failed,
      el('div', { class: 'foot' },
        el('button', { class: 'btn main wide', type: 'submit' }, say('addThisScreen'))));
    this.load();
  }

  async load() {
    try {
      this.screens = await api.screens();
    } catch (error) {
      this.tell(error.message);
      return;
    }
    if (!this.screens.length)
      this.tell(say('noScreens'));
    else
      fill(this.choices, el('legend', { class: 'group' }, say('whichScreen')),
        this.screens.map((screen, n) => el('label', { class: 'choice' },
          el('input', { type: 'radio', name: 'screen', value: screen.id, checked: n === 0 }),
          el('span', null, screen.name))));
  }

  tell(words) {
    this.failed.hidden = !words;
    fill(this.failed, icon('screen'), el('span', { class: 'grow' }, words));
  }

  async send(event) {
    event.preventDefault();
    const code = this.code.value.replace(/\D/g, '');
    const chosen = this.choices.querySelector('input:checked');
    if (code.length !== DIGITS) {
      this.tell(say('screenCodeWrong'));
      this.code.focus();
      return;
    }
    try {
      if (!chosen)
        return;
      await api.approveScreen(code, chosen.value);
      this.done(this.screens.filter((screen) => screen.id === chosen.value)[0]);
    } catch (error) {
      this.tell(error.message);
    }
  }

  done(screen) {
    fill(this.node, icon('check', 'i pict done'), el('h2', { tabindex: '-1' },
      say('screenAdded', { name: screen.name })), el('p', null, say('screenAddedHow')),
    el('div', { class: 'foot' }, el('a', { class: 'btn main wide', href: '#/settings' },
      say('toSettings'))));
    this.node.querySelector('h2').focus();
  }

  update() {}

  close() {}
}
