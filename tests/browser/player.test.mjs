/* The one stream of a page, with the faults of cameras, servers and browsers. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { becomes, closePage, launch, openPage, shows, tiles, tilesAre, until } from './browser.mjs';
import { Machine } from './machine.mjs';
import { makeClip } from './mock-media.mjs';
import { MockServer, makeVillage } from './mock-server.mjs';

let browser, village, server;
const live = (tile) => tile.state === 'live' && tile.frames > 5;

before(async () => {
  browser = await launch();
  village = makeVillage(4);
  server = await new MockServer(village).listen();
});

after(async () => {
  await browser.close();
  await server.stop();
  village.close();
});

function screen(more) {
  return openPage(browser, server.url, 'screen', '/screen', more);
}

test('every tile plays, near the live edge and without a wait', async () => {
  const page = await screen(), machine = new Machine(), began = Date.now();
  const first = await tilesAre(page, live);
  await page.waitForTimeout(8000);
  const later = await tiles(page), starved = machine.wasFull(began, Date.now());
  machine.stop();
  later.forEach((tile, n) => {
    assert.equal(tile.state, 'live', tile.id);
    assert.ok(tile.currentTime - first[n].currentTime > 7, 'time went on by ' +
      (tile.currentTime - first[n].currentTime));
    assert.ok(tile.frames - first[n].frames > 80, 'frames ' + (tile.frames - first[n].frames));
    assert.ok(tile.age_s <= 2, 'age ' + tile.age_s);
    assert.ok(starved || tile.waits === first[n].waits, 'waits ' + (tile.waits - first[n].waits));
    assert.equal(tile.resets, 0);
  });
  await closePage(page);
});

test('a silent camera is stale with its age, and live again when it sends', async () => {
  const page = await screen(), camera = village.camera('cong-lang');
  await tilesAre(page, live);
  camera.silent = true;
  const tile = '[data-camera="cong-lang"]';
  await shows(page, tile + '.old .says', /Hình đã dừng [4-9] giây/);
  assert.equal((await tiles(page)).filter((t) => t.state === 'live').length, 3);
  camera.silent = false;
  await tilesAre(page, live);
  await page.waitForSelector(tile + '.live');
  assert.equal((await tiles(page))[0].resets, 0);
  await closePage(page);
});

test('what a camera sent long ago is never called live', async () => {
  const camera = village.camera('cong-lang');
  camera.ring.forEach((message) => { message.time -= 60000; });
  camera.silent = true;
  const page = await screen();
  const seen = new Set();
  for (let n = 0; n < 50; n++) {
    (await tiles(page)).slice(0, 1).forEach((tile) => seen.add(tile.state));
    await page.waitForTimeout(100);
  }
  assert.ok(!seen.has('live'), Array.from(seen).join());
  camera.silent = false;
  await closePage(page);
});

test('a new run goes on without a reset, whatever its clock shows', async () => {
  const page = await screen(), camera = village.camera('gieng-dinh');
  await tilesAre(page, live);
  for (const loop of [0, 4000]) {
    const before = (await tiles(page))[1];
    camera.beginRun();
    camera.loop = loop; /* 0, or 22 hours into a run */
    await until(async () => {
      const now = (await tiles(page))[1];
      return now.inits > before.inits && now.frames > before.frames + 40 && live(now);
    });
    const now = (await tiles(page))[1];
    assert.equal(now.resets, 0);
    assert.ok(now.currentTime < 300, 'media time stays small: ' + now.currentTime);
  }
  await closePage(page);
});

test('another size and another profile are taken while playing', async () => {
  const page = await screen(), camera = village.camera('dau-ngo-3'), small = camera.clip;
  const large = makeClip({ still: '0x304050', width: 1280, height: 720, profile: 'baseline' });
  assert.notEqual(large.codecs, small.codecs);
  await tilesAre(page, live);
  for (const [clip, width] of [[large, 1280], [small, 640]]) {
    camera.beginRun(clip);
    await until(async () => {
      const now = (await tiles(page))[2];
      return now.width === width && live(now);
    });
  }
  assert.equal((await tiles(page))[2].resets, 0);
  await closePage(page);
});

test('a server that was killed is found again by itself', async () => {
  const page = await screen(), port = server.port;
  await tilesAre(page, live);
  await server.stop();
  await shows(page, '.gone', 'Mất kết nối từ');
  await server.listen(port);
  await page.locator('[data-stage="gone"]').waitFor({ state: 'hidden', timeout: 15000 });
  await tilesAre(page, live);
  assert.ok((await page.evaluate(() => window.kengd.connects)) > 1);
  await closePage(page);
});

test('a server that hangs is left after six seconds', async () => {
  const page = await screen();
  await tilesAre(page, live);
  server.streams.forEach((stream) => { stream.answer.write = () => true; });
  await until(() => page.evaluate(() => window.kengd.connects === 2), 15000);
  assert.equal(await page.evaluate(() => window.kengd.ended), 'silent');
  await tilesAre(page, live);
  await closePage(page);
});

test('a codec that the browser lacks becomes pictures, said in words', async () => {
  const camera = village.camera('nvh-san'), known = camera.clip;
  camera.beginRun({ ...known, codecs: 'hev9.1.6.L93' });
  const page = await screen();
  const now = await tilesAre(page, (tile) => tile.state === 'live');
  assert.deepEqual(now.map((tile) => tile.jpeg), [false, false, false, true]);
  await shows(page, '[data-camera="nvh-san"] .note', 'Ảnh tĩnh, 2 giây một ảnh');
  camera.beginRun(known);
  await closePage(page);
});

test('bytes that are no video become pictures after the third failure', async () => {
  const camera = village.camera('nvh-san'), page = await screen();
  await tilesAre(page, live);
  camera.spoil = (bytes) => Buffer.concat([bytes.subarray(0, 4), Buffer.from('junk'),
    bytes.subarray(8)]);
  try {
    await until(async () => (await tiles(page))[3].jpeg, 30000);
    const now = await tiles(page);
    assert.deepEqual(now.map((tile) => tile.resets), [0, 0, 0, 3]);
  } finally {
    camera.spoil = null;
  }
  await closePage(page);
});

test('told that it is too slow, a page asks for pictures in half of its tiles', async () => {
  const page = await screen();
  await tilesAre(page, live);
  village.tell({ type: 'slow' });
  await until(async () => (await tiles(page)).filter((tile) => tile.jpeg).length === 2);
  await tilesAre(page, (tile) => tile.state === 'live');
  await closePage(page);
});

test('a hidden page lets the stream go and comes back when it is seen', async () => {
  const page = await screen();
  await tilesAre(page, live);
  await page.clock.install();
  await page.clock.resume();
  const hide = (hidden) => page.evaluate((is) => {
    Object.defineProperty(document, 'hidden', { configurable: true, get: () => is });
    document.dispatchEvent(new Event('visibilitychange'));
  }, hidden);
  await hide(true);
  await until(() => server.streams.size === 0, 20000);
  await hide(false);
  await tilesAre(page, live);
  await closePage(page);
});

test('a layout of one shows one camera, and the others in turn', async () => {
  const ofScreen = () => Array.from(document.querySelectorAll('.tile'),
    (tile) => tile.getAttribute('data-camera'));
  server.layout = '1';
  const page = await screen();
  await tilesAre(page, live);
  assert.deepEqual(await page.evaluate(ofScreen), ['cong-lang']);
  await becomes(page, () => !!document.querySelector('[data-camera="gieng-dinh"]'));
  await tilesAre(page, live);
  server.layout = 'auto';
  await closePage(page);
});
