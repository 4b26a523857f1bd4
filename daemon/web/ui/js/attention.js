/*
 * Which alert the screen shows: motion takes over for a minute, with one chime; an alarm
 * that a person raised stays until a person ends it, with the rapid gong. Health is shown
 * by the wall itself.
 */
import { api } from './api.js';
import { isClosed, startOf } from './alerts.js';
import { Delivered } from './delivered.js';
import { now, parse, steady } from './times.js';

const SHOW_MS = 60000;
const ANSWERED_MS = 5000;
const CHIME_MS = 60000;        /* a storm of alerts chimes once a minute */
const BEFORE_MS = 10 * 60000;  /* "before that" reaches this far back */

function takesOver(alert) {
  return alert.kind === 'motion' || alert.kind === 'test';
}

export class Attention {
  /* `onChange()` when `main`, `alarm`, or something about them is another. */
  constructor(alerts, sound, onChange) {
    this.alerts = alerts;
    this.sound = sound;
    this.onChange = onChange;
    this.mainId = '';
    this.until = 0;
    this.alarmId = '';
    this.alarmUntil = 0;      /* 0: until it is ended */
    this.chimedAt = -CHIME_MS;
    this.delivered = new Delivered();
    this.merged = { id: '', count: 0, events: [] };
    alerts.listen((alert, isNew) => this.onAlert(alert, isNew));
  }

  get main() {
    return this.mainId ? this.alerts.get(this.mainId) : null;
  }

  get alarm() {
    return this.alarmId ? this.alerts.get(this.alarmId) : null;
  }

  /* Seconds until the wall comes back. */
  get left_s() {
    return Math.max(0, Math.ceil((this.until - steady()) / 1000));
  }

  onAlert(alert, isNew) {
    if (!alert) {
      this.lookAtAll();
      return;
    }
    if (alert.kind === 'alarm')
      this.lookForAlarm();
    else if (isNew && alert.state === 'open' && takesOver(alert))
      this.take(alert, SHOW_MS);
    else if (alert.id === this.mainId && alert.state !== 'open')
      this.until = Math.min(this.until, steady() + ANSWERED_MS);
    this.delivered.tell(alert);
    this.readMerged();
    this.onChange();
  }

  /* After starting, or when notes may have been missed. */
  lookAtAll() {
    this.lookForAlarm();
    this.delivered.tellAll(this.alerts.all());
    const fresh = this.alerts.open().filter(takesOver)[0];
    const left = fresh ? parse(fresh.raised) + SHOW_MS - now() : 0;
    if (fresh && left > 0 && fresh.id !== this.mainId)
      this.take(fresh, left);
    else if (this.main && this.main.state !== 'open')
      this.until = Math.min(this.until, steady() + ANSWERED_MS);
    this.onChange();
  }

  take(alert, ms) {
    this.mainId = alert.id;
    this.until = steady() + ms;
    if (steady() - this.chimedAt >= CHIME_MS && !this.alarmId) {
      this.chimedAt = steady();
      this.sound.chime();
    }
  }

  lookForAlarm() {
    const open = this.openAlarms()[0];
    if (open) {
      this.alarmId = open.id;
      this.alarmUntil = 0;
      this.sound.ring();
    } else if (this.alarmId && !this.alarmUntil) {
      this.alarmUntil = steady() + ANSWERED_MS;
      this.sound.quiet();
    }
  }

  openAlarms() {
    return this.alerts.all().filter((a) => a.kind === 'alarm' && !isClosed(a));
  }

  /* Once a second. */
  tick() {
    const time = steady();
    const over = this.mainId && (time >= this.until || !this.main);
    const ended = this.alarmId && this.alarmUntil && time >= this.alarmUntil;
    if (over)
      this.mainId = '';
    if (ended)
      this.alarmId = '';
    if (over || ended)
      this.onChange();
  }

  /* Other alerts of the last minutes, newest first. */
  before() {
    const since = now() - BEFORE_MS;
    return this.alerts.all().filter((alert) => alert.id !== this.mainId &&
      takesOver(alert) && startOf(alert) > since);
  }

  /* What cool-down has folded into the alert on show, for its pictures and times. */
  async readMerged() {
    const main = this.main;
    if (!main || !main.merged || !main.event || !main.event.camera)
      return;
    if (this.merged.id === main.id && this.merged.count === main.merged)
      return;
    this.merged = { id: main.id, count: main.merged, events: [] };
    try {
      const events = await api.events({ camera: main.event.camera,
        from: main.event.start, limit: 5 });
      if (this.merged.id === main.id)
        this.merged.events = events.filter((event) => event.id !== main.event.id);
      this.onChange();
    } catch (error) {
      this.merged.id = ''; /* asked again with the next note; the count is shown anyway */
    }
  }
}
