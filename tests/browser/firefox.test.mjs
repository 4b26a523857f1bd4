/*
 * A phone is woken over the whole true way, on a real kengd: the page subscribes at the browser's
 * own push server (tests/peers/browserpush.py stands for the maker's), kengd seals and posts, the
 * browser opens the message and wakes the worker, the notification is touched. Nothing of the
 * browser is played but the desktop on which it shows notifications (firefox.mjs).
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { until } from './browser.mjs';
import { Firefox } from './firefox.mjs';

const { KENGD_URL: url, KENGD_CTL: ctlWords, KENGD_TOKEN_CONSOLE: staffToken,
  KENGD_PUSH_SOCKET: pushSocket, KENGD_BUILD: build } = process.env;
const skip = url ? false : 'KENGD_URL is not set';
const ARRIVES_MS = 30000;

let phone;

function asStaff(path, body) {
  return fetch(url + path, { method: 'POST', body: JSON.stringify(body || {}),
    headers: { Authorization: 'Bearer ' + staffToken, 'Content-Type': 'application/json' } });
}

const pushState = () => phone.evaluate(`return (await (await fetch('/api/push')).json()).state;`);

/* The newest notification, when it `fits`. */
function newest(fits) {
  return until(async () => {
    const [one] = await phone.shown();
    return one && fits(one) ? one : null;
  }, ARRIVES_MS);
}

/* As the browser lists what it shows for the page. */
const listed = () => phone.evaluate(`const registration = await navigator.serviceWorker.ready;
  return (await registration.getNotifications()).map(({ title, tag }) => ({ title, tag }));`);

async function shot(name) {
  if (!build)
    return;
  mkdirSync(build + '/shots', { recursive: true });
  await phone.screenshot(build + '/shots/firefox-' + name + '.png');
}

before(async () => {
  if (url)
    phone = await Firefox.start(pushSocket);
});

after(async () => {
  if (phone)
    await phone.stop();
});

test('a phone is paired, subscribes at its own push server and is woken by the test alert', { skip },
  async () => {
    const [program, ...first] = JSON.parse(ctlWords);
    const made = JSON.parse(execFileSync(program, [...first, '--json', 'pair', 'truong-doai'],
      { encoding: 'utf8' }));
    await phone.open(url + '/pair#' + made.url.split('#')[1]);
    await phone.click('button', 'Đúng, tiếp tục');
    await phone.click('button', 'Cho phép thông báo');
    await phone.click('button', 'Báo thử');
    await phone.shows('h2', 'Xong. Điện thoại đã nhận báo thử', ARRIVES_MS);
    await shot('pair-done');
    assert.equal((await newest(() => true)).title, 'Báo thử: Thôn Đoài');
    assert.equal(await pushState(), 'works');
  });

test('an alarm wakes it with its whole sentence, a touch opens that alert', { skip }, async () => {
  await phone.open(url + '/phone');
  const raised = await (await asStaff('/api/alarm', { area: 'thon-doai',
    note: 'Cháy rơm sau đình' })).json();
  const alarm = await newest((one) => /^BÁO ĐỘNG/.test(one.title));
  assert.equal(alarm.title, 'BÁO ĐỘNG: Thôn Đoài');
  assert.match(alarm.text, /Cháy rơm sau đình/);
  assert.match(alarm.text, /Trực ban xã/);
  assert.equal(alarm.silent, false);
  assert.deepEqual((await listed()).filter((one) => one.tag === raised.id).length, 1);

  await phone.touch();
  await until(async () => await phone.path() === '/phone#/alert/' + raised.id, ARRIVES_MS);
  await phone.shows('*[contains(@class, "answer")]', 'Đã báo động lúc');
  await shot('alarm');

  assert.equal((await asStaff('/api/alerts/' + raised.id + '/acknowledge')).status, 200);
  const answered = await newest((one) => /Trực ban xã đã tiếp nhận/.test(one.title));
  assert.equal(answered.silent, true);
  assert.deepEqual((await listed()).filter((one) => one.tag === raised.id).length, 1,
    'it takes the place of the one before');
  assert.equal((await asStaff('/api/alerts/' + raised.id + '/resolve')).status, 200);
});

test('a subscription that the browser has ended is dropped; one touch in the settings makes another',
  { skip }, async () => {
    await phone.evaluate(`const registration = await navigator.serviceWorker.ready;
      return (await registration.pushManager.getSubscription()).unsubscribe();`);
    const alarm = async (note) => (await (await asStaff('/api/alarm', { area: 'thon-doai',
      note })).json()).id;
    const unheard = await alarm('Không ai nghe');
    await until(async () => await pushState() === 'gone', ARRIVES_MS);
    await phone.open('about:blank');
    await phone.open(url + '/phone#/settings');
    await phone.click('button', 'Chưa bật. Bấm để');
    await phone.shows('button', 'Đang bật');
    await phone.click('button', 'Máy chủ gửi một báo thử');
    await phone.shows('button', 'Điện thoại đã nhận báo thử', ARRIVES_MS);
    await newest((one) => one.title === 'Báo thử: Thôn Đoài');
    const heard = await alarm('Thử lại');
    await newest((one) => /Thử lại/.test(one.text));
    await shot('settings');
    for (const id of [unheard, heard])
      assert.equal((await asStaff('/api/alerts/' + id + '/resolve')).status, 200);
  });
