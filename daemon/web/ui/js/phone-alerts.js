/*
 * The phone's list of alerts, and the page of one: one decision a screen.
 */
import { alsoAt, answerLook, answerWords, areaOf, isClosed, kindStrokes, kindWords, pictureOf,
  placeOf, speaksForItself, startOf } from './alerts.js';
import { addressOf } from './api.js';
import { el, fill, icon, keep, picture, state, strokes } from './dom.js';
import { clock, clockExact, date, dayStart, now, parse, sameDay, span,
  when } from './times.js';
import { callButton, whoCanBeCalled } from './phone-pass.js';
import { say } from './words.js';

const CLIP_MARGIN_S = 5;     /* before and after, docs/http.md */
const REASONS = ['reasonWeather', 'reasonAnimal', 'reasonPeople', 'reasonUnknown'];

function agoNode(ms) {
  return el('span', { 'data-ago': String(ms) });
}

/* A picture, or a hatch with the cause's mark. */
function thumb(alert) {
  return picture(pictureOf(alert), '', alert.kind === 'health' ? 'plug-off' : 'still');
}

function kindState(alert) {
  const open = alert.state === 'open';
  const kind = alert.kind === 'alarm' ? 'alarm' : open ? 'open' : 'past';
  return state(kind, strokes(kindStrokes(alert)), kindWords(alert));
}

export class ListPage {
  constructor(phone) {
    this.phone = phone;
    this.tab = 'list';
    this.node = el('div', null);
    this.update();
  }

  get title() {
    return this.phone.place;
  }

  get side() {
    const open = this.phone.alerts.open().length;
    if (this.phone.away)
      return null;
    return open ? el('span', { class: 'state open' }, say('waitingAnswers', { n: open })) :
      state('quiet', strokes('yen'), say('allQuiet'));
  }

  update() {
    const all = this.phone.alerts.all(), open = all.filter((a) => a.state === 'open');
    const rest = all.filter((a) => a.state !== 'open');
    const groups = [];
    if (open.length)
      groups.push({ id: 'card', alerts: [open[0]] });
    if (open.length > 1)
      groups.push({ id: 'open', title: say('alsoWaiting'), alerts: open.slice(1) });
    this.days(rest).forEach((day) => groups.push(day));
    const called = this.phone.away ? whoCanBeCalled(this.phone.people, this.phone.site.me) : [];
    if (called.length) /* of the commune before those who are cut off as well */
      groups.push({ id: 'call', person: called.filter((one) => one.role === 'staff')[0] ||
        called[0] });
    if (!this.phone.loaded)
      groups.unshift({ id: 'loading' });
    else if (!open.length && !rest.some((a) => sameDay(startOf(a), now())))
      groups.unshift({ id: 'quiet' });
    const health = this.phone.site ? JSON.stringify(this.phone.site.health) : '';
    keep(this.node, groups, (g) => g.id, (g) => JSON.stringify(g) + health +
      (g.alerts || []).map((a) => JSON.stringify(this.phone.kept.pending(a.id))).join(),
    (g) => this.group(g));
  }

  /* Today, yesterday, and what is older. */
  days(alerts) {
    const today = dayStart(now()), yesterday = dayStart(now(), -1);
    const of = (from, to) => alerts.filter((a) => startOf(a) >= from && startOf(a) < to);
    const saved = this.phone.away && this.phone.kept.at;
    return [
      { id: 'today', title: saved ? say('savedAt', { time: when(this.phone.kept.at) }) :
        say('today'), alerts: of(today, Infinity) },
      { id: 'yesterday', title: say('yesterday'), alerts: of(yesterday, today) },
      { id: 'older', title: say('older'), alerts: of(0, yesterday) },
    ].filter((group) => group.alerts.length);
  }

  group(group) {
    if (group.id === 'loading')
      return this.empty(null, say('fetching'), say('slowLine'));
    if (group.id === 'quiet') {
      const health = this.phone.site.health;
      return this.empty(strokes('yen'), say('allQuiet'), [say('noneToday'), el('br'),
        say('recordingOf', { n: health.recording, of: health.cameras })]);
    }
    if (group.id === 'call')
      return el('div', { class: 'do end' }, el('p', { class: 'hint' }, say('callInstead')),
        callButton(group.person, false));
    if (group.id === 'card')
      return this.card(group.alerts[0]);
    return el('section', null, el('h2', { class: 'group' }, group.title),
      el('ul', { class: 'list rows' },
        group.alerts.map((a) => el('li', null, this.row(a)))));
  }

  empty(mark, head, words) {
    return el('div', { class: 'empty' }, mark, el('strong', null, head),
      el('span', null, words));
  }

  card(alert) {
    const pending = this.phone.kept.pending(alert.id);
    return el('a', { class: 'card ' + alert.kind, href: '#/alert/' + alert.id },
      picture(pictureOf(alert), say('snapshotOf', { name: placeOf(alert) }), 'still'),
      el('div', { class: 'in' }, kindState(alert), el('h2', null, placeOf(alert)),
        el('div', { class: 'meta' }, el('span', null, clockExact(startOf(alert))),
          agoNode(startOf(alert))),
        pending ? this.pendingState(pending) :
          el('span', { class: 'btn main wide' }, say('lookAndAnswer'))));
  }

  pendingState(pending) {
    const words = pending.answer === 'acknowledge' ? 'acknowledgedLater' : 'answerLater';
    return state('open', icon('clock'), say(words));
  }

  row(alert) {
    const look = answerLook(alert), pending = this.phone.kept.pending(alert.id);
    const at = startOf(alert);
    return el('a', { class: 'row', href: '#/alert/' + alert.id }, thumb(alert),
      el('div', null, el('h3', null, placeOf(alert)),
        alert.kind === 'motion' ? null : el('p', null, kindWords(alert)),
        pending ? this.pendingState(pending) : speaksForItself(alert) ? null :
          state(look.kind, look.mark ? icon(look.mark) : null, answerWords(alert))),
      el('time', null, at < dayStart(now(), -1) ? date(at).slice(0, 5) : clock(at)));
  }

  close() {}
}

export class AlertPage {
  constructor(phone, id) {
    this.phone = phone;
    this.id = id;
    this.back = '#/';
    this.title = say('alertTitle');
    this.shot = el('div', { class: 'shot' });
    this.body = el('div', { class: 'body' });
    this.raise = el('div', { class: 'do end' }); /* stays while a finger lies on it */
    this.more = el('div', { class: 'trio' });
    this.node = el('div', { class: 'body' }, this.shot, this.body, this.raise, this.more);
    this.failed = '';
    this.seen = '';
    this.playing = false;
    this.update();
  }

  update() {
    const alert = this.phone.alerts.get(this.id);
    const pending = this.phone.kept.pending(this.id);
    const seen = JSON.stringify([alert, pending, this.failed, this.phone.lateBy[this.id]]);
    if (seen === this.seen)
      return;
    this.seen = seen;
    if (!alert) {
      this.missing();
      return;
    }
    this.title = alert.kind === 'alarm' ? say('kindAlarm') : say('alertTitle');
    this.drawShot(alert);
    fill(this.body, this.late(alert), this.says(alert, pending),
      this.buttons(alert, pending));
    this.drawRaise(alert);
    fill(this.more, this.ways(alert));
  }

  drawRaise(alert) {
    this.raise.hidden = !this.phone.may('raise') || alert.kind === 'alarm';
    if (!this.raise.hidden && !this.raise.firstChild)
      fill(this.raise, this.phone.hold(alert.event && alert.event.camera, alert));
  }

  /* Not in the list: asked for by itself, and said to be gone when it is. */
  async missing() {
    const words = (head, line) => fill(this.body, el('div', { class: 'empty' },
      el('strong', null, head), el('span', null, line)));
    words(say('fetching'), say('slowLine'));
    if (!await this.phone.fetchAlert(this.id))
      words(say('alertGone'), say('alertGoneWhy'));
  }

  drawShot(alert) {
    const src = pictureOf(alert), id = alert.event && alert.event.id;
    if (this.playing || (src === this.src && this.shot.firstChild))
      return;
    this.src = src;
    if (!src && alert.kind !== 'motion') {
      fill(this.shot);
      return;
    }
    fill(this.shot, picture(src, say('snapshotAt', { name: placeOf(alert),
      time: clockExact(startOf(alert)) }), 'still'),
    alert.event && alert.event.camera ?
      el('button', { class: 'btn play', type: 'button',
        on: { click: () => this.play(id) } }, icon('play'), this.clipWords(alert)) : null);
  }

  clipWords(alert) {
    const end = parse(alert.event.end) || now();
    const length = (end - startOf(alert)) / 1000 + 2 * CLIP_MARGIN_S;
    return say('watchSpan', { span: span(length) });
  }

  play(id) {
    const video = el('video', { src: addressOf.clip(id), controls: true, autoplay: true,
      playsinline: true, 'aria-label': say('clip') });
    this.playing = true;
    video.addEventListener('error', () => {
      this.playing = false;
      this.src = null;
      this.failed = say('noClip');
      this.update();
    });
    fill(this.shot, el('div', { class: 'pic' }, video));
    video.focus();
  }

  late(alert) {
    const gap = this.phone.gap, raised = parse(alert.raised);
    if (!gap || raised < gap.from || raised > gap.to - 60000 || alert.state !== 'open')
      return null;
    return el('p', { class: 'notice open' }, icon('clock'), el('span', { class: 'grow' },
      el('b', null, say('lateBy', { span: span((gap.to - raised) / 1000) })), ' ',
      say('lateWhy', { from: clock(gap.from), to: clock(gap.to) })));
  }

  says(alert, pending) {
    const start = startOf(alert), area = areaOf(alert), place = placeOf(alert);
    const parts = [area && area !== place ? area : null, clockExact(start)]
      .filter((part) => part).join(', ');
    const note = alert.event && alert.event.note && alert.kind !== 'health' ?
      el('p', { class: 'word' }, alert.event.note) : null;
    return [
      this.answer(alert, pending),
      el('div', { class: 'say' },
        alert.state === 'open' && alert.kind !== 'alarm' ? kindState(alert) : null,
        el('h2', null, place), el('p', null, parts, ', ', agoNode(start)),
        alert.merged ? el('p', null, say('mergedMore', { n: alert.merged }), ' ',
          alsoAt(alert)) : null, note,
        alert.state !== 'open' && alert.kind !== 'motion' && alert.kind !== 'alarm' ?
          el('p', null, kindWords(alert)) : null),
      this.failed ? el('p', { class: 'notice', role: 'alert' }, icon('net-off'),
        el('span', { class: 'grow' }, this.failed)) : null,
    ];
  }

  /* The coloured box: who has answered, or that the alarm is ringing. */
  answer(alert, pending) {
    if (pending)
      return el('div', { class: 'answer waits' }, state('open', icon('clock'),
        say(pending.answer === 'acknowledge' ? 'acknowledgedLater' : 'answerLater')));
    if (alert.kind === 'alarm' && !isClosed(alert))
      return this.alarmBox(alert);
    if (alert.state === 'open')
      return null;
    const look = answerLook(alert), mine = this.phone.isMine(alert);
    const words = mine && alert.state === 'acknowledged' ? say('acknowledged') :
      answerWords(alert);
    return el('div', { class: 'answer ' + look.kind },
      state(look.kind, look.mark ? icon(look.mark) : null, words),
      el('p', null, this.answerLine(alert, mine)));
  }

  answerLine(alert, mine) {
    const at = clockExact(parse(alert.closed) || parse(alert.answered) || now());
    const late = this.phone.lateBy[this.id];
    if (alert.state === 'acknowledged' && mine)
      return say('mineLine', { who: alert.answered_by, time: at });
    if (alert.state === 'acknowledged')
      return (late ? say('soonerBy', { time: at, span: span(late) }) : at + '.') + ' ' +
        say('nothingToDo');
    return (alert.closed_by && alert.state === 'false' ? alert.closed_by + ', ' : '') + at;
  }

  alarmBox(alert) {
    const by = alert.event && alert.event.by;
    const answered = alert.state === 'acknowledged' ?
      el('p', null, el('b', null, answerWords(alert)), ' ' +
        say('at', { time: clock(parse(alert.answered)) })) :
      el('p', null, say('nobodyYet'));
    return el('div', { class: 'answer raised' }, strokes('bao'),
      el('h2', null, say('raisedHead', { time: clock(parse(alert.raised)) })),
      el('p', null, by ? say('raisedBy', { who: by }) + ' ' : '', say('ringingThere')),
      answered);
  }

  buttons(alert, pending) {
    const may = this.phone.may('answer'), main = [];
    if (may && !pending && alert.state === 'open')
      main.push(this.button('main', say('acknowledge'), 'acknowledge'));
    if (may && !pending && alert.state === 'acknowledged')
      main.push(alert.kind === 'alarm' ? this.button('', say('endAlarm'), 'resolve') :
        this.button(this.phone.isMine(alert) ? 'main' : '', say('resolve'), 'resolve'));
    if (may && !pending && alert.state === 'open' && alert.kind === 'alarm')
      main.push(this.button('', say('endAlarm'), 'resolve'));
    const open = alert.state === 'open' || (!isClosed(alert) && this.phone.isMine(alert));
    if (may && !pending && open && alert.kind === 'motion')
      main.push(el('a', { class: 'btn wide', href: '#/alert/' + this.id + '/false' },
        say('falseAlarm')));
    return el('div', { class: 'do' }, main);
  }

  /* What else one can do: call, pass on, look. */
  ways(alert) {
    const may = this.phone.may('answer'), camera = alert.event && alert.event.camera;
    const way = (to, mark, words) => el('a', { class: 'btn', href: to }, icon(mark), words);
    const here = '#/alert/' + this.id;
    return [may ? way(here + '/call', 'call', say('callWhom')) : null,
      may && pictureOf(alert) ? way(here + '/pass', 'forward', say('passOn')) : null,
      camera ? way('#/camera/' + camera, 'live', say('watchLive')) : null];
  }

  button(kind, words, answer) {
    return el('button', { class: 'btn wide ' + kind, type: 'button', on: {
      click: (event) => this.send(event.currentTarget, answer) } }, words);
  }

  async send(button, answer) {
    button.disabled = true;
    this.failed = await this.phone.answer(this.id, answer, '');
    button.disabled = false;
    this.update();
    this.phone.refocus();
  }

  close() {}
}

/* Why it was false: four answers, the first one chosen. */
export class FalsePage {
  constructor(phone, id) {
    this.phone = phone;
    this.id = id;
    this.back = '#/alert/' + id;
    this.title = say('falseAlarm');
    this.error = el('p', { class: 'notice', role: 'alert', hidden: true });
    this.form = el('form', { class: 'one', on: { submit: (event) => this.send(event) } },
      el('fieldset', null,
        el('legend', null, el('h2', null, say('whyFalse'))),
        el('p', null, say('whyFalseHelps')),
        REASONS.map((reason, n) => this.choice(reason, n === 0))),
      this.error,
      el('div', { class: 'foot' },
        el('button', { class: 'btn main wide', type: 'submit' }, say('send'))));
    this.node = this.form;
  }

  choice(reason, first) {
    return el('label', { class: 'choice' },
      el('input', { type: 'radio', name: 'why', value: say(reason), checked: first }),
      el('span', null, say(reason)));
  }

  async send(event) {
    event.preventDefault();
    const why = this.form.querySelector('input:checked').value;
    const failed = await this.phone.answer(this.id, 'false-alarm', why);
    if (!failed) {
      location.hash = this.back;
      return;
    }
    this.error.hidden = false;
    fill(this.error, icon('net-off'), el('span', { class: 'grow' }, failed));
  }

  update() {}

  close() {}
}

