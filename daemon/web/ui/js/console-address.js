/*
 * Where one is in the console: the page, and behind ? the chosen area, moment or event.
 */
import { parse } from './times.js';

/* #/events?area=thon-dong: {way: ['events'], area: 'thon-dong', at: 0, event: ''} */
export function readAddress() {
  const parts = location.hash.replace(/^#\/?/, '').split('?');
  const given = new URLSearchParams(parts[1] || '');
  return { way: parts[0].split('/').map(decodeURIComponent), area: given.get('area') || '',
    at: parse(given.get('at')), event: given.get('event') || '' };
}

export function address(way, given) {
  const pairs = Object.keys(given || {}).filter((key) => given[key])
    .map((key) => key + '=' + encodeURIComponent(given[key]));
  return '#/' + way + (pairs.length ? '?' + pairs.join('&') : '');
}
