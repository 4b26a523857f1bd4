/*
 * A day of footage on a real kengd (day.py): six passages are found by drawing a box where
 * they were, with few clicks each; one is exported, taken, and proved without kengd.
 */
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { after, before, test } from 'node:test';
import { closePage, launch, openPage, shows, until as untilSoon } from './browser.mjs';

const CLICKS_MOST = 5;
const PATIENCE_MS = 30000;
const until = (check) => untilSoon(check, PATIENCE_MS);
const here = dirname(fileURLToPath(import.meta.url));
let browser, day, process_;

before(async () => {
  process_ = spawn('/usr/bin/python3', [join(here, 'day.py')],
    { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: process_.stdout })[Symbol.asyncIterator]();
  day = JSON.parse((await lines.next()).value);
  browser = await launch();
});

after(async () => {
  await browser.close();
  const ended = new Promise((done) => process_.once('exit', done));
  process_.stdin.end();
  assert.equal(await ended, 0, 'day.py');
});

async function playback(more = {}) {
  const noon = new Date((day.day + 43200) * 1000).toISOString();
  const page = await openPage(browser, day.url, day.token,
    '/console#/playback/' + day.camera + '?at=' + noon,
    { viewport: { width: 1366, height: 768 }, ...more });
  await until(() => page.evaluate(() => {
    const video = document.querySelector('.view video');
    return !!video && video.readyState >= 2;
  }));
  return page;
}

/* Presses, moves and lets go: one click of a hand. */
async function drag(page, box) {
  const on = await page.locator('.view .draw').boundingBox();
  const at = (x, y) => [on.x + x * on.width, on.y + y * on.height];
  await page.mouse.move(...at(box[0] + 0.004, box[1] + 0.004));
  await page.mouse.down();
  await page.mouse.move(...at(box[2] - 0.004, box[3] - 0.004), { steps: 4 });
  await page.mouse.up();
}

const hits = (page) => page.evaluate(() => Array.from(document.querySelectorAll('.hits li b'),
  (node) => node.textContent));
const at = (page) => page.evaluate(() => window.kengd.player.at);
const clock = (seconds) => new Date((seconds + 7 * 3600) * 1000).toISOString().slice(11, 19);

test('six passages in a day are found with at most five clicks each', async () => {
  const page = await playback();
  for (const passage of day.passages) {
    let clicks = 0;
    await page.click('text=Tìm trong khung');
    clicks++;
    await drag(page, passage.box);
    clicks++;
    await until(async () => (await hits(page)).includes(clock(passage.at)));
    assert.ok((await hits(page)).length < 4, 'the box finds much else: ' + await hits(page));
    await page.click('.hits li button:has-text("' + clock(passage.at) + '")');
    clicks++;
    await until(async () => Math.abs(await at(page) - (passage.at * 1000 - 2000)) < 3000);
    assert.ok(clicks <= CLICKS_MOST, clicks + ' clicks');
    await page.waitForSelector('.hits canvas[data-drawn]');
    await page.click('text=Bỏ khung');
  }
  await closePage(page);
});

/* How bright the middle of the passage's box is in the small picture, 0..255. */
function brightness(page, box) {
  return page.evaluate((b) => {
    const canvas = document.querySelector('.hits canvas[data-drawn]');
    const x = b[0] * canvas.width, y = b[1] * canvas.height;
    const data = canvas.getContext('2d').getImageData(x, y, (b[2] - b[0]) * canvas.width,
      (b[3] - b[1]) * canvas.height).data;
    let most = 0;
    for (let i = 0; i < data.length; i += 4)
      most = Math.max(most, data[i]);
    return most;
  }, box);
}

test('the small picture shows who was there', async () => {
  const page = await playback(), passage = day.passages[2];
  await page.click('text=Tìm trong khung');
  await drag(page, passage.box);
  await page.waitForSelector('.hits canvas[data-drawn]');
  assert.ok(await brightness(page, passage.box) > 220, 'no bright square in the picture');
  await closePage(page);
});

test('a box is drawn with the keys alone, and left with Escape', async () => {
  const page = await playback(), passage = day.passages[2];
  await page.keyboard.press('x');
  await page.waitForSelector('.view .draw:focus');
  for (let i = 0; i < 5; i++)
    await page.keyboard.press('ArrowDown');
  for (let i = 0; i < 3; i++)
    await page.keyboard.press('Shift+ArrowDown');
  await until(async () => (await hits(page)).includes(clock(passage.at)));
  await page.keyboard.press('Escape');
  await page.waitForSelector('.view .draw', { state: 'detached' });
  await shows(page, '.hits', 'sự kiện trong ngày');
  await closePage(page);
});

test('where nothing moved the page says so, with what it saw', async () => {
  const page = await playback();
  await page.click('text=Tìm trong khung');
  await drag(page, [0.4, 0.0, 0.45, 0.05]);
  await shows(page, '.hits h2', 'Không có chuyển động trong khung');
  await shows(page, '.hits p', '00:00 – 24:00. Không có khoảng trống.');
  await closePage(page);
});

test('a camera that is configured no more is listed apart, looked at and handed over', async () => {
  const page = await openPage(browser, day.url, day.token, '/console#/cameras',
    { viewport: { width: 1366, height: 768 } });
  await shows(page, '.former', 'Không còn trong cấu hình');
  await page.click('.former a');
  await until(() => page.evaluate(() => {
    const video = document.querySelector('.view video');
    return !!video && video.readyState >= 2;
  }));
  assert.equal(await page.locator('.phead optgroup option:checked').textContent(), day.former);
  await page.click('.phead >> text=Trích xuất');
  await page.fill('[name=reason]', 'Cung cấp cho công an xã');
  await page.fill('[name=document]', '13/CV-CAX');
  await page.click('.box .btn.main');
  await page.waitForSelector('[data-export][data-state=done]', { timeout: 60000 });
  await shows(page, '.exports', day.former);
  await closePage(page);
});

test('a passage is handed over, and proved without kengd', async () => {
  const page = await playback({ acceptDownloads: true }), passage = day.passages[4];
  const folder = mkdtempSync(join(tmpdir(), 'kengd-proof-'));
  await page.click('text=Tìm trong khung');
  await drag(page, passage.box);
  await page.click('.hits li button:has-text("' + clock(passage.at) + '")');
  await page.click('.phead >> text=Trích xuất');
  await shows(page, '.box h2', 'Trích xuất Cổng làng');
  await page.click('.box .btn.main'); /* reason and document are missing */
  await shows(page, '.box', 'Chưa nhập lý do');
  await shows(page, '.box', 'Chưa nhập số văn bản');
  await page.fill('[name=reason]', 'Cung cấp cho công an xã');
  await page.fill('[name=document]', '12/CV-CAX');
  await page.click('.box .btn.main');
  const row = page.locator('[data-export]').first();
  await shows(page, '.exports', 'Cung cấp cho công an xã');
  await page.waitForSelector('[data-export][data-state=done]', { timeout: 60000 });
  const [download] = await Promise.all([page.waitForEvent('download'),
    row.locator('text=Tải gói').click()]);
  const file = join(folder, download.suggestedFilename());
  assert.match(file, /trich-xuat-.*\.zip$/);
  await download.saveAs(file);

  execFileSync('/usr/bin/python3', ['-m', 'zipfile', '-e', file, folder]);
  execFileSync('sha256sum', ['--quiet', '-c', 'SHA256SUMS'], { cwd: folder });
  execFileSync('openssl', ['pkeyutl', '-verify', '-rawin', '-in', 'SHA256SUMS', '-sigfile',
    'SHA256SUMS.sig', '-pubin', '-inkey', 'public-key.pem'], { cwd: folder });
  execFileSync(day.kengctl, ['verify', file]);
  const manifest = JSON.parse(execFileSync('cat', [join(folder, 'manifest.json')]));
  const film = manifest.cameras[0].files[0];
  assert.ok(Date.parse(film.from) <= passage.at * 1000 &&
    Date.parse(film.to) >= (passage.at + passage.last_s) * 1000);
  assert.equal(manifest.document, '12/CV-CAX');
  rmSync(folder, { recursive: true });
  await closePage(page);
});
