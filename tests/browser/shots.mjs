/*
 * Pictures of the pages, to be looked at: KENGD_BUILD/shots. Before one is taken nothing may be
 * cut, too small or wider than the window, with letters as they are and twice as large.
 */
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { layoutFaults } from './browser.mjs';

const folder = process.env.KENGD_BUILD ? process.env.KENGD_BUILD + '/shots' : '';
const TARGET_PX = 44;

async function take(page, name) {
  if (!folder)
    return;
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: folder + '/' + name + '.png', fullPage: true });
}

const letters = (page, size) => page.evaluate((text) => {
  document.documentElement.style.fontSize = text;
}, size);

export async function shotPhone(page, name) {
  assert.deepEqual(await layoutFaults(page, TARGET_PX), [], name);
  await take(page, 'phone-' + name);
  await letters(page, '200%');
  assert.deepEqual(await layoutFaults(page, TARGET_PX), [], name + ' at 200 %');
  await take(page, 'phone-' + name + '-200');
  await letters(page, '');
}

/* A television is looked at from afar: its letters are as large as they must be. */
export const shotScreen = (page, name) => take(page, 'screen-' + name);

export const shotConsole = (page, name) => take(page, 'console-' + name + '-' +
  page.viewportSize().width);
