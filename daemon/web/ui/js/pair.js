/*
 * A phone is paired: the code stands behind #, from a QR picture. Three steps, and for each
 * thing that can be wrong one sentence and one button.
 */
import { api } from './api.js';
import { el, fill, icon } from './dom.js';
import { agent, canBeWoken, onWorker, wakeMe } from './push.js';
import { canScan, scanButton } from './scan.js';
import { awayPage, pause } from './start.js';
import { chooseLanguage, say } from './words.js';

const RETRY_MS = 3000;
const TEST_MS = 20000;         /* the test alert is there by then, or it is said */
const root = document.getElementById('app');
let redeemed = false;
let person = null;             /* whom the code is for: {name, areas, cameras} */

function deviceName() {
  const system = agent.iphone ? 'iPhone' : agent.android ? 'Android' : navigator.platform;
  return say('phoneNamed', { system });
}

function press(words, onPress, main) {
  return el('button', { class: 'btn wide' + (main ? ' main' : ''), type: 'button',
    on: { click: onPress } }, words);
}

function steps(n) {
  return el('div', { class: 'steps' }, [1, 2, 3].map((one) =>
    el('i', { class: one <= n ? 'on' : null })), el('span', null, say('stepOf', { n })));
}

/* `lines` are paragraphs; `list` numbered steps; `foot` buttons, the main one first. */
function page(given) {
  const main = el('main', { class: 'one' }, given.step ? steps(given.step) : null,
    icon(given.icon, 'i pict ' + (given.tone || '')),
    el('h2', { tabindex: '-1' }, given.head),
    (given.lines || []).map((line) => el('p', null, line)),
    given.list ? el('ol', null, given.list.map((line) => el('li', null,
      el('span', null, line)))) : null,
    given.more || null, el('div', { class: 'foot' }, given.foot || null));
  fill(root, el('section', { class: 'app' }, el('header', { class: 'top' },
    icon('mark', 'i mark'), el('h1', null, say('pairTitle'))), main));
  root.querySelector('h2').focus();
}

function home() {
  location.replace('/phone');
}

const again = () => press(say('tryAgain'), () => location.reload(), true);

/* ---- what can be wrong ---- */

function inZalo(code) {
  const address = location.host + '/pair?code=' + encodeURIComponent(code);
  const copy = async () => {
    const copied = await navigator.clipboard.writeText(location.href)
      .then(() => true, () => false);
    page({ icon: 'open-out', head: say(copied ? 'linkCopied' : 'copyByHand'),
      lines: copied ? [say('pasteThere')] : [say('pasteThere'), location.href] });
  };
  page({ icon: 'open-out', head: say('inZalo'), lines: [say('inZaloWhy')],
    foot: agent.android ? el('a', { class: 'btn main wide', href: 'intent://' + address +
      '#Intent;scheme=' + location.protocol.replace(':', '') + ';end' }, say('openBrowser')) :
      press(say('copyLink'), copy, true) });
}

function onIphone(code) {
  page({ icon: 'home-add', head: say('addHome'), lines: [say('addHomeWhy')],
    list: [say('addHome1'), say('addHome2'), say('addHome3')],
    foot: press(say('useOpenOnly'), () => look(code)) });
}

/* Without a code, or with one that is worth nothing: another one. */
function needCode(head, lines) {
  page({ icon: 'qr', head: head || say('needCode'), lines: lines || [say('needCodeWhy')],
    foot: canScan() ? scanButton(say('scanNew'), () => needCode(say('noCodeThere'),
      [say('needCodeWhy')])) : null });
}

function notMine(code) {
  page({ icon: 'qr', head: say('notYours', { name: person.name }), lines: [say('notYoursWhy')],
    foot: [canScan() ? scanButton(say('scanNew'), () => needCode(say('noCodeThere'),
      [say('needCodeWhy')])) : null, press(say('back'), () => look(code))] });
}

function another(mark, head, why) {
  page({ icon: mark, head, lines: [why], foot: canScan() ?
    scanButton(say('scanNew'), () => needCode(say('noCodeThere'), [say('needCodeWhy')])) :
    press(say('scanNew'), () => needCode(), true) });
}

const problems = {
  code_used: () => another('qr', say('codeUsed'), say('codeUsedWhy')),
  code_expired: () => another('clock', say('codeExpired'), say('codeExpiredWhy')),
  no_code: () => another('qr', say('codeUnknown'), say('codeExpiredWhy')),
};

function problem(error) {
  const known = problems[error.code];
  if (known)
    known();
  else
    page({ icon: 'lock', head: say('cannotEnter'), lines: [error.message], foot: again() });
}

/* Why this phone cannot be woken: the certificate, or the browser. */
function cannotBeWoken(can) {
  const lines = can === 'certificate' ? [say('noPushWhy'), say('noPushDont')] :
    [say('noPushBrowserWhy')];
  page({ icon: 'shield', head: say('noPush'), lines,
    foot: press(say('useOpenOnly'), home, true) });
}

function denied() {
  page({ icon: 'gong-mute', head: say('denied'), lines: [say('deniedWhy')],
    list: [say('denied1'), say('denied2'), say('denied3')],
    foot: press(say('tryAgain'), wake, true) });
}

/* ---- the three steps ---- */

async function look(code) {
  try {
    person = await api.lookAtCode(code);
  } catch (error) {
    problem(error);
    return;
  }
  page({ icon: 'person', step: 1, tone: 'brass',
    head: say('pairHead', { area: person.areas.join(', ') }),
    lines: [say('pairRole', { name: person.name })],
    more: [el('ul', { class: 'can' }, [say('canAnswer'), say('canWatch', { n: person.cameras }),
      say('canRaise')].map((line) => el('li', null, icon('check'), el('span', null, line)))),
    el('p', null, say('isLogged'))],
    foot: [press(say('yesGoOn'), () => redeem(code), true),
      press(say('notMe'), () => notMine(code))] });
}

/* Once: the second tap of two would find the code used. */
async function redeem(code) {
  if (redeemed)
    return;
  redeemed = true;
  try {
    await api.pair(code, deviceName());
    history.replaceState(null, '', '/pair');
  } catch (error) {
    problem(error);
    return;
  }
  const can = await canBeWoken();
  if (can === 'iphone')
    home(); /* the person has chosen to use it only while the page is open */
  else if (can !== 'ready')
    cannotBeWoken(can);
  else
    page({ icon: 'gong-ring', step: 2, tone: 'brass', head: say('allowHead'),
      lines: [say('allowHow')], foot: press(say('allow'), wake, true) });
}

async function wake() {
  const now = await wakeMe();
  if (now === 'denied')
    denied();
  else if (now === 'failed')
    page({ icon: 'gong-mute', head: say('pushFailed'), lines: [say('pushFailedWhy')],
      foot: [press(say('tryAgain'), wake, true), press(say('useOpenOnly'), home)] });
  else
    page({ icon: 'phone', step: 3, tone: 'brass', head: say('testHead'),
      lines: [say('testHow')], foot: press(say('testNow'), test, true) });
}

/* The whole way: kengd, the push service, the worker of this phone. */
async function test() {
  let arrived = false;
  onWorker((word) => {
    if (word.type !== 'push' || arrived)
      return;
    arrived = true;
    page({ icon: 'check', tone: 'done', head: say('testArrived'),
      lines: [say('testArrivedWhat', { area: person ? person.areas.join(', ') : '' })],
      foot: press(say('watchCameras'), () => location.replace('/phone#/cameras'), true) });
  });
  try {
    await api.testPush();
  } catch (error) {
    problem(error);
    return;
  }
  await pause(TEST_MS);
  if (!arrived)
    page({ icon: 'gong-mute', head: say('testLost'), lines: [say('testLostWhy')],
      foot: [press(say('tryAgain'), test, true), press(say('useOpenOnly'), home)] });
}

/* ---- the way in ---- */

/* A phone that is paired already opens its own page, also from the icon that was made of
 * this address. */
async function isPaired() {
  for (;;) {
    try {
      const got = await api.site();
      return got.me.role !== 'screen';
    } catch (error) {
      if (error.status !== 0)
        return false;
      awayPage(root);
      await pause(RETRY_MS);
    }
  }
}

async function begin() {
  const query = new URLSearchParams(location.search);
  const code = decodeURIComponent(location.hash.slice(1)) || query.get('code') || '';
  chooseLanguage('vi');
  if (agent.zalo)
    inZalo(code);
  else if (await isPaired() && (agent.installed || !code))
    home();
  else if (!code)
    needCode();
  else if (agent.iphone && !agent.installed)
    onIphone(code);
  else
    look(code);
}

begin();
