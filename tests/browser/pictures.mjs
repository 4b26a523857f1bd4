/*
 * Makes docs/pictures anew, from a running kengd with the demo's cameras:
 *
 *   KENGD_BUILD=$PWD/build KENGD_LOCALE_DIR=$PWD/build/daemon/po \
 *       /usr/bin/python3 tests/browser/with_kengd.py node tests/browser/pictures.mjs docs/pictures
 *
 * (after ./dev run, which builds and makes the footage).
 * Look at them before they are committed.
 */
import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { becomes, launch, tilesAre, until } from './browser.mjs';

const { KENGD_URL: url, KENGD_TOKEN_SCREEN: screenToken, KENGD_TOKEN_PHONE: phoneToken,
  KENGD_TOKEN_CONSOLE: consoleToken, KENGD_CTL: ctlWords } = process.env;
const folder = process.argv[2];
const MOTION_MS = 180000;

const browser = await launch();
const [program, ...first] = JSON.parse(ctlWords);
execFileSync(program, [...first, 'clock', 'trust']);

async function enter(token, page, width, height, colorScheme) {
  const context = await browser.newContext({ viewport: { width, height }, locale: 'vi-VN',
    colorScheme });
  const opened = await context.newPage();
  await opened.goto(url + '/enter#' + token);
  await opened.waitForURL(url + page);
  return opened;
}

const live = (tile) => tile.state === 'live' && tile.frames > 5;

/* With 256 colours: a third of the bytes, and nobody sees it. */
async function save(page, name) {
  const whole = join(folder, name + '.whole.png');
  await page.screenshot({ path: whole });
  execFileSync('ffmpeg', ['-v', 'error', '-y', '-i', whole, '-vf',
    'split[a][b];[a]palettegen=max_colors=256[p];[b][p]paletteuse=dither=none',
    join(folder, name + '.png')]);
  rmSync(whole);
}

const allLoaded = (page) => becomes(page, () => Array.from(document.images)
  .every((image) => image.complete && image.naturalWidth > 0));

const wall = await enter(screenToken, '/screen', 1280, 720, 'dark');
await tilesAre(wall, live, 60000);
await wall.locator('[data-stage="take"].on .shot img').waitFor({ timeout: MOTION_MS });
await allLoaded(wall);
await save(wall, 'take-over');

/* Some minutes of a village: answered ones, and one that waits. */
const phone = await enter(phoneToken, '/phone', 390, 844, 'light');
const open = () => phone.evaluate(async () => (await (await fetch('/api/alerts?open=1')).json())
  .alerts.filter((alert) => alert.state === 'open'));
const answer = (id) => phone.evaluate(async (which) => {
  await fetch('/api/alerts/' + which + '/acknowledge', { method: 'POST', body: '{}',
    headers: { 'Content-Type': 'application/json' } });
}, id);
await until(async () => (await open()).length >= 4, MOTION_MS);
for (const alert of (await open()).slice(1))
  await answer(alert.id);
await phone.locator('.card .pic img').waitFor({ timeout: MOTION_MS });
await allLoaded(phone);
await save(phone, 'phone');

const desk = await enter(consoleToken, '/console', 1366, 768, 'dark');
await tilesAre(desk, live, 60000);
await allLoaded(desk);
await save(desk, 'console');

for (const alert of await open())
  await answer(alert.id);
await until(async () => !await wall.locator('[data-stage="take"].on').count(), MOTION_MS);
await tilesAre(wall, live, 60000);
await save(wall, 'screen');
await browser.close();
