/*
 * A browser for the tests: the distribution's Chromium, one for a test file. A page must
 * not complain, not run into an exception and not ask anybody but its own server.
 */
import assert from 'node:assert/strict';
import { chromium } from 'playwright-core';

const ARGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
  '--disable-background-networking', '--disable-component-update', '--disable-sync',
  '--autoplay-policy=no-user-gesture-required'];

export function launch() {
  return chromium.launch({ executablePath: process.env.KENGD_CHROMIUM || '/usr/bin/chromium',
    args: ARGS });
}

/* A browser whose profile lies in `folder`, as on a phone: it takes push messages. */
export function launchLasting(folder, more) {
  return chromium.launchPersistentContext(folder, { args: ARGS, ...more,
    executablePath: process.env.KENGD_CHROMIUM || '/usr/bin/chromium' });
}

/* A page of its own context; `more` goes to the context. page.complaints collects. */
export async function openPage(browser, url, token, path, more = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 720 },
    locale: 'vi-VN', colorScheme: 'light', ...more });
  if (token)
    await context.addCookies([{ name: 'kengd', value: token, url }]);
  return watchPage(await context.newPage(), url, path);
}

export async function watchPage(page, url, path) {
  page.complaints = [];
  page.on('pageerror', (error) => page.complaints.push('exception: ' + error.stack));
  page.on('console', (message) => {
    const words = message.text();
    if (message.type() === 'error' && !/Failed to load resource/.test(words))
      page.complaints.push(words);
  });
  page.on('request', (request) => {
    const to = request.url();
    if (!to.startsWith(url) && !/^(blob|data):/.test(to))
      page.complaints.push('outside request: ' + to);
  });
  await page.goto(url + path);
  return page;
}

/* Comes in by the link, as a person does; a reload of the page keeps `way`. */
export async function enterBy(browser, url, token, page, way, size) {
  const context = await browser.newContext({ viewport: size, locale: 'vi-VN' });
  const opened = await watchPage(await context.newPage(), url, '/enter#' + token);
  await opened.waitForURL(url + page);
  if (way)
    await opened.evaluate((to) => { location.hash = to; }, way);
  return opened;
}

export async function closePage(page) {
  assert.deepEqual(page.complaints, []);
  await page.context().close();
}

export function tiles(page) {
  return page.evaluate(() => window.kengd && window.kengd.tiles ? window.kengd.tiles : []);
}

/* Until `check` is true of all tiles. */
export async function tilesAre(page, check, timeout = 15000) {
  const end = Date.now() + timeout;
  for (;;) {
    const now = await tiles(page);
    if (now.length && now.every(check))
      return now;
    if (Date.now() > end)
      throw new Error('tiles are not: ' + JSON.stringify(now));
    await page.waitForTimeout(100);
  }
}

export async function until(check, timeout = 10000) {
  const end = Date.now() + timeout;
  for (;;) {
    const found = await check();
    if (found)
      return found;
    if (Date.now() > end)
      throw new Error('never: ' + check);
    await new Promise((done) => setTimeout(done, 50));
  }
}

/* Like waitForFunction(), which some versions run as text that the pages' policy forbids. */
export function becomes(page, check, arg, timeout = 30000) {
  return until(() => page.evaluate(check, arg), timeout);
}

export function shows(page, selector, text, timeout = 10000) {
  return page.locator(selector, text ? { hasText: text } : {}).first()
    .waitFor({ state: 'visible', timeout });
}

/* Nothing is wider than the window, no text is cut, every target is large enough. */
export function layoutFaults(page, least) {
  return page.evaluate((min) => {
    const faults = [];
    if (document.documentElement.scrollWidth > innerWidth)
      faults.push('scrolls sideways: ' + document.documentElement.scrollWidth);
    document.querySelectorAll('a, button, label').forEach((node) => {
      const box = node.getBoundingClientRect(), words = node.textContent.trim().slice(0, 30);
      if (box.width && (box.height < min || box.width < min))
        faults.push('small: ' + words + ' ' + Math.round(box.width) + 'x' +
          Math.round(box.height));
    });
    document.querySelectorAll('h1, h2, h3, p, span, b, time, button, a').forEach((node) => {
      const style = getComputedStyle(node);
      if (node.clientWidth && style.overflow === 'hidden' && !node.closest('.vh, .hold') &&
          node.scrollWidth > node.clientWidth + 1)
        faults.push('cut: ' + node.textContent.slice(0, 40));
    });
    return faults;
  }, least);
}
