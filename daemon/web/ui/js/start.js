/*
 * How every page begins: ask who is looking, take the site's language, zone and clock, and
 * go on by itself when the server is away.
 */
import { askSite, onRefused } from './api.js';
import { el, fill, icon } from './dom.js';
import { parse, setClock, setZone } from './times.js';
import { chooseLanguage, say } from './words.js';

const RETRY_MS = 3000;

export function pause(ms) {
  return new Promise((done) => setTimeout(done, ms));
}

/* Also sets the clock again; pages call it now and then. */
export async function readSite() {
  const got = await askSite(), site = got.found;
  chooseLanguage(site.language);
  setZone(site.time_zone);
  setClock(parse(site.now), got.askedAt, got.answeredAt);
  return site;
}

/* `away(tries)` for every try that had no answer; `refused()` when the token is none. */
export async function begin(away, refused) {
  let again = true;
  chooseLanguage('vi');
  onRefused(() => { again = false; refused(); });
  for (let tries = 1; again; tries++) {
    try {
      return await readSite();
    } catch (error) {
      if (!again)
        break;
      away(tries);
      await pause(RETRY_MS);
    }
  }
  return new Promise(() => {}); /* refused() has put up the last page */
}

/* One sentence, one line, one button; for phone, console and the entrance. */
export function onePage(root, page) {
  const top = el('header', { class: 'top' }, icon('mark', 'i mark'),
    el('h1', null, page.title || say('product')));
  const main = el('main', { class: 'one' },
    icon(page.icon, 'i pict'),
    el('h2', { tabindex: '-1' }, page.head),
    (page.lines || []).map((line) => el('p', null, line)),
    page.button ? el('div', { class: 'foot' }, page.button) : null);
  fill(root, el('section', { class: 'app' }, top, main));
  root.querySelector('h2').focus();
}

export function refusedPage(root) {
  onePage(root, { icon: 'lock', head: say('linkNeeded'),
    lines: [say('linkNeededWhy')],
    button: el('button', { class: 'btn wide', type: 'button',
      on: { click: () => location.reload() } }, icon('again'), say('tryAgain')) });
}

export function awayPage(root) {
  onePage(root, { icon: 'plug-off', head: say('serverAway'),
    lines: [say('comesBackAlone')] });
}
