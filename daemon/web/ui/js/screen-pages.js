/*
 * What covers the wall of the screen: motion, an alarm, a server that is away, a token
 * that is none any more. Each function fills its stage from what is so now.
 */
import { alsoAt, answerLook, answerWords, answeredAt, areaOf, isClosed, kindWords, peopleTold,
  pictureOf, placeOf, startOf } from './alerts.js';
import { addressOf } from './api.js';
import { el, fill, icon, picture, state, strokes } from './dom.js';
import { ago, clock, clockExact, mark, now, parse, span } from './times.js';
import { say } from './words.js';

const ALSO = 3;
const AT_ONCE_MS = 2 * 60000; /* so near to each other */

function answerOf(alert) {
  const look = answerLook(alert), told = peopleTold(alert);
  const small = alert.state !== 'open' ? say('at', { time: answeredAt(alert) }) :
    told ? say('toldPeople', { n: told }) : '';
  return el('span', { class: 'state ' + look.kind }, look.mark ? icon(look.mark) : null,
    el('span', null, answerWords(alert), small ? el('small', null, small) : null));
}

function shot(alert) {
  const src = pictureOf(alert) ||
    (alert.event && alert.event.camera ? addressOf.latest(alert.event.camera) : '');
  return src ? el('div', { class: 'shot' }, picture(src, placeOf(alert))) : null;
}

function also(event, place) {
  return el('div', { class: 'one' }, picture(event.snapshot, ''),
    el('div', null, place, el('span', null, clockExact(parse(event.start)))));
}

/* More than one other at the same time is a storm and is counted; else what came before. */
function alsoRow(alert, attention) {
  const merged = attention.merged.id === alert.id ? attention.merged.events : [];
  const others = attention.before();
  const near = others.filter((other) =>
    Math.abs(startOf(other) - startOf(alert)) <= AT_ONCE_MS);
  const count = [alert].concat(near).reduce((sum, one) => sum + 1 + (one.merged || 0), 0);
  const storm = count > 2;
  const all = merged.concat((storm ? near : others).map((other) => other.event)
    .filter((event) => event));
  const label = storm ? say('atOnce', { n: count }) : all.length ? say('before') : '';
  return el('div', { class: 'also' }, el('b', null, label),
    all.slice(0, ALSO).map((event) => also(event, event.camera_name || event.area_name)),
    el('span', { class: 'rest' }));
}

/* Filled again for every change of the alert; takeTick() for every second. */
export function fillTake(stage, attention) {
  const alert = attention.main, place = placeOf(alert), test = alert.kind === 'test';
  stage.setAttribute('data-alert', alert.id);
  fill(stage,
    el('div', { class: 'band', role: 'alert' }, strokes('dong'),
      el('h1', null, (test ? kindWords(alert) + ', ' : say('motionAt') + ' '),
        el('b', null, place))),
    shot(alert) || el('div', { class: 'shot none' }, icon('still')),
    el('div', { class: 'facts' },
      el('p', { class: 'when still' }, clockExact(startOf(alert))),
      el('p', { class: 'ago' }),
      el('dl', null,
        areaOf(alert) ? [el('dt', null, say('area')), el('dd', null, areaOf(alert))] : null,
        alert.merged ? [el('dt', null, say('mergedLabel')),
          el('dd', null, say('mergedTimes', { n: alert.merged }), ' ', alsoAt(alert))] :
          [el('dt', null, say('camera')), el('dd', null, place)]),
      el('div', { class: 'who' }, answerOf(alert))),
    alsoRow(alert, attention));
  takeTick(stage, attention);
}

export function takeTick(stage, attention) {
  const old = stage.querySelector('.ago'), rest = stage.querySelector('.rest');
  if (!old || !attention.main)
    return;
  old.textContent = ago(startOf(attention.main));
  rest.textContent = say('backIn', { span: span(attention.left_s) });
}

function alarmAnswers(alert) {
  if (isClosed(alert))
    return [el('li', { class: 'head-line' }, say('at', { time: answeredAt(alert) })),
      el('li', null, icon('check'), el('span', null, answerWords(alert)))];
  if (alert.state === 'open')
    return [el('li', null, el('b', null, say('nobodyYet')))];
  return [el('li', { class: 'head-line' }, say('at', { time: answeredAt(alert) })),
    el('li', null, icon('check'), el('span', null, answerWords(alert)))];
}

/* `more`: how many other alarms are open; `audible`: whether the gong can be heard. */
export function fillAlarm(stage, alert, more, audible) {
  const event = alert.event || {}, area = areaOf(alert), place = placeOf(alert);
  const seen = shot(alert), ended = isClosed(alert);
  stage.setAttribute('data-alert', alert.id);
  stage.classList.toggle('nopic', !seen);
  stage.classList.toggle('long', place.length > 11);
  fill(stage,
    el('div', { class: 'band', role: 'alert' }, el('h1', null, say('kindAlarm')),
      el('div', { class: ended ? 'run' : 'run struck', 'aria-hidden': 'true' })),
    seen,
    el('div', { class: 'facts' },
      el('h2', null, place),
      area && area !== place ? el('p', { class: 'area' }, area) : null,
      more ? el('p', { class: 'area' }, say('moreAlarms', { n: more })) : null,
      event.note ? el('p', { class: 'word' }, event.note) : null,
      event.by ? el('p', { class: 'by' }, event.by, el('br'),
        say('raisedAt', { time: clock(parse(alert.raised)) })) : null,
      el('ul', { class: 'who' }, alarmAnswers(alert))),
    el('div', { class: 'foot' },
      icon(ended ? 'gong' : audible ? 'gong-ring' : 'sound-off'),
      el('span', null, say(ended ? 'alarmEnded' : audible ? 'ringing' : 'soundOff')),
      el('span', { class: 'still' }, clockExact(now()))));
}

export function alarmTick(stage) {
  const time = stage.querySelector('.foot .still');
  if (time)
    time.textContent = clockExact(now());
}

function plain(stage, place, mark, head, lines, last) {
  fill(stage,
    el('header', { class: 'head' },
      el('div', { class: 'place' }, icon('mark', 'i mark'), place), el('div'),
      el('div', { class: 'side' })),
    el('div', { class: 'mid' }, icon(mark, 'big'),
      el('div', { role: 'status' }, el('h1', null, head),
        lines.map((line) => el('p', null, line)), el('p', { class: 'try' }, last))));
}

/* `since` 0: it was never reached. */
export function fillGone(stage, place, since, tries) {
  plain(stage, place, 'plug-off',
    since ? say('lostSince', { time: mark(since) }) : say('connectingServer'),
    [say('screenComesBack')],
    [tries ? [say('trying', { n: tries }), el('br')] : null, say('after15')]);
}

export function fillRefused(stage, place) {
  plain(stage, place, 'lock', say('screenNeedsLink'), [say('screenNeedsLinkWhy')],
    say('screenNeedsLinkHow'));
}

/* The words in the head of the wall: what wants somebody comes first. */
export function headState(open, badCameras, disk) {
  if (open.length === 1 && open[0].kind === 'alarm')
    return state('alarm', strokes('bao'), say('kindAlarm'));
  if (open.length)
    return state('open', strokes('dong'), say('openAlerts', { n: open.length }));
  if (disk && !disk.ok)
    return state('gone', icon('disk'), disk.why || say('diskBad'));
  if (badCameras)
    return state('gone', icon('camera-off'), say('camerasBad', { n: badCameras }));
  return state('quiet', strokes('yen'), say('allQuiet'));
}
