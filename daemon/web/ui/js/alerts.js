/*
 * The alerts that this page knows, newest first, and how they are spoken of. Source of
 * their shape: docs/http.md.
 */
import { clockExact, parse, steady } from './times.js';
import { say } from './words.js';

const MAX_KEPT = 500;

export class Alerts {
  constructor() {
    this.byId = {};
    this.putAt = {};          /* when a note brought it, steady() */
    this.listeners = [];
  }

  /* `fn(alert or null, isNew)`; null: many have changed. */
  listen(fn) {
    this.listeners.push(fn);
  }

  /* True when it was not known. An older state never replaces a newer one. */
  put(alert) {
    const known = this.byId[alert.id];
    if (known && rank(known) > rank(alert))
      return false;
    this.byId[alert.id] = alert;
    this.putAt[alert.id] = steady();
    this.cut();
    this.listeners.forEach((fn) => fn(alert, !known));
    return !known;
  }

  /* A list that was asked for at `asked` (steady()) does not undo what notes have brought
   * since then. */
  fill(list, asked) {
    const before = this.byId;
    this.byId = {};
    list.forEach((alert) => { this.byId[alert.id] = alert; });
    Object.keys(before).forEach((id) => {
      const listed = this.byId[id];
      if (this.putAt[id] > asked && (!listed || rank(before[id]) >= rank(listed)))
        this.byId[id] = before[id];
    });
    this.cut();
    this.listeners.forEach((fn) => fn(null, false));
  }

  cut() {
    const all = this.all();
    all.slice(MAX_KEPT).forEach((alert) => { delete this.byId[alert.id]; });
    Object.keys(this.putAt).forEach((id) => {
      if (!this.byId[id])
        delete this.putAt[id];
    });
  }

  get(id) {
    return this.byId[id] || null;
  }

  all() {
    return Object.keys(this.byId).map((id) => this.byId[id])
      .sort((a, b) => parse(b.raised) - parse(a.raised) || (a.id < b.id ? 1 : -1));
  }

  open() {
    return this.all().filter((alert) => alert.state === 'open');
  }
}

/* Answers only go forwards: open, acknowledged, closed. */
function rank(alert) {
  return ['open', 'acknowledged'].indexOf(alert.state) + 1 || 3;
}

export function isClosed(alert) {
  return alert.state === 'resolved' || alert.state === 'false';
}

/* The camera's name, or the area's where no camera is meant. */
export function placeOf(alert) {
  const event = alert.event || {};
  return event.camera_name || event.area_name || say('unknownPlace');
}

/* The other cameras of one alert, for people; '' for none. */
export function alsoAt(alert) {
  const names = alert.camera_names || [];
  return names.length ? say('alsoAt', { places: names.join(', ') }) : '';
}

export function areaOf(alert) {
  return alert.event && alert.event.area_name ? alert.event.area_name : '';
}

export function startOf(alert) {
  return parse(alert.event && alert.event.start) || parse(alert.raised);
}

export function pictureOf(alert) {
  return alert.event && alert.event.snapshot ? alert.event.snapshot : '';
}

export function eventWords(event) {
  if (event.kind === 'health')
    return event.note || say('kindHealth');
  return say({ alarm: 'kindAlarm', test: 'kindTest' }[event.kind] || 'kindMotion');
}

export function kindWords(alert) {
  return eventWords({ kind: alert.kind, note: alert.event && alert.event.note });
}

/* A fault that is over by itself: its sentence says all. */
export function speaksForItself(alert) {
  return alert.kind === 'health' && isClosed(alert) && !alert.closed_by;
}

/* Which of the gong's strokes stands before it. */
export function kindStrokes(alert) {
  return alert.kind === 'alarm' ? 'bao' : 'dong';
}

function named(who, key) {
  return who ? say(key, { who }) : say(key + 'Nobody');
}

/* One sentence, the same on all devices. */
export function answerWords(alert) {
  if (alert.state === 'open')
    return say('nobodyYet');
  if (alert.state === 'acknowledged')
    return named(alert.answered_by, 'acknowledgedBy');
  if (alert.state === 'resolved')
    return named(alert.closed_by || alert.answered_by, 'resolvedBy');
  return alert.answer_note ?
    say('falseBecause', { note: lower(alert.answer_note) }) : say('falseAlarm');
}

export function answeredAt(alert) {
  const at = parse(alert.closed) || parse(alert.answered);
  return at ? clockExact(at) : '';
}

/* The class of components.css and the mark that go with the answer. */
export function answerLook(alert) {
  if (alert.state === 'open')
    return { kind: 'open', mark: null };
  return alert.state === 'false' ? { kind: 'past', mark: null } :
    { kind: 'done', mark: 'check' };
}

function lower(text) {
  return text.charAt(0).toLowerCase() + text.slice(1);
}

/* How many people have it on a device of theirs. */
export function peopleTold(alert) {
  const people = {};
  (alert.deliveries || []).forEach((delivery) => {
    if (delivery.recipient.indexOf('person:') === 0 && delivery.state === 'delivered')
      people[delivery.recipient] = true;
  });
  return Object.keys(people).length;
}
