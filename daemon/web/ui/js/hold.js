/*
 * The button that raises the alarm: pressed and held for two seconds, by finger, by key,
 * or, where nothing can be held (screen readers), chosen twice.
 */
import { el, icon, setText } from './dom.js';
import { say } from './words.js';

const HOLD_MS = 2000;        /* --hold in tokens.css */
const TWICE_MS = 5000;

function label() {
  return el('span', { class: 'label' }, icon('gong-ring'),
    el('span', null, say('holdAlarm')));
}

/* The button and the line under it, which says what it does. */
export function holdToRaise(onRaise) {
  const over = el('span', { class: 'over', 'aria-hidden': 'true' }, label());
  const button = el('button', { class: 'btn hold wide', type: 'button' }, label(), over);
  const hint = el('p', { class: 'hint', role: 'status' }, say('alarmDoes'));
  const held = new Hold(button, hint, onRaise);
  const press = (event) => {
    if (event.button)
      return;
    button.setPointerCapture(event.pointerId); /* whatever comes in above moves the button */
    held.press();
  };
  button.addEventListener('pointerdown', press);
  ['pointerup', 'pointercancel', 'lostpointercapture', 'blur', 'keyup'].forEach((type) => {
    button.addEventListener(type, () => held.letGo());
  });
  button.addEventListener('contextmenu', (event) => event.preventDefault());
  button.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' && event.key !== ' ')
      return;
    event.preventDefault();
    if (!event.repeat)
      held.press();
  });
  button.addEventListener('click', (event) => held.choose(event));
  return [button, hint];
}

class Hold {
  constructor(button, hint, onRaise) {
    this.button = button;
    this.hint = hint;
    this.onRaise = onRaise;
    this.timer = 0;
    this.pressed = 0;        /* when, by event time: a click without it came from afar */
    this.armed = 0;
  }

  press() {
    clearTimeout(this.timer);
    this.pressed = Date.now();
    this.button.classList.add('pressed');
    setText(this.hint, say('keepHolding'));
    this.timer = setTimeout(() => this.raise(), HOLD_MS);
  }

  letGo() {
    clearTimeout(this.timer);
    if (!this.button.classList.contains('pressed'))
      return;
    this.button.classList.remove('pressed');
    setText(this.hint, say('alarmDoes'));
  }

  choose(event) {
    if (event.detail > 0 || Date.now() - this.pressed < HOLD_MS)
      return;
    if (this.armed && Date.now() - this.armed < TWICE_MS) {
      this.raise();
      return;
    }
    this.armed = Date.now();
    setText(this.hint, say('chooseAgain'));
  }

  raise() {
    this.letGo();
    this.armed = 0;
    if (!this.button.isConnected) /* its page was left: nobody holds it */
      return;
    this.onRaise(this.button);
  }
}
