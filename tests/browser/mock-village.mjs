/*
 * What the mock server knows: a hamlet with cameras that send, can fall silent, begin new
 * runs and change their picture, and with alerts that can be raised and answered.
 */
import { makeClip, makePicture, moved } from './mock-media.mjs';

const KINDS = { INIT: 1, FRAGMENT: 2, JPEG: 3, NOTE: 4, PING: 5, DEBUG: 6 };
const TICK_MS = 40;

/* One frame of docs/live-stream.md. */
export function frame(kind, flags, channel, time_ms, body) {
  const head = Buffer.alloc(16), us = BigInt(Math.round(time_ms * 1000));
  head.writeUInt32LE(body.length, 0);
  head[4] = KINDS[kind];
  head[5] = flags;
  head.writeUInt16LE(channel, 6);
  head.writeBigUInt64LE(us, 8);
  return Buffer.concat([head, body]);
}

export function note(object) {
  return frame('NOTE', 0, 0, Date.now(), Buffer.from(JSON.stringify(object)));
}

/* Sends its clip for ever, paced as a camera does; time goes on through a run. */
export class MockCamera {
  constructor(facts, still) {
    this.still = still;
    this.clip = makeClip({ still });
    this.picture = makePicture({ still });
    this.followers = new Set();
    this.silent = false;
    this.spoil = null;        /* (bytes) => bytes: what is sent is not what was made */
    this.facts = { has_sub: true, motion: true, audio: false, state: 'recording',
      since: new Date(Date.now() - 3600000).toISOString(), reason_code: '', reason: '',
      last_frame: new Date().toISOString(), reconnects: 0, lost_packets: 0, damaged_frames: 0,
      main: { transport: 'tcp', codec: 'h264', codecs: 'avc1.4d0028', width: 1920, height: 1080, fps: 15,
        bits_per_s: 2000000, gop_s: 2, audio: '' },
      sub: { transport: 'tcp', codec: 'h264', codecs: this.clip.codecs, width: 640, height: 360, fps: 15,
        bits_per_s: 400000, gop_s: 2, audio: '' }, days: 12.4, ...facts };
    this.beginRun();
  }

  get id() {
    return this.facts.id;
  }

  beginRun(clip = this.clip) {
    this.clip = clip;
    this.loop = 0;
    this.at = 0;
    this.due = Date.now() + Math.random() * 500; /* cameras are not in step */
    this.ring = [];
    this.tell({ kind: 'INIT' });
  }

  init() {
    const codecs = Buffer.from(this.clip.codecs);
    return Buffer.concat([Buffer.from([codecs.length]), codecs, this.clip.init]);
  }

  tell(message) {
    this.followers.forEach((follow) => follow(message));
  }

  /* Called often: what is due is sent. */
  tick() {
    while (Date.now() >= this.due) {
      const from = this.clip.fragments[this.at];
      const base = this.loop * 20 * this.clip.timescale;
      const message = { kind: 'FRAGMENT', keyframe: from.keyframe, time: this.due -
        from.duration_s * 1000, bytes: moved(from.bytes, base + from.dts) };
      this.due += from.duration_s * 1000;
      this.at = (this.at + 1) % this.clip.fragments.length;
      this.loop += this.at === 0 ? 1 : 0;
      if (this.silent)
        continue;
      if (this.spoil)
        message.bytes = this.spoil(message.bytes);
      if (message.keyframe)
        this.ring = [];
      this.ring.push(message);
      this.tell(message);
    }
  }
}

let serial = 0;

function newId(at_ms) {
  return '01J' + at_ms.toString(36).toUpperCase().padStart(10, '0') +
    String(++serial).padStart(13, '0');
}

export class Village {
  /* `cameras`: [{id, name, area, ...}], `stills`: one for each, by id. */
  constructor({ cameras, stills = {}, areas, site }) {
    this.cameras = cameras.map((facts, n) => new MockCamera(facts, stills[facts.id] ||
      ['0x405040', '0x404858', '0x584840', '0x485040'][n % 4]));
    this.areas = areas;
    this.site = site;
    this.events = [];
    this.alerts = [];
    this.pictures = {};       /* event: picture */
    this.gaps = [];           /* {camera, from_ms, to_ms, cause, ended, ended_by} */
    this.listeners = new Set();
    this.asked = [];          /* POSTs, for the tests */
    this.timer = setInterval(() => this.cameras.forEach((c) => c.tick()), TICK_MS);
  }

  close() {
    clearInterval(this.timer);
  }

  camera(id) {
    return this.cameras.find((camera) => camera.id === id) || null;
  }

  tell(object) {
    this.listeners.forEach((listener) => listener(object));
  }

  setState(id, state, reason_code = '', reason = '', since_ms = Date.now()) {
    const camera = this.camera(id);
    Object.assign(camera.facts, { state, reason_code, reason,
      since: new Date(since_ms).toISOString() });
    camera.silent = !['recording', 'frozen', 'covered'].includes(state);
    this.tell({ type: 'camera', camera: camera.facts });
  }

  areaName(id) {
    return this.areas.find((area) => area.id === id).name;
  }

  addEvent({ kind = 'motion', camera = null, area, at_ms = Date.now(), length_s = 8,
    note: words = null, by = null, picture = null }) {
    const facts = camera ? this.camera(camera).facts : null, id = newId(at_ms);
    const event = { id, kind, camera, camera_name: facts ? facts.name : null,
      area: facts ? facts.area : area, area_name: this.areaName(facts ? facts.area : area),
      start: new Date(at_ms).toISOString(),
      end: length_s ? new Date(at_ms + length_s * 1000).toISOString() : null, score: 62,
      box: [0.41, 0.3, 0.55, 0.8], zone: null,
      snapshot: camera && kind !== 'health' ? '/api/events/' + id + '/snapshot.jpg' : null,
      note: words, by };
    this.pictures[id] = picture || (camera ? this.camera(camera).picture : null);
    this.events.unshift(event);
    this.events.sort((a, b) => Date.parse(b.start) - Date.parse(a.start));
    return event;
  }

  /* An event and its alert; `more` overrides the alert's fields. */
  raise(given, more = {}) {
    const event = this.addEvent({ length_s: 0, ...given });
    const alert = { id: newId(Date.parse(event.start)), kind: event.kind, state: 'open',
      raised: event.start, event, merged: 0, camera_names: [], rank: 1,
      escalates: new Date(Date.now() + 288000).toISOString(), answered_by: null,
      answered: null, answer_note: null, closed_by: null, closed: null, deliveries: [
        { recipient: 'screen:nha-van-hoa-dong', name: 'Nhà văn hóa thôn Đông', channel: 'page',
          state: 'waiting', at: event.start },
        { recipient: 'person:truong-thon-dong', name: 'Trưởng thôn Đông', channel: 'page',
          state: 'delivered', at: event.start }], ...more };
    this.alerts.unshift(alert);
    this.alerts.sort((a, b) => Date.parse(b.raised) - Date.parse(a.raised));
    this.tell({ type: 'alert', alert, new: true });
    return alert;
  }

  change(alert, fields) {
    Object.assign(alert, fields);
    this.tell({ type: 'alert', alert, new: false });
  }

  /* The first to acknowledge owns it; null: somebody was first. */
  answer(alert, answer, who, words) {
    const time = new Date().toISOString();
    if (answer === 'acknowledge' ? alert.state !== 'open' :
      ['resolved', 'false'].includes(alert.state))
      return null;
    if (answer === 'acknowledge')
      this.change(alert, { state: 'acknowledged', answered_by: who, answered: time });
    else
      this.change(alert, { state: answer === 'resolve' ? 'resolved' : 'false', closed_by: who,
        closed: time, answer_note: words || alert.answer_note });
    return alert;
  }

  /* Stretches that tile from..to, the future left out. */
  recordings(camera, from_ms, to_ms) {
    const end = Math.min(to_ms, Date.now()), found = [];
    const iso = (ms) => new Date(ms).toISOString();
    let at = from_ms;
    const gaps = this.gaps.filter((gap) => gap.camera === camera && gap.to_ms > from_ms &&
      gap.from_ms < end).sort((a, b) => a.from_ms - b.from_ms);
    for (const gap of gaps) {
      if (gap.from_ms > at)
        found.push({ kind: 'recording', from: iso(at), to: iso(gap.from_ms),
          clock_trusted: true });
      found.push({ kind: 'gap', from: iso(Math.max(at, gap.from_ms)),
        to: iso(Math.min(end, gap.to_ms)), cause: gap.cause, detail: '', ended: gap.ended || null,
        ended_by: gap.ended_by || '' });
      at = Math.min(end, gap.to_ms);
    }
    if (at < end)
      found.push({ kind: 'recording', from: iso(at), to: iso(end), clock_trusted: true });
    return found;
  }

  recorded(camera, ms) {
    return ms < Date.now() && !this.gaps.some((gap) => gap.camera === camera &&
      ms >= gap.from_ms && ms < gap.to_ms);
  }
}
