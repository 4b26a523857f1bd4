/*
 * A phone that is woken, on a real kengd: subscription, push service, service worker,
 * notification, and back to the alert. Chromium's push service cannot be asked here, so two links
 * of its way are ours: the service (tests/peers/fakepush.py, which opens a message with http_ece),
 * and the step from there into the browser, by its debugger. The way without them is Firefox's:
 * firefox.test.mjs.
 * The environment is that of with_kengd.py.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { launchLasting, shows, until, watchPage } from './browser.mjs';
import { shotPhone } from './shots.mjs';

const { KENGD_URL: url, KENGD_CTL: ctlWords, KENGD_TOKEN_CONSOLE: staffToken,
  KENGD_SUBSCRIPTION: subscription, KENGD_PUSHED: pushed } = process.env;
const skip = url ? false : 'KENGD_URL is not set';
const ARRIVES_MS = 30000;

let home, context, page, worker, debug, registration;

/* Once given to the browser it is not given again. */
const given = new Set();

/* The next message that `fits`, as the phone would read it. */
function message(fits) {
  return until(() => {
    const all = readFileSync(pushed, 'utf8').split('\n').filter((line) => line);
    const found = all.findIndex((line, n) => !given.has(n) && fits(JSON.parse(line)));
    if (found < 0)
      return null;
    given.add(found);
    return JSON.parse(all[found]);
  }, ARRIVES_MS);
}

/* Until it is shown: whoever asks for notifications before can make the browser forget one that
 * is on its way to the screen. */
async function deliver(data) {
  const before = await worker.evaluate(() => self.shown);
  await debug.send('ServiceWorker.deliverPushMessage', { origin: url,
    registrationId: registration, data });
  await until(() => worker.evaluate((n) => self.shown > n, before), ARRIVES_MS);
}

/* What the phone shows now, and nothing else: {title, body, tag, silent}. */
const notifications = () => worker.evaluate(async () =>
  (await self.registration.getNotifications()).map(({ title, body, tag, silent }) =>
    ({ title, body, tag, silent })));

const closeAll = () => worker.evaluate(async () =>
  (await self.registration.getNotifications()).forEach((one) => one.close()));

/* The person touches the newest notification. What windows are opened is noted: a browser
 * without a person opens none. */
const touch = () => worker.evaluate(async () => {
  const [notification] = await self.registration.getNotifications();
  self.opened = [];
  self.clients.openWindow = async (address) => { self.opened.push(address); };
  self.dispatchEvent(new NotificationEvent('notificationclick', { notification }));
});

function asStaff(path, body) {
  return fetch(url + path, { method: 'POST', body: JSON.stringify(body || {}),
    headers: { Authorization: 'Bearer ' + staffToken, 'Content-Type': 'application/json' } });
}

/* In the page: the browser's own push service, which cannot be asked here. */
function subscribeHere(known) {
  let now = null;
  PushManager.prototype.getSubscription = async () => now;
  PushManager.prototype.subscribe = async (options) => {
    if (!options.userVisibleOnly || options.applicationServerKey.length !== 65)
      throw new Error('not as a browser wants it');
    now = { toJSON: () => known, unsubscribe: async () => { now = null; } };
    return now;
  };
}

before(async () => {
  if (!url)
    return;
  home = mkdtempSync(join(tmpdir(), 'kengd-phone-'));
  context = await launchLasting(home, { viewport: { width: 390, height: 844 },
    hasTouch: true, locale: 'vi-VN', colorScheme: 'light' });
  await context.grantPermissions(['notifications'], { origin: url });
  await context.addInitScript(subscribeHere, JSON.parse(subscription));
});

after(async () => {
  if (context)
    await context.close();
  if (home)
    rmSync(home, { recursive: true, force: true });
});

async function findWorker() {
  worker = await until(() => context.serviceWorkers()[0]);
  debug = await context.newCDPSession(page);
  const found = new Promise((done) => debug.on('ServiceWorker.workerRegistrationUpdated',
    ({ registrations }) => registrations.length && done(registrations[0].registrationId)));
  await debug.send('ServiceWorker.enable');
  registration = await found;
  await worker.evaluate(() => {
    const { showNotification } = ServiceWorkerRegistration.prototype;
    self.shown = 0;
    ServiceWorkerRegistration.prototype.showNotification = async function show(...given) {
      await showNotification.apply(this, given);
      self.shown++;
    };
  });
}

test('the third step rings the phone over the whole way', { skip }, async () => {
  const [program, ...first] = JSON.parse(ctlWords);
  const made = JSON.parse(execFileSync(program, [...first, '--json', 'pair', 'truong-doai'],
    { encoding: 'utf8' }));
  page = await watchPage(await context.newPage(), url, '/pair#' + made.url.split('#')[1]);
  await page.click('text=Đúng, tiếp tục');
  await page.click('text=Cho phép thông báo');
  await shows(page, '.steps', 'Bước 3 trong 3');
  await shotPhone(page, 'pair-3');
  await findWorker();
  await page.clock.install();
  await page.click('.foot .main');
  await message((one) => one.alert.kind === 'test'); /* and the phone does not get it */
  await page.clock.fastForward(21000);
  await shows(page, 'h2', 'Báo thử không tới');
  await shotPhone(page, 'pair-test-lost');
  await page.clock.resume();
  await page.click('.foot .main');
  const sent = await message((one) => one.alert.kind === 'test');
  await deliver(JSON.stringify(sent));
  await shows(page, 'h2', 'Xong. Điện thoại đã nhận báo thử');
  await shows(page, 'p', 'Thôn Đoài');
  await shotPhone(page, 'pair-done');
  const [one] = await notifications();
  assert.equal(one.title, 'Báo thử: Thôn Đoài');
  await closeAll();
  await page.click('text=Xem camera');
  await page.waitForURL(url + '/phone#/cameras');
});

test('the browser finds the app fit to be put on the home screen', { skip }, async () => {
  const app = await context.newCDPSession(page);
  const manifest = await app.send('Page.getAppManifest');
  assert.deepEqual(manifest.errors, []);
  assert.equal(JSON.parse(manifest.data).name, 'Kẻng');
  assert.equal(JSON.parse(manifest.data).start_url, '/phone');
  assert.deepEqual((await app.send('Page.getInstallabilityErrors')).installabilityErrors, []);
});

test('an alarm is one notification with its whole sentence; who has answered takes its place',
  { skip }, async () => {
    const raised = await (await asStaff('/api/alarm', { area: 'thon-doai',
      note: 'Cháy rơm sau đình' })).json();
    const mine = (what) => (one) => one.alert.id === raised.id && one.alert.what === what;
    await deliver(JSON.stringify(await message(mine('raised'))));
    const [alarm, ...others] = await notifications();
    assert.deepEqual(others, []);
    assert.equal(alarm.title, 'BÁO ĐỘNG: Thôn Đoài');
    assert.match(alarm.body, /Cháy rơm sau đình/);
    assert.match(alarm.body, /Trực ban xã/);
    assert.equal(alarm.tag, raised.id);
    assert.equal(alarm.silent, false);

    await touch();
    await shows(page, '.answer.raised', 'Đã báo động lúc');
    assert.equal(await page.evaluate(() => location.hash), '#/alert/' + raised.id);
    assert.deepEqual(await notifications(), []);
    assert.deepEqual(await worker.evaluate(() => self.opened), []);

    assert.equal((await asStaff('/api/alerts/' + raised.id + '/acknowledge')).status, 200);
    await deliver(JSON.stringify(await message(mine('answered'))));
    const [answered] = await notifications();
    assert.match(answered.title, /Trực ban xã đã tiếp nhận/);
    assert.equal(answered.tag, raised.id);
    assert.equal(answered.silent, true);
    await page.goto('about:blank'); /* the page is closed: another is opened */
    await touch();
    await until(() => worker.evaluate(() => self.opened.length));
    assert.deepEqual(await worker.evaluate(() => self.opened), ['/phone#/alert/' + raised.id]);
    assert.equal((await asStaff('/api/alerts/' + raised.id + '/resolve')).status, 200);
  });

test('a message that cannot be read still shows something, as a browser asks', { skip },
  async () => {
    await closeAll();
    await deliver('{"half');
    const [one] = await notifications();
    assert.equal(one.title, 'Kẻng');
    assert.equal(one.body, 'Có cảnh báo. Bấm để xem.');
    await closeAll();
  });

test('another address that the browser gives the phone is told to kengd', { skip }, async () => {
  const state = () => worker.evaluate(async () => (await (await fetch('/api/push')).json()).state);
  await worker.evaluate(async (known) => {
    PushManager.prototype.subscribe = async () => ({ toJSON: () => known });
    await fetch('/api/push', { method: 'DELETE', body: '{}',
      headers: { 'Content-Type': 'application/json' } });
  }, JSON.parse(subscription));
  assert.equal(await state(), 'none');
  await worker.evaluate(() => {
    self.dispatchEvent(new ExtendableEvent('pushsubscriptionchange'));
  });
  await until(async () => await state() === 'works');
});
