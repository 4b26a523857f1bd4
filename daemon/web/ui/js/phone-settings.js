/*
 * The phone's settings: who this is, whether it can be heard, its language, and leaving.
 */
import { api } from './api.js';
import { el, fill, icon, setText } from './dom.js';
import { muteOf } from './phone-mute.js';
import { canBeWoken, onWorker, wakeMe } from './push.js';
import { pause } from './start.js';
import { now, parse, span } from './times.js';
import { languageNow, say, setLanguage } from './words.js';

const VIBRATE_MS = 200;
const TEST_MS = 20000;

/* Each of the hours in words, and what they do not silence. */
function quietLines(list) {
  if (!list.length)
    return [say('quietNone')];
  const days = (one) => one.days.length && one.days.length < 7 ? ', ' +
    one.days.map((day) => say('weekday' + (day + 1) % 7)).join(', ') : '';
  return list.map((one) => (one.of ? one.of + ': ' : '') + (one.from === one.to ? say('quietAll') :
    say('quietFromTo', { from: one.from, to: one.to })) + days(one)).concat(say('quietBut'));
}

export class SettingsPage {
  constructor(phone) {
    this.phone = phone;
    this.tab = 'settings';
    this.title = say('settings');
    this.me = el('li', { class: 'row who' });
    this.quiet = el('div', null);
    this.update();
    this.tested = el('p', { role: 'status' }, say('testDoes'));
    this.calls = el('p', { role: 'status' });
    this.muted = el('p', null, say('muteOff'));
    this.sent = el('p', { role: 'status' }, say('testWholeDoes'));
    this.whole = this.press('gong', say('testNow'), this.sent, () => this.testWhole());
    this.whole.hidden = true;
    this.node = el('div', null,
      el('h2', { class: 'group' }, say('thisPhone')),
      el('ul', { class: 'list rows' }, this.me,
        this.press('gong-ring', say('testSound'), this.tested, () => this.test()),
        this.press('phone', say('calls'), this.calls, () => this.wake()), this.whole,
        this.way('#/mute', 'gong-mute', say('mute'), this.muted),
        el('li', { class: 'row set' }, icon('moon'), this.quiet)),
      el('h2', { class: 'group' }, say('language')),
      el('div', { class: 'do' },
        this.language('vi', 'Tiếng Việt'), this.language('en', 'English')),
      el('h2', { class: 'group' }, phone.site ? phone.site.name : say('product')),
      el('ul', { class: 'list rows' },
        phone.may('pair') ? this.way('#/add-phone', 'qr', say('addPhone'),
          el('p', null, say('addPhoneWhat'))) : null,
        phone.may('pair') ? this.way('#/add-screen', 'screen', say('addScreen'),
          el('p', null, say('addScreenWhat'))) : null,
        phone.may('pair') ? this.way('#/looks', 'log', say('looks'),
          el('p', null, say('looksWhat'))) : null,
        this.way('#/devices', 'list', say('devices'), el('p', null, say('devicesWhat'))),
        this.way('#/leave', 'key', say('leave'), el('p', null, say('leaveWhat')))),
      el('p', { class: 'hint version' }, say('version', { version: phone.site ?
        phone.site.version : '' })));
    this.look();
  }

  /* How this phone is woken, and whether it is quiet now. */
  async look() {
    const can = await canBeWoken();
    const words = { iphone: 'callsIphone', certificate: 'callsCannot', none: 'callsCannot' };
    try {
      const own = await api.push();
      const on = own.state === 'works' && Notification.permission === 'granted';
      setText(this.calls, say(words[can] || (on ? 'callsOn' : 'callsOff')));
      this.whole.hidden = !on || can !== 'ready';
      const mute = muteOf(await api.mutes(), this.phone.site.me);
      setText(this.muted, mute ? say('muteOn', { span: span((parse(mute.until) - now()) / 1000) }) :
        say('muteOff'));
    } catch (error) {
      setText(this.calls, error.message);
    }
  }

  async wake() {
    if (await canBeWoken() !== 'ready')
      return;
    const now = await wakeMe();
    setText(this.calls, say({ works: 'callsOn', denied: 'denied', failed: 'pushFailed' }[now]));
    this.whole.hidden = now !== 'works';
  }

  way(to, mark, head, line) {
    return el('li', null, el('a', { class: 'row set', href: to }, icon(mark),
      el('div', null, el('h3', null, head), line), icon('next')));
  }

  update() {
    const me = this.phone.site ? this.phone.site.me : { name: '', role: '' };
    const role = say('role_' + me.role), areas = this.phone.areaNames().join(', ');
    fill(this.me, el('div', { class: 'who-mark' }, icon('person')),
      el('div', null, el('h3', null, me.name),
        el('p', null, areas ? role + ', ' + areas : role)));
    fill(this.quiet, el('h3', null, say('quietHours')), quietLines(me.quiet || []).map((line) =>
      el('p', null, line)));
  }

  press(mark, head, line, onPress) {
    return el('li', null, el('button', { class: 'row set', type: 'button',
      on: { click: onPress } }, icon(mark), el('div', null, el('h3', null, head), line)));
  }

  test() {
    const sound = this.phone.sound;
    sound.wake();
    const shook = navigator.vibrate ? navigator.vibrate(VIBRATE_MS) : false;
    /* A context that was just woken runs a moment later. */
    setTimeout(() => {
      sound.chime();
      setText(this.tested, say(!sound.ready ? 'testNoSound' :
        shook ? 'testedBoth' : 'testedSound'));
    }, VIBRATE_MS);
  }

  /* By kengd and the push service back to this phone, as an alert comes. */
  async testWhole() {
    const asked = this.asked = {};
    setText(this.sent, say('testWholeSent'));
    onWorker((word) => {
      if (word.type === 'push' && this.asked === asked) {
        this.asked = null;
        setText(this.sent, say('testArrived'));
      }
    });
    try {
      await api.testPush();
      await pause(TEST_MS);
      if (this.asked === asked)
        setText(this.sent, say('testLost') + '. ' + say('testLostWhy'));
    } catch (error) {
      setText(this.sent, error.message);
    }
  }

  language(id, name) {
    const input = el('input', { type: 'radio', name: 'language', value: id,
      checked: languageNow() === id, on: { change: () => {
        setLanguage(id);
        location.reload();
      } } });
    return el('label', { class: 'choice' }, input, el('span', { lang: id }, name));
  }

  close() {}
}

/* Leaving needs a new link to come back: asked once more. */
export class LeavePage {
  constructor(phone) {
    this.phone = phone;
    this.back = '#/settings';
    this.title = say('leave');
    this.failed = el('p', { role: 'alert' });
    this.node = el('div', { class: 'one' }, icon('key', 'i pict'),
      el('h2', null, say('leaveSure')), el('p', null, say('leaveMeans')), this.failed,
      el('div', { class: 'foot' },
        el('a', { class: 'btn main wide', href: '#/settings' }, say('stay')),
        el('button', { class: 'btn wide', type: 'button', on: { click: () => this.go() } },
          say('leave'))));
  }

  async go() {
    try {
      await api.leave();
      this.phone.left();
    } catch (error) {
      setText(this.failed, error.message);
    }
  }

  update() {}

  close() {}
}
