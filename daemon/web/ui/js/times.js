/*
 * Times as people read them: in the site's time zone, 24 h, dd/mm/yyyy. `now()` is the
 * server's clock; pages never trust their own. All times are milliseconds since 1970.
 */
import { say } from './words.js';

let offset = 0;          /* server's clock minus this device's */
let forms = null;

/* Does not step when the device's clock is set. */
export function steady() {
  return performance.timeOrigin + performance.now();
}

export function now() {
  return steady() + offset;
}

export function setZone(zone) {
  const want = { timeZone: zone, hour12: false, year: 'numeric', month: '2-digit',
    day: '2-digit', hour: '2-digit', minute: '2-digit', second: '2-digit' };
  forms = new Intl.DateTimeFormat('en-GB', want);
}

/* The server said `server_ms` between these two of steady(): it meant the middle. */
export function setClock(server_ms, askedAt, answeredAt) {
  offset = server_ms - (askedAt + answeredAt) / 2;
}

export function parse(text) {
  return text ? Date.parse(text) : 0;
}

export function iso(ms) {
  return new Date(Math.round(ms)).toISOString();
}

/* {year, month, day, hour, minute, second}, in the site's zone. */
export function parts(ms) {
  const found = {};
  if (!forms)
    setZone('Asia/Ho_Chi_Minh');
  forms.formatToParts(new Date(ms)).forEach((part) => { found[part.type] = +part.value; });
  found.hour %= 24; /* some say 24:00 */
  return found;
}

function zoneOffset(ms) {
  const p = parts(ms), whole = Math.floor(ms / 1000) * 1000;
  return Date.UTC(p.year, p.month - 1, p.day, p.hour, p.minute, p.second) - whole;
}

/* The moment at which a clock on the wall there shows this. */
export function fromParts(year, month, day, hour, minute, second) {
  const there = Date.UTC(year, month - 1, day, hour, minute, second || 0);
  const guess = there - zoneOffset(there);
  return there - zoneOffset(guess); /* again: the first guess may lie behind a change */
}

export function dayStart(ms, days) {
  const p = parts(ms);
  return fromParts(p.year, p.month, p.day + (days || 0), 0, 0, 0);
}

export function sameDay(a, b) {
  return dayStart(a) === dayStart(b);
}

function two(n) {
  return (n < 10 ? '0' : '') + n;
}

export function clock(ms) {
  const p = parts(ms);
  return two(p.hour) + ':' + two(p.minute);
}

export function clockExact(ms) {
  return clock(ms) + ':' + two(parts(ms).second);
}

function dayMonth(ms) {
  const p = parts(ms);
  return two(p.day) + '/' + two(p.month);
}

export function date(ms) {
  return dayMonth(ms) + '/' + parts(ms).year;
}

export function longDate(ms) {
  const p = parts(ms), day = new Date(Date.UTC(p.year, p.month - 1, p.day)).getUTCDay();
  return say('weekday' + day) + ' ' + date(ms);
}

/* 21:04 of today, else 20/11 21:04. */
export function when(ms) {
  return sameDay(ms, now()) ? clock(ms) : dayMonth(ms) + ' ' + clock(ms);
}

export function whenExact(ms) {
  return sameDay(ms, now()) ? clockExact(ms) : dayMonth(ms) + ' ' + clockExact(ms);
}

/* 20:41 of today, else 17/11: what stands behind "since". */
export function mark(ms) {
  return sameDay(ms, now()) ? clock(ms) : dayMonth(ms);
}

/* A length as words: 18 seconds, 4 minutes, 2 hours 14 minutes, 3 days. */
export function span(seconds) {
  const s = Math.max(0, Math.round(seconds));
  if (s < 60)
    return say('seconds', { n: s });
  const m = Math.round(s / 60);
  if (m < 60)
    return say('minutes', { n: m });
  const h = Math.floor(m / 60);
  if (h >= 24)
    return say('days', { n: Math.round(h / 24) });
  return say('hours', { n: h }) + (m % 60 ? ' ' + say('minutes', { n: m % 60 }) : '');
}

export function ago(ms) {
  const seconds = (now() - ms) / 1000;
  return seconds < 2 ? say('justNow') : say('ago', { span: span(seconds) });
}

/* 4:48 */
export function countdown(ms) {
  const s = Math.max(0, Math.ceil((ms - now()) / 1000));
  return Math.floor(s / 60) + ':' + two(s % 60);
}

/* 21/11/2026 14:30 or 21/11 14:30; NaN when it is not a time. */
export function readTime(text) {
  const form = /^(\d{1,2})\/(\d{1,2})(?:\/(\d{4}))? +(\d{1,2}):(\d{2})(?::(\d{2}))?$/;
  const m = form.exec(text.trim());
  if (!m || +m[1] < 1 || +m[1] > 31 || +m[2] < 1 || +m[2] > 12 || +m[4] > 24 || +m[5] > 59)
    return NaN;
  const year = m[3] ? +m[3] : parts(now()).year;
  return fromParts(year, +m[2], +m[1], +m[4], +m[5], +(m[6] || 0));
}

export function writeTime(ms) {
  return date(ms) + ' ' + clock(ms);
}

/* A decimal comma in Vietnamese, a point in English. */
export function number(value, digits) {
  const text = value.toFixed(digits || 0);
  return text.replace('.', say('decimal')).replace(/\B(?=(\d{3})+(?!\d))/g,
    text.indexOf('.') < 0 ? say('thousand') : '');
}
