/* The pages are written for Chromium 79 and by the rules of the design. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { contrast, contrastFaults, files, pageFaults, read, scriptFaults, styleFaults,
  withoutComments } from './check-old.mjs';

const scripts = files('.js');

test('every script is of 2019 and asks for nothing that Chromium 79 lacks', () => {
  assert.ok(scripts.length > 20);
  assert.deepEqual(scripts.flatMap((name) => scriptFaults(name)), []);
});

test('the check itself finds what is too new', () => {
  const faults = (code) => scriptFaults('x.js', code).length;
  assert.equal(faults('export const a = b?.c;'), 1);
  assert.equal(faults('export const a = b ?? c;'), 1);
  assert.equal(faults('export class A { b = 1; }'), 1);
  assert.equal(faults('export const a = "b".replaceAll("b", "c");'), 1);
  assert.equal(faults('video.requestVideoFrameCallback(f);'), 1);
  assert.equal(styleFaults('x.css', 'a { display: flex; gap: 4px; }').length, 1);
  assert.equal(styleFaults('x.css', 'a { color: #123456; }').length, 1);
  assert.equal(pageFaults('x.html', '<p style="color: red">').length, 1);
});

test('every style is of its time and takes its colours from the tokens', () => {
  assert.deepEqual(files('.css').flatMap((name) => styleFaults(name)), []);
});

test('no page holds style, script or an address of somebody else', () => {
  assert.equal(files('.html').length, 7);
  assert.deepEqual(files('.html').flatMap((name) => pageFaults(name)), []);
});

test('every text can be read on every ground, by day and by night', () => {
  assert.equal(Math.round(contrast('#000000', '#ffffff')), 21);
  assert.deepEqual(contrastFaults(), []);
});

test('every icon that a script names is in the sprite', () => {
  const known = new Set(Array.from(read('icons.svg').matchAll(/<symbol id="([^"]+)"/g),
    (m) => m[1]));
  const asked = scripts.flatMap((name) => Array.from(
    withoutComments(read(name)).matchAll(/\bicon\('([\w-]+)'/g), (m) => m[1]));
  assert.ok(asked.length > 20);
  assert.deepEqual(asked.filter((name) => !known.has(name)), []);
});

test('no script but the catalogue holds words for people', () => {
  const vietnamese = /[à-ỹÀ-Ỹđ]/;
  const own = new Set(['js/words.js', 'js/too-old.js', 'sw.js']); /* the name, when no page is there */
  const faults = scripts.filter((name) => !own.has(name)).filter((name) =>
    vietnamese.test(withoutComments(read(name)).replace(/'Tiếng Việt'|×/g, '')));
  assert.deepEqual(faults, []);
});

test('every sentence that is said is in the catalogue, in both languages', async () => {
  /* As a page would take it: a module by what it says, not by what package it lies in. */
  const { keys } = await import('data:text/javascript,' + encodeURIComponent(read('js/words.js')));
  const known = new Set(keys()), all = scripts.filter((name) => name !== 'js/words.js')
    .map((name) => withoutComments(read(name))).join('\n');
  const said = Array.from(all.matchAll(/\bsay\('(\w+)'/g), (m) => m[1])
    .filter((key) => !key.endsWith('_') && key !== 'weekday');
  assert.deepEqual(said.filter((key) => !known.has(key)), []);
  const unused = keys().filter((key) => !all.includes("'" + key + "'") &&
    !/^(weekday|role_|gap_|push_|end_|look_)/.test(key) && !/Nobody$/.test(key));
  assert.deepEqual(unused, []);
});
