/*
 * What the pages may be written in: the syntax and the interfaces of Chromium 79, colours
 * only from the tokens, no address outside, nothing inline. Each function answers with a
 * list of faults.
 */
import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'acorn';

export const ui = join(dirname(fileURLToPath(import.meta.url)), '../../daemon/web/ui');

/* Missing in Chromium 79; what is in the second list may be used where it was asked for. */
const MISSING = [/\.replaceAll\(/, /\.at\(/, /Promise\.any/, /structuredClone/,
  /AbortSignal\.(timeout|any)/, /\.replaceChildren\(/, /Object\.hasOwn/, /\.findLast/,
  /\.toSorted\(/, /\.toReversed\(/, /\.groupBy\(/, /randomUUID/, /WeakRef/, /\.showModal\(/,
  /\.showPopover\(/, /\.inert\b/, /ResizeObserverSize/, /\bqueueMicrotask\(.*signal/,
  /import\.meta/, /\.requestIdleCallback\?/];
const ASKED_FOR = [['requestVideoFrameCallback', /if \(\w+\.requestVideoFrameCallback\)/],
  ['ManagedMediaSource', /window\.ManagedMediaSource/],
  ['BarcodeDetector', /!!window\.BarcodeDetector/],
  ['requestFullscreen', /requestFullscreen \|\|/]];

const NEW_CSS = [[/:is\(|:where\(|:has\(/, 'selector'], [/aspect-ratio\s*:/, 'aspect-ratio'],
  [/[;{\s]inset\s*:/, 'inset'], [/color-mix|oklch|@layer|@container/, 'new function or rule'],
  [/\d(dvh|svh|lvh)\b/, 'viewport unit'], [/accent-color|text-wrap/, 'new property']];

export function read(name) {
  return readFileSync(join(ui, name), 'utf8');
}

export function files(end) {
  const top = readdirSync(ui).filter((name) => name.endsWith(end));
  return top.concat(readdirSync(join(ui, 'js')).map((name) => 'js/' + name)
    .filter((name) => name.endsWith(end)));
}

export function withoutComments(source) {
  return source.replace(/\/\*[\s\S]*?\*\/|<!--[\s\S]*?-->/g, '');
}

export function scriptFaults(name, source = read(name)) {
  const faults = [], code = withoutComments(source);
  const module = /^\s*(import|export) /m.test(code);
  try {
    parse(source, { ecmaVersion: 2019, sourceType: module ? 'module' : 'script' });
  } catch (error) {
    faults.push(name + ': ' + error.message);
  }
  MISSING.filter((form) => form.test(code)).forEach((form) =>
    faults.push(name + ': ' + form + ' is missing in Chromium 79'));
  ASKED_FOR.filter(([word, asks]) => code.includes(word) && !asks.test(code))
    .forEach(([word]) => faults.push(name + ': ' + word + ' is used without being asked for'));
  if (/(https?:)?\/\/(?!www\.w3\.org\/)[\w-]+\.[a-z]/.test(code))
    faults.push(name + ': an outside address');
  return faults;
}

export function styleFaults(name, source = read(name)) {
  const faults = [], code = withoutComments(source);
  NEW_CSS.filter(([form]) => form.test(code)).forEach(([, what]) =>
    faults.push(name + ': ' + what + ' is too new'));
  const raw = name === 'tokens.css' ? [] : code.match(/#[0-9A-Fa-f]{3,8}\b|rgba?\([^)]*\)/g);
  if (raw && raw.length)
    faults.push(name + ': raw colours ' + raw);
  for (const rule of code.match(/\{[^{}]*\}/g) || [])
    if (/flex/.test(rule) && /(^|[;\s{])gap:/.test(rule) && !/grid/.test(rule))
      faults.push(name + ': flex gap in ' + rule);
  return faults;
}

export function pageFaults(name, source = read(name)) {
  const faults = [], code = withoutComments(source);
  if (/\sstyle=|<style|<script(?! (src|type="module" src))|\son\w+=/.test(code))
    faults.push(name + ': inline style or script');
  if (/(https?:)?\/\/[\w-]+\.[a-z]/.test(code))
    faults.push(name + ': an outside address');
  for (const found of code.matchAll(/(?:src|href)="([^"]+)"/g))
    if (!found[1].startsWith('/ui/'))
      faults.push(name + ': ' + found[1] + ' is not below /ui/');
  return faults;
}

function block(tokens, selector) {
  const text = tokens.slice(tokens.indexOf(selector + ' {'));
  const found = text.slice(0, text.indexOf('\n}')).matchAll(/--([\w-]+):\s*(#[0-9A-Fa-f]{6})\b/g);
  return Object.fromEntries(Array.from(found, (m) => [m[1], m[2]]));
}

function luminance(colour) {
  const part = [1, 3, 5].map((i) => parseInt(colour.slice(i, i + 2), 16) / 255)
    .map((c) => c <= 0.03928 ? c / 12.92 : Math.pow((c + 0.055) / 1.055, 2.4));
  return 0.2126 * part[0] + 0.7152 * part[1] + 0.0722 * part[2];
}

export function contrast(a, b) {
  const [high, low] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (high + 0.05) / (low + 0.05);
}

/* WCAG: text needs 4.5, edges of controls and marks need 3. */
export function contrastFaults(source = read('tokens.css')) {
  const light = block(source, ':root');
  const themes = { light, dark: { ...light, ...block(source, '[data-theme="dark"]') } };
  const grounds = ['bg', 'surface', 'raised', 'sunken'], kinds = ['brass', 'patina', 'alarm'];
  const pairs = [];
  const need = (ratio, a, b) => pairs.push({ ratio, a, b });
  ['text', 'text-2', 'text-3'].forEach((t) => grounds.forEach((g) => need(4.5, t, g)));
  kinds.forEach((k) => {
    ['bg', 'surface', 'raised', k + '-wash'].forEach((g) => need(4.5, k, g));
    need(4.5, 'text', k + '-wash');
    need(4.5, 'on-' + k, k + '-fill');
  });
  need(4.5, 'on-brass', 'brass-press');
  need(4.5, 'on-alarm', 'alarm-press');
  grounds.forEach((g) => need(3, 'edge', g));
  need(3, 'alarm-fill', 'bg');
  return Object.keys(themes).flatMap((theme) => pairs
    .filter(({ ratio, a, b }) => contrast(themes[theme][a], themes[theme][b]) < ratio)
    .map(({ ratio, a, b }) => theme + ': ' + a + ' on ' + b + ' is below ' + ratio));
}
