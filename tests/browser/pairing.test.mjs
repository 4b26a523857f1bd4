/*
 * Phones and a screen come in by codes, on a real kengd: two phones and a screen answer an
 * alarm together, one phone is revoked, an event is passed on. Where kengd is and how it is
 * told: as in real.test.mjs, and KENGD_CTL, the words of a kengctl that reaches it.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { becomes, launch, layoutFaults, shows, until, watchPage } from './browser.mjs';

const { KENGD_URL: url, KENGD_CTL: ctlWords, KENGD_TOKEN_CONSOLE: staffToken } = process.env;
const skip = url ? false : 'KENGD_URL is not set';
const shots = process.env.KENGD_BUILD ? process.env.KENGD_BUILD + '/shots' : '';
const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, locale: 'vi-VN',
  colorScheme: 'light' };
const ANDROID = 'Mozilla/5.0 (Linux; Android 13; A15) AppleWebKit/537.36 (KHTML, like Gecko) ' +
  'Chrome/120.0 Mobile Safari/537.36';
const IPHONE = 'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 ' +
  '(KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1';
const REVOKED_MS = 5000;       /* what the issue promises */

let browser, head, officer, screen;

function ctl(...words) {
  const [program, ...first] = JSON.parse(ctlWords);
  return execFileSync(program, [...first, ...words], { encoding: 'utf8' });
}

const code = (person) => JSON.parse(ctl('--json', 'pair', person)).url.split('#')[1];

/* A phone that nobody has used yet. */
async function open(path, more = {}) {
  const context = await browser.newContext({ ...PHONE, ...more });
  if (more.notify)
    await context.grantPermissions(['notifications'], { origin: url });
  return watchPage(await context.newPage(), url, path);
}

/* Looked at afterwards, as it is and with letters twice as large. Nothing may be cut. */
async function shot(page, name) {
  assert.deepEqual(await layoutFaults(page, 44), [], name);
  if (!shots)
    return;
  mkdirSync(shots, { recursive: true });
  await page.screenshot({ path: shots + '/phone-' + name + '.png' });
  await page.evaluate(() => { document.documentElement.style.fontSize = '200%'; });
  await page.screenshot({ path: shots + '/phone-' + name + '-200.png' });
  await page.evaluate(() => { document.documentElement.style.fontSize = ''; });
}

const way = (page, to) => page.evaluate((hash) => { location.hash = hash; }, to);

function statusOf(page, method, path) {
  return page.evaluate(async ([how, to]) => {
    const body = how === 'GET' ? undefined : '{}';
    const headers = { 'Content-Type': 'application/json' };
    return (await fetch(to, { method: how, body, headers })).status;
  }, [method, path]);
}

before(async () => {
  if (url)
    browser = await launch();
});

after(async () => {
  if (browser)
    await browser.close();
});

test('a code brings a phone in, in three steps; without a push service the page says so',
  { skip }, async () => {
    const link = code('truong-dong');
    head = await open('/pair#' + link, { userAgent: ANDROID, notify: true });
    await shows(head, '.steps', 'Bước 1 trong 3');
    await shows(head, 'h2', 'Thôn Đông');
    await shows(head, '.can', 'Xem trực tiếp 4 camera');
    await shot(head, 'pair-1');
    await head.click('text=Đúng, tiếp tục');
    await shows(head, '.steps', 'Bước 2 trong 3');
    await shot(head, 'pair-2');
    await head.click('.foot .main');
    /* This Chromium has no push service to ask. */
    await shows(head, 'h2', 'Chưa bật được thông báo');
    await shows(head, 'p', 'Dịch vụ thông báo của điện thoại không trả lời');
    await shot(head, 'pair-no-service');
    await head.click('text=Dùng khi mở trang');
    await head.waitForURL(url + '/phone');
    await shows(head, '.top', 'Thôn Đông');

    const late = await open('/pair#' + link, { userAgent: ANDROID });
    await shows(late, 'h2', 'Mã này đã dùng cho điện thoại khác');
    await shot(late, 'pair-used');
    await late.context().close();
  });

test('each thing that stands in the way is one sentence and one button', { skip }, async () => {
  const seen = [
    ['zalo', '/pair#' + 'x'.repeat(43), ANDROID + ' Zalo android/12', 'đang mở trong Zalo'],
    ['iphone', '/pair#' + 'x'.repeat(43), IPHONE, 'Thêm vào màn hình chính trước'],
    ['unknown', '/pair#' + 'x'.repeat(43), ANDROID, 'Không có mã này'],
    ['no-code', '/pair', ANDROID, 'Cần quét mã'],
  ];
  for (const [name, path, userAgent, words] of seen) {
    const page = await open(path, { userAgent });
    await shows(page, 'h2', words);
    await shot(page, 'pair-' + name);
    await page.context().close();
  }
  const denied = await open('/pair#' + code('to-vien'), { userAgent: ANDROID, permissions: [] });
  await denied.click('text=Đúng, tiếp tục');
  await shows(denied, '.steps', 'Bước 2 trong 3');
  await denied.evaluate(() => {
    Notification.requestPermission = () => Promise.resolve('denied');
  });
  await denied.click('.foot .main');
  await shows(denied, 'h2', 'Thông báo đang bị chặn');
  await shot(denied, 'pair-denied');
  await denied.context().close();
});

test('a hamlet head shows the code in the app, and the second phone scans it', { skip },
  async () => {
    await way(head, '#/settings');
    await shows(head, 'h3', 'Thêm điện thoại');
    await shot(head, 'settings');
    await way(head, '#/add-phone');
    await head.click('text=Tổ viên ANTT 1');
    await shot(head, 'add-phone');
    const [answer] = await Promise.all([
      head.waitForResponse((got) => got.url().endsWith('/api/pairings')),
      head.click('text=Hiện mã')]);
    await shows(head, '.qr');
    await shows(head, 'p', 'chỉ vào được');
    await shot(head, 'code');
    officer = await open('/pair#' + (await answer.json()).url.split('#')[1],
      { userAgent: ANDROID, notify: true });
    await officer.click('text=Đúng, tiếp tục');
    await shows(officer, '.steps', 'Bước 2 trong 3');
    await officer.goto(url + '/phone');
    await shows(officer, '.top', 'Thôn Đông');
  });

test('a screen without a right shows a code and comes in when that is approved', { skip },
  async () => {
    screen = await open('/screen', { viewport: { width: 1280, height: 720 }, hasTouch: false });
    await shows(screen, '.pair.on .code');
    const shown = (await screen.textContent('.pair .code')).replace(/\s/g, '');
    assert.match(shown, /^\d{6}$/);
    await shows(screen, '.pair .command', 'kengctl screen approve ' + shown);
    await shows(screen, '.pair .left', 'Mã đổi sau 10 phút');
    if (shots)
      await screen.screenshot({ path: shots + '/screen-code.png' });
    assert.match(ctl('screen', 'approve', shown, 'nvh-dong'), /nvh-dong/);
    await shows(screen, '.wall.on .place', 'Thôn Đông', 20000);
    assert.match(ctl('device', 'list'), /nvh-dong/);
  });

test('both answer at once: one owner, the same on both phones and on the screen', { skip },
  async () => {
    const made = await (await fetch(url + '/api/alarm', { method: 'POST',
      headers: { Authorization: 'Bearer ' + staffToken, 'Content-Type': 'application/json' },
      body: JSON.stringify({ camera: 'cong-lang' }) })).json();
    for (const page of [head, officer]) {
      await way(page, '#/alert/' + made.id);
      await shows(page, '.body .main');
    }
    await shows(screen, '.raised.on');
    await shot(head, 'alarm');
    /* The slower of the two may be told of the other's answer before it can press. */
    const press = () => {
      const button = document.querySelector('.body button.main');
      if (button)
        button.click();
    };
    await Promise.all([head, officer].map((page) => page.evaluate(press)));
    const owner = async (page, selector) => {
      await shows(page, selector, /(Trưởng thôn Đông|Tổ viên ANTT 1)/);
      return (await page.textContent(selector)).match(/Trưởng thôn Đông|Tổ viên ANTT 1/)[0];
    };
    const stored = () => head.evaluate(async (id) =>
      (await (await fetch('/api/alerts/' + id)).json()).answered_by, made.id);
    const name = await until(stored);
    assert.equal(await owner(head, '.answer'), name);
    assert.equal(await owner(officer, '.answer'), name);
    assert.equal(await owner(screen, '.raised .facts .who'), name);
    await shot(head, 'answered');
    await way(head, '#/alert/' + made.id + '/call');
    await shows(head, 'a[href^="tel:"]', 'Tổ viên ANTT 1');
    await shot(head, 'call');
    await way(head, '#/alert/' + made.id + '/pass');
    await shows(head, 'h2', 'Chuyển');
    await shot(head, 'pass');
    assert.equal(await statusOf(head, 'POST', '/api/alerts/' + made.id + '/resolve'), 200);
    await shows(screen, '.wall.on');
  });

test('quiet for an hour counts down; the last awake phone is asked first', { skip }, async () => {
  await way(head, '#/mute');
  await shows(head, '.foot .main', 'Tắt báo');
  await shot(head, 'mute');
  await head.click('text=Cả thôn');
  await head.click('.foot .main');
  await shows(head, 'h2', 'Không còn ai khác nhận được cảnh báo');
  await shot(head, 'mute-last');
  await head.click('.foot button');
  await shows(head, '.count', /1 giờ|(60|59) phút/);
  await shot(head, 'muted');
  await head.click('text=Bật báo ngay');
  await shows(head, '.foot .main', 'Tắt báo 1 giờ');
});

test('a link that was passed on shows its event and nothing else', { skip }, async () => {
  const { events } = await head.evaluate(async () => (await fetch('/api/events?camera=cong-lang')).json());
  const made = await head.evaluate(async (id) => (await fetch('/api/events/' + id + '/share',
    { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: '{}' })).json(),
  events[0].id);
  const page = await open(new URL(made.url).pathname + new URL(made.url).hash);
  await shows(page, 'h2', 'Cổng làng');
  await shows(page, 'p', 'Trưởng thôn Đông');
  await becomes(page, () => Array.from(document.images).every((image) => image.naturalWidth));
  await shot(page, 'shared');
  for (const path of ['/api/site', '/api/events', '/api/alerts', '/api/cameras'])
    assert.equal(await statusOf(page, 'GET', path), 401, path);
  await page.context().close();
  const wrong = await open('/shared#' + 'x'.repeat(43));
  await shows(wrong, 'h2', 'Liên kết');
  await shot(wrong, 'shared-gone');
  await wrong.context().close();
});

test('a revoked phone is shut out of everything within 5 s, and says so', { skip }, async () => {
  await way(head, '#/devices');
  await shows(head, 'h3', 'Tổ viên ANTT 1');
  await shot(head, 'devices');
  await head.locator('.row', { hasText: 'Tổ viên ANTT 1' }).first().click();
  await shows(head, 'h2', 'Tổ viên ANTT 1');
  await shot(head, 'revoke');
  await head.locator('.foot button').click();
  const from = Date.now();
  await until(async () => await statusOf(officer, 'GET', '/api/site') === 401, REVOKED_MS);
  for (const [method, path] of [['GET', '/api/alerts'], ['GET', '/api/cameras'],
    ['GET', '/api/push'], ['POST', '/api/push/test'], ['POST', '/api/alarm'],
    ['GET', '/api/cameras/cong-lang/latest.jpg'], ['GET', '/api/feed']])
    assert.equal(await statusOf(officer, method, path), 401, path);
  await shows(officer, 'h2', 'liên kết', Math.max(1, REVOKED_MS - (Date.now() - from)));
  await shot(officer, 'revoked');
  for (const page of [head, officer, screen])
    assert.deepEqual(page.complaints.filter((line) => !/Push API in incognito/.test(line)), []);
});
