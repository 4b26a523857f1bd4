/*
 * One event that somebody has passed on: its picture and its clip, for a day, and nothing
 * else. The token stands behind # and leaves the address at once.
 */
import { api } from './api.js';
import { el, fill, icon, picture } from './dom.js';
import { awayPage, onePage } from './start.js';
import { clockExact, parse, setZone, when, whenExact } from './times.js';
import { chooseLanguage, say } from './words.js';

const root = document.getElementById('app');

function gone() {
  onePage(root, { icon: 'lock', head: say('sharedGone'), lines: [say('sharedGoneWhy')] });
}

function play(box, clip) {
  const video = el('video', { src: clip, controls: true, autoplay: true, playsinline: true,
    'aria-label': say('clip') });
  fill(box, el('div', { class: 'pic' }, video));
  video.focus();
}

function draw(event) {
  const start = parse(event.start), box = el('div', { class: 'shot' });
  chooseLanguage(event.language);
  setZone(event.time_zone);
  fill(box, picture(event.snapshot, say('snapshotAt', { name: event.camera_name,
    time: clockExact(start) }), 'still'),
  el('button', { class: 'btn play', type: 'button', on: { click: () => play(box, event.clip) } },
    icon('play'), say('clip')));
  fill(root, el('section', { class: 'app' },
    el('header', { class: 'top' }, icon('mark', 'i mark'), el('h1', null, event.site)),
    el('main', null, el('div', null, box, el('div', { class: 'say' },
      el('h2', { tabindex: '-1' }, event.camera_name),
      el('p', null, event.area_name + ', ' + whenExact(start)),
      el('p', null, say('sharedBy', { name: event.by, time: when(parse(event.expires)) })))))));
  root.querySelector('h2').focus();
}

async function begin() {
  const token = decodeURIComponent(location.hash.slice(1));
  chooseLanguage('vi');
  try {
    draw(await api.shared(token));
  } catch (error) {
    if (error.status === 0)
      awayPage(root);
    else
      gone();
  }
}

begin();
