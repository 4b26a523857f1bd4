/*
 * The pages on a real kengd with cameras that send and move. Where it is and who comes is
 * in KENGD_URL, KENGD_TOKEN_SCREEN, KENGD_TOKEN_OTHER_SCREEN (of another hamlet),
 * KENGD_TOKEN_PHONE (an official of the screen's hamlet) and KENGD_TOKEN_CONSOLE (staff).
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { shotScreen } from './shots.mjs';
import { becomes, closePage, enterBy, launch, shows, tilesAre, until, watchPage } from './browser.mjs';

const { KENGD_URL: url, KENGD_TOKEN_SCREEN: screenToken, KENGD_TOKEN_PHONE: phoneToken,
  KENGD_TOKEN_CONSOLE: consoleToken, KENGD_TOKEN_OTHER_SCREEN: otherToken } = process.env;
const MOTION_MS = 120000;      /* within this somebody walks past a camera */
const skip = url ? false : 'KENGD_URL is not set';
const live = (tile) => tile.state === 'live' && tile.frames > 5;

let browser;

before(async () => {
  if (url)
    browser = await launch();
});

after(async () => {
  if (browser)
    await browser.close();
});

const enter = (token, page, way = '', size = { width: 1280, height: 720 }) =>
  enterBy(browser, url, token, page, way, size);

const screen = () => enter(screenToken, '/screen', '', { width: 1920, height: 1080 });

/* {status, body} of an address, asked with the page's cookie; streams are not read. */
function ask(page, path) {
  return page.evaluate(async (address) => {
    const abort = new AbortController();
    const answer = await fetch(address, { signal: abort.signal });
    const json = /json/.test(answer.headers.get('content-type') || '');
    const body = json ? await answer.json() : null;
    abort.abort();
    return { status: answer.status, body };
  }, path);
}

test('motion takes the screen over with its picture, the phone answers, the screen shows it',
  { skip, timeout: 3 * MOTION_MS }, async () => {
    const wall = await screen();
    const phone = await enter(phoneToken, '/phone', '', { width: 390, height: 844 });
    const take = '[data-stage="take"].on';
    await tilesAre(wall, live, 30000);
    await shotScreen(wall, 'wall');
    const end = Date.now() + 2 * MOTION_MS;
    for (;;) {
      await wall.locator(take + ' .state.open').waitFor({ timeout: MOTION_MS });
      const id = await wall.locator(take).getAttribute('data-alert');
      await becomes(wall, (alert) => {
        const img = document.querySelector('[data-alert="' + alert + '"] .shot img');
        return !img || (img.complete && img.naturalWidth > 0);
      }, id);
      await shotScreen(wall, 'take');
      await phone.evaluate((alert) => { location.hash = '#/alert/' + alert; }, id);
      await phone.click('.btn.main >> text=Đã tiếp nhận');
      await shows(phone, '.answer', 'Đã tiếp nhận');
      const answered = wall.locator('[data-alert="' + id + '"] .state.done');
      try {
        await answered.waitFor({ timeout: 3000 });
        assert.match(await answered.textContent(), /đã tiếp nhận/);
        break;
      } catch (error) {
        /* Another alert has taken the screen over meanwhile: that one is answered. */
        assert.notEqual(await wall.locator(take).getAttribute('data-alert'), id);
        assert.ok(Date.now() < end, 'no alert kept the screen long enough to be answered');
      }
    }
    await closePage(phone);
    await closePage(wall);
  });

/* Presses until the button says that it is held: what comes in above it may move it away. */
async function hold(phone) {
  await until(async () => {
    await phone.locator('.hold').hover();
    await phone.mouse.down();
    if (await phone.locator('.hold.pressed').count())
      return true;
    await phone.mouse.up();
    return false;
  });
}

test('an alarm from the phone is on the screen, red, until the phone ends it', { skip },
  async () => {
    const wall = await screen();
    await tilesAre(wall, live, 30000);
    const phone = await enter(phoneToken, '/phone', '#/cameras', { width: 390, height: 844 });
    await phone.click('.list a >> nth=0');
    await tilesAre(phone, live, 30000); /* what comes in above it has come */
    await hold(phone);
    await shows(wall, '[data-stage="raised"].on h1', 'Báo động');
    await shows(phone, '.answer.raised');
    await phone.mouse.up();
    assert.equal(await wall.evaluate(() => window.kengd.sound.ringing), true);
    await phone.click('text=Kết thúc báo động');
    await shows(wall, '.raised .foot', 'Báo động đã kết thúc');
    await wall.locator('[data-stage="raised"].on').waitFor({ state: 'detached' });
    await closePage(phone);
    await closePage(wall);
  });

test('a screen is shown nothing of another hamlet, at no address', { skip }, async () => {
  const desk = await enter(consoleToken, '/console');
  const all = (await ask(desk, '/api/cameras')).body.cameras.map((camera) => camera.id);
  await Promise.all([screenToken, otherToken].map(async (token) => {
    const page = await enter(token, '/screen');
    const own = (await ask(page, '/api/cameras')).body.cameras.map((camera) => camera.id);
    const foreign = all.filter((id) => !own.includes(id));
    assert.ok(own.length > 0 && foreign.length > 0);
    const hello = page.evaluate(readHello, foreign);
    const from = new Date(Date.now() - 60000).toISOString(), to = new Date().toISOString();
    for (const id of foreign)
      for (const end of ['', '/latest.jpg', '/live.mp4', '/live.mjpeg',
        '/recordings?from=' + from + '&to=' + to, '/fragments?from=' + from + '&to=' + to,
        '/playback.m3u8?from=' + from + '&to=' + to, '/clip.mp4?from=' + from + '&to=' + to])
        assert.equal((await ask(page, '/api/cameras/' + id + end)).status, 404, id + end);
    assert.deepEqual((await hello).cameras, foreign.map(() => null));
    assert.deepEqual((await hello).kinds.filter((kind) => kind < 4), [], 'no picture of any');
    await page.context().close();
  }));
  await closePage(desk);
});

/* In the page: what comes in three seconds on a stream that asks for these cameras. */
async function readHello(ids) {
  const { Deframer, NOTE, readNote } = await import('/ui/js/wire.js');
  const abort = new AbortController(), kinds = [];
  let cameras = null;
  setTimeout(() => abort.abort(), 3000);
  const deframer = new Deframer((message) => {
    kinds.push(message.kind);
    if (message.kind === NOTE && readNote(message.body).type === 'hello')
      cameras = readNote(message.body).cameras;
  });
  try {
    const answer = await fetch('/api/live?cameras=' + ids.join(), { signal: abort.signal });
    const reader = answer.body.getReader();
    for (;;)
      deframer.push((await reader.read()).value);
  } catch (error) {
    return { cameras, kinds };
  }
}

test('the console plays a recorded moment, and goes on from there', { skip, timeout: 120000 },
  async () => {
    const desk = await enter(consoleToken, '/console');
    const cameras = (await ask(desk, '/api/cameras')).body.cameras;
    const moment = await until(async () => {
      for (const { id } of cameras) {
        const now = Date.now(), from = new Date(now - 600000).toISOString();
        const found = (await ask(desk, '/api/cameras/' + id + '/recordings?from=' + from +
          '&to=' + new Date(now).toISOString())).body;
        const long = found.stretches.filter((stretch) => stretch.kind === 'recording' &&
          Date.parse(stretch.to) - Date.parse(stretch.from) > 20000);
        if (long.length)
          return { id, at: Date.parse(long[0].to) - 18000 };
      }
      return null;
    }, 60000);
    await desk.evaluate(({ id, at }) => {
      location.hash = '#/playback/' + id + '?at=' + new Date(at).toISOString();
    }, moment);
    const at = () => desk.evaluate(() => window.kengd.player.at);
    await until(async () => await desk.evaluate(() => !!window.kengd &&
      !!window.kengd.player && document.querySelector('.view video').readyState >= 2), 20000);
    assert.ok(Math.abs(await at() - moment.at) < 5000, String(await at() - moment.at));
    const first = await at(), began = Date.now();
    await desk.waitForTimeout(4000);
    const speed = (await at() - first) / (Date.now() - began);
    assert.ok(speed > 0.7 && speed < 1.3, 'speed ' + speed);
    await desk.keyboard.press('k');
    await desk.keyboard.press('j');
    await until(async () => Math.abs(await at() - first) < 8000);
    await shows(desk, '.hits h2', /sự kiện trong ngày/);
    await desk.waitForSelector('.seglet');
    await closePage(desk);
  });

test('nobody is told that a link is needed', { skip }, async () => {
  const context = await browser.newContext({ locale: 'vi-VN' });
  const page = await watchPage(await context.newPage(), url, '/phone');
  await shows(page, 'h2', 'chưa có quyền xem');
  await page.goto(url + '/screen');
  await shows(page, '.wall h1, main.on h1, h1', 'Màn hình chưa ghép nối');
  await page.context().close();
});
