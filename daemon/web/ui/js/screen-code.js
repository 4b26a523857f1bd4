/*
 * A screen without a right shows a code; who may approves that with a phone or at the
 * server, and the screen comes in by itself. Where kengd gives no code, what was said before stays.
 */
import { api } from './api.js';
import { el, fill, icon, setText } from './dom.js';
import { pause } from './start.js';
import { span, steady } from './times.js';
import { say } from './words.js';

const ASK_MS = 3000;

/* Digits in two groups are read and typed without a mistake. */
export function groupedCode(code) {
  return code.slice(0, 3) + ' ' + code.slice(3);
}

function fillCode(stage, place, got, left) {
  fill(stage,
    el('header', { class: 'head' },
      el('div', { class: 'place' }, icon('mark', 'i mark'), place), el('div'),
      el('div', { class: 'side' })),
    el('div', { class: 'mid' }, el('div', { role: 'status' },
      el('h1', null, say('screenCodeHead')),
      el('div', { class: 'code' }, groupedCode(got.code)),
      el('ol', null, ['screenCode1', 'screenCode2', 'screenCode3'].map((step) =>
        el('li', null, say(step)))),
      el('p', { class: 'command' }, say('screenCodeCommand', { code: got.code }))),
    el('div', null, el('div', { class: 'qr' }, el('img', { alt: say('screenCodePicture'),
      src: 'data:image/svg+xml,' + encodeURIComponent(got.svg) })), left)));
}

/* Ends when the screen has its right. `shown(is)`: whether a code stands on `stage`. */
export async function bringCode(stage, place, shown) {
  const left = el('p', { class: 'left' });
  let code = null, until = 0;
  const tick = () => setText(left, say('screenCodeLeft', { span: span((until - steady()) / 1000) }));
  setInterval(tick, 1000);
  for (;;) {
    try {
      const got = await api.screenCode(code ? code.claim : '');
      if (got.state === 'approved')
        return;
      if (!code) {
        code = got;
        until = steady() + got.left_s * 1000;
        tick();
        fillCode(stage, place, code, left);
        shown(true);
      }
    } catch (error) {
      if (error.status === 410 || !code) {
        code = null;
        shown(false);
      }
      if (error.status === 410)
        continue; /* it has changed: the next one at once */
    }
    await pause(ASK_MS);
  }
}
