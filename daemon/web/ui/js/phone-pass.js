/*
 * An alert goes on to somebody: by a call, or as a picture that says whose phone it left.
 */
import { pictureOf, placeOf, startOf } from './alerts.js';
import { api } from './api.js';
import { el, fill, icon, setText } from './dom.js';
import { clock, clockExact, date, parse } from './times.js';
import { say } from './words.js';

const MARK_SHARE = 0.035;      /* of the picture's width: the height of the letters */

/* Those of `people` with a number, but not `me`. */
export function whoCanBeCalled(people, me) {
  return people.filter((one) => one.phone && one.id !== me.person)
    .sort((a, b) => a.rank - b.rank);
}

export function callButton(one, main) {
  return el('a', { href: 'tel:' + one.phone.replace(/[^\d+]/g, ''),
    class: 'btn wide' + (main ? ' main' : '') }, icon('call'),
  say('callPerson', { name: one.name }));
}

/* Whom one can call: who has answered first, then by rank. A call needs no network. */
export class CallPage {
  constructor(phone, id) {
    this.phone = phone;
    this.id = id;
    this.back = '#/alert/' + id;
    this.title = say('callWhom');
    this.node = el('div', { class: 'do' });
    this.seen = '';
    this.update();
  }

  update() {
    const alert = this.phone.alerts.get(this.id) || {};
    const people = whoCanBeCalled(this.phone.people, this.phone.site.me);
    const seen = JSON.stringify([people, alert.answered_by]);
    if (seen === this.seen)
      return;
    this.seen = seen;
    people.sort((a, b) => (b.name === alert.answered_by) - (a.name === alert.answered_by));
    fill(this.node, people.length ? people.map((one, n) => callButton(one, !n)) :
      el('p', { class: 'hint' }, say('nobodyToCall')));
  }

  close() {}
}

function load(src) {
  return new Promise((done, failed) => {
    const image = new Image();
    image.onload = () => done(image);
    image.onerror = () => failed(new Error(say('noPicture')));
    image.src = src;
  });
}

/* The picture with place, time and the phone's code below it, burnt in. */
async function marked(src, words) {
  const image = await load(src), canvas = document.createElement('canvas');
  const letter = Math.max(14, Math.round(image.naturalWidth * MARK_SHARE));
  canvas.width = image.naturalWidth;
  canvas.height = image.naturalHeight + 2 * letter;
  const to = canvas.getContext('2d');
  const ink = getComputedStyle(document.body);
  to.fillStyle = ink.backgroundColor;
  to.fillRect(0, 0, canvas.width, canvas.height);
  to.drawImage(image, 0, 0);
  to.fillStyle = ink.color;
  to.textBaseline = 'middle';
  for (let size = letter; size > 8; size--) {
    to.font = size + 'px ' + ink.fontFamily;
    if (to.measureText(words).width <= canvas.width - letter)
      break;
  }
  to.fillText(words, letter / 2, image.naturalHeight + letter);
  return new Promise((done) => canvas.toBlob(done, 'image/jpeg', 0.85));
}

export class PassPage {
  constructor(phone, id) {
    this.phone = phone;
    this.id = id;
    this.back = '#/alert/' + id;
    this.title = say('passOn');
    this.said = el('p', { role: 'status' });
    this.node = el('div', { class: 'one' }, icon('forward', 'i pict'),
      el('h2', null, say('passOnSure')), el('p', null, say('passOnMeans')), this.said,
      el('div', { class: 'foot' },
        el('button', { class: 'btn main wide', type: 'button',
          on: { click: () => this.tryTo(() => this.picture()) } }, say('passPicture')),
        el('button', { class: 'btn wide', type: 'button',
          on: { click: () => this.tryTo(() => this.link()) } }, say('passLink'))));
  }

  async tryTo(act) {
    try {
      await act();
    } catch (error) {
      if (error.name !== 'AbortError') /* the person closed the sheet */
        setText(this.said, error.message);
    }
  }

  get alert() {
    return this.phone.alerts.get(this.id);
  }

  async picture() {
    const alert = this.alert, own = await api.push();
    const code = own.device || this.phone.site.me.name;
    const words = say('watermark', { place: placeOf(alert), time: date(startOf(alert)) +
      ' ' + clockExact(startOf(alert)), code });
    const blob = await marked(pictureOf(alert), words);
    const file = new File([blob], 'kengd-' + this.id + '.jpg', { type: 'image/jpeg' });
    await api.passed(alert.event.id);
    if (navigator.canShare && navigator.canShare({ files: [file] })) {
      await navigator.share({ files: [file] });
      return;
    }
    const saved = el('a', { href: URL.createObjectURL(blob), download: file.name });
    saved.click();
    setTimeout(() => URL.revokeObjectURL(saved.href), 60000);
  }

  async link() {
    const made = await api.share(this.alert.event.id);
    if (navigator.share) {
      await navigator.share({ url: made.url });
      return;
    }
    await navigator.clipboard.writeText(made.url);
    setText(this.said, say('linkCopied') + ', ' + clock(parse(made.expires)));
  }

  update() {}

  close() {}
}
