/*
 * Whether live pictures ever wait, on a real kengd: with_kengd.py's environment, and
 * KENGD_WATCH_S, how long they are watched. Has the machine to itself (run-all).
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { closePage, enterBy, launch, tiles, tilesAre } from './browser.mjs';
import { Machine } from './machine.mjs';

const { KENGD_URL: url, KENGD_TOKEN_SCREEN: screenToken } = process.env;
const WATCH_S = Number(process.env.KENGD_WATCH_S || 30);
const skip = url ? false : 'KENGD_URL is not set';
const CUSHION_MS = 2000;       /* what starves a tile happened in this time before it waits */
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

/* In the page: when each tile had to wait for data, by the clock. */
function noteWaits() {
  window.waits = [];
  document.querySelectorAll('video').forEach((video) => {
    video.addEventListener('waiting', () => {
      const { buffered } = video, end = buffered.length ? buffered.end(buffered.length - 1) : 0;
      if (!video.seeking)
        window.waits.push({ at: Date.now(), held_s: end - video.currentTime });
    });
  });
}

test('every tile of the screen plays without a wait, for as long as it is watched', { skip },
  async (t) => {
    const page = await enterBy(browser, url, screenToken, '/screen', '',
      { width: 1920, height: 1080 });
    await tilesAre(page, live, 30000);
    await page.evaluate(noteWaits);
    const machine = new Machine();
    const first = await tiles(page), began = Date.now();
    assert.ok(first.length >= 2, 'tiles ' + first.length);
    const end = began + WATCH_S * 1000;
    let before = first;
    while (Date.now() < end) {
      await page.waitForTimeout(5000);
      const now = await tiles(page);
      now.forEach((tile, n) => {
        assert.equal(tile.state, 'live', tile.id + ' ' + tile.error);
        assert.ok(tile.currentTime > before[n].currentTime + 3, tile.id + ' went on by ' +
          (tile.currentTime - before[n].currentTime) + ' in 5 s');
      });
      before = now;
    }
    const watched = (Date.now() - began) / 1000;
    before.forEach((tile, n) => {
      const report = tile.id + ' ' + JSON.stringify(tile);
      assert.ok(tile.currentTime - first[n].currentTime > watched * 0.9, report);
      assert.ok(tile.frames - first[n].frames > watched * 5, report);
      assert.equal(tile.resets, 0, report);
    });
    const waits = await page.evaluate(() => window.waits);
    const ours = waits.filter((wait) => !machine.wasFull(wait.at - CUSHION_MS, wait.at));
    machine.stop();
    t.diagnostic(waits.length + ' waits in ' + Math.round(watched) + ' s, ' +
      (waits.length - ours.length) + ' of them with no processor left on the machine, which ' +
      'was so for ' + machine.fullShare() + ' % of the time');
    assert.deepEqual(ours, []);
    assert.equal(await page.evaluate(() => window.kengd.connects), 1);
    await closePage(page);
  });
