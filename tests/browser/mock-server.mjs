/*
 * A small server that answers as docs/http.md and docs/live-stream.md say, for tests of the
 * pages alone. `node mock-server.mjs [port] [folder of stills]` runs one to look at.
 */
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { makeDownload, makeSegment } from './mock-media.mjs';
import { Village, frame, note } from './mock-village.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const ui = join(here, '../../daemon/web/ui');
const PAGES = { '/': 'index', '/enter': 'enter', '/screen': 'screen', '/phone': 'phone',
  '/console': 'console' };
const TYPES = { html: 'text/html; charset=utf-8', css: 'text/css', js: 'text/javascript',
  svg: 'image/svg+xml' };
const CSP = "default-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:";
const PATH = [[0.2, 0.9, 0], [0.35, 0.85, 1200], [0.5, 0.8, 2600]]; /* of every event */
const MINUTES = 100000000; /* segment number: camera * MINUTES + minute */
const MAX_WAITING_MS = 1000; /* what is written for a reader and not taken */

/* What a page lets pass before it does something is shorter here: the same code, and nobody
 * waits. A time that a script no longer has is an error. */
const SHORTER = {
  'js/screen.js': [['TURN_MS = 20000', 'TURN_MS = 3000'], ['REFUSED_MS = 30000', 'REFUSED_MS = 3000']],
  'js/live.js': [['HIDDEN_MS = 10000', 'HIDDEN_MS = 1500']],
};

function shorter(name, bytes) {
  if (!SHORTER[name])
    return bytes;
  return SHORTER[name].reduce((text, [as_is, here]) => {
    if (!text.includes(as_is))
      throw new Error(name + ' has no ' + as_is);
    return text.replace(as_is, here);
  }, bytes.toString());
}

/* Token: who comes with it. */
const VIEW = ['view', 'answer'];
const PEOPLE = {
  screen: { name: 'Nhà văn hóa thôn Đông', role: 'screen', person: null,
    screen: 'nha-van-hoa-dong', areas: ['thon-dong'], may: ['view'] },
  phone: { name: 'Trưởng thôn Đông', role: 'official', person: 'truong-thon-dong',
    screen: null, areas: ['thon-dong'], may: [...VIEW, 'raise'],
    quiet: [{ of: null, from: '22:00', to: '05:00', days: [0, 1, 2, 3, 4] },
      { of: 'Thôn Đông', from: '23:00', to: '04:00', days: [] }] },
  admin: { name: 'Quản trị viên', role: 'admin', screen: null,
    areas: ['dong-xanh'], may: [...VIEW, 'raise', 'playback', 'manage', 'debug'] },
  console: { name: 'Trực ban xã', role: 'staff', person: 'truc-ban-xa', screen: null,
    areas: ['dong-xanh'], may: [...VIEW, 'raise', 'playback', 'export'] },
  'other-screen': { name: 'Nhà văn hóa thôn Đoài', role: 'screen', person: null,
    screen: 'nha-van-hoa-doai', areas: ['thon-doai'], may: ['view'] },
};

export class MockServer {
  constructor(village) {
    this.village = village;
    this.revoked = new Set();
    this.layout = 'auto';
    this.shapes = {};         /* zones and masks, by camera */
    this.paths = {};          /* {path, end} by event, where it is another */
    this.mutes = [];          /* {id, person, area, until} */
    this.silentSince = 0;     /* hung: connections stay, nothing is answered */
    this.sockets = new Set();
    this.streams = new Set();
    this.skipped = 0;         /* fragments that slow readers have lost */
  }

  listen(port = 0) {
    this.server = createServer((request, answer) => this.handle(request, answer));
    this.server.on('connection', (socket) => {
      this.sockets.add(socket);
      socket.on('close', () => this.sockets.delete(socket));
    });
    return new Promise((done) => this.server.listen(port, '127.0.0.1', () => {
      this.port = this.server.address().port;
      this.url = 'http://127.0.0.1:' + this.port;
      done(this);
    }));
  }

  /* As a server whose power was cut; listen(port) brings it back. */
  stop() {
    this.sockets.forEach((socket) => socket.destroy());
    return new Promise((done) => this.server.close(() => done()));
  }

  revoke(token) {
    this.revoked.add(token);
    this.streams.forEach((stream) => {
      if (stream.token !== token)
        return;
      stream.answer.write(note({ type: 'revoked' }));
      stream.answer.end();
    });
  }

  handle(request, answer) {
    const url = new URL(request.url, 'http://mock');
    let body = '';
    request.on('data', (piece) => { body += piece; });
    request.on('end', () => {
      try {
        this.dispatch(request, answer, url, body ? JSON.parse(body) : {});
      } catch (error) {
        this.fail(answer, 500, 'mock', String(error.stack));
      }
    });
  }

  json(answer, status, found) {
    answer.writeHead(status, { 'Content-Type': 'application/json',
      'Cache-Control': 'no-store' });
    answer.end(JSON.stringify(found));
  }

  fail(answer, status, code, message, more = {}) {
    this.json(answer, status, { error: { code, message }, ...more });
  }

  bytes(answer, type, found) {
    answer.writeHead(200, { 'Content-Type': type, 'Content-Length': found.length });
    answer.end(found);
  }

  dispatch(request, answer, url, body) {
    const path = url.pathname;
    if (path in PAGES || path.startsWith('/ui/'))
      return this.file(answer, path);
    if (path === '/sw.js')
      return this.file(answer, '/ui/sw.js');
    if (path === '/api/session')
      return this.session(request, answer, body);
    const token = ((request.headers.cookie || '').match(/kengd=([\w-]+)/) || [])[1];
    const who = this.revoked.has(token) ? null : PEOPLE[token];
    if (!who)
      return this.fail(answer, 401, 'unauthorized', 'Chưa có quyền');
    if (request.method === 'POST')
      this.village.asked.push({ path, body, token });
    return this.api(request, answer, url, body, who, token);
  }

  file(answer, path) {
    const name = PAGES[path] ? PAGES[path] + '.html' : normalize(path.slice(4));
    const file = join(ui, name);
    if (!existsSync(file) || name.startsWith('..'))
      return this.fail(answer, 404, 'not_found', path);
    answer.writeHead(200, { 'Content-Type': TYPES[name.split('.').pop()],
      'Content-Security-Policy': CSP, 'Cache-Control': 'no-store' });
    return answer.end(shorter(name, readFileSync(file)));
  }

  session(request, answer, body) {
    if (request.method === 'DELETE') {
      answer.writeHead(204, { 'Set-Cookie': 'kengd=; Path=/; Max-Age=0' });
      return answer.end();
    }
    if (!PEOPLE[body.token] || this.revoked.has(body.token))
      return this.fail(answer, 401, 'unauthorized', 'sai liên kết');
    answer.writeHead(204, { 'Set-Cookie': 'kengd=' + body.token +
      '; Path=/; HttpOnly; SameSite=Strict' });
    return answer.end();
  }

  mine(who) {
    const all = who.areas.includes('dong-xanh');
    return this.village.cameras.filter((c) => all || who.areas.includes(c.facts.area));
  }

  api(request, answer, url, body, who, token) {
    const path = url.pathname, village = this.village, cameras = this.mine(who);
    const ids = cameras.map((camera) => camera.id), asked = url.searchParams;
    const mine = (event) => event.camera ? ids.includes(event.camera) :
      who.areas.includes('dong-xanh') || who.areas.includes(event.area);
    if (path === '/api/site')
      return this.json(answer, 200, this.site(who, cameras));
    if (path === '/api/exports')
      return this.json(answer, 200, { exports: this.village.exports || [] });
    if (path === '/api/export-key')
      return this.json(answer, 200, { sha256: 'ab'.repeat(32), pem: '' });
    if (path === '/api/areas')
      return this.json(answer, 200, { areas: village.areas.filter((area) =>
        who.areas.includes('dong-xanh') || who.areas.includes(area.id)) });
    if (path === '/api/cameras')
      return this.json(answer, 200, { cameras: cameras.map((camera) => camera.facts) });
    if (path === '/api/people')
      return this.json(answer, 200, { people: [{ id: 'truc-ban-xa', name: 'Trực ban xã', role: 'staff',
        rank: 2, phone: '0912 000 003', may_pair: false }, { id: 'to-vien', name: 'Tổ viên ANTT 1',
        role: 'official', rank: 2, phone: '+84 912 000 002', may_pair: true }] });
    if (path === '/api/mutes')
      return this.json(answer, 200, { mutes: this.mutes.filter((mute) =>
        Date.parse(mute.until) > Date.now()) });
    if (path === '/api/live')
      return this.live(request, answer, asked, ids, token);
    if (path === '/api/feed')
      return this.feed(request, answer);
    if (path === '/api/events')
      return this.json(answer, 200, { next: null, events: this.list(village.events.filter(mine), asked,
        (e) => e, (e) => e.start) });
    if (path === '/api/alerts')
      return this.json(answer, 200, { next: null, alerts: this.list(village.alerts.filter((a) =>
        mine(a.event)), asked, (a) => a.event, (a) => a.raised) });
    if (path === '/api/alarm')
      return this.json(answer, 200, village.raise({ kind: 'alarm', camera: body.camera || null,
        area: body.area, by: who.name, note: body.note || null }));
    const part = path.split('/').map(decodeURIComponent);
    if (part[2] === 'cameras' && ids.includes(part[3]))
      return this.ofCamera(answer, part, asked);
    if (part[2] === 'events')
      return this.ofEvent(answer, part);
    if (part[2] === 'alerts')
      return this.ofAlert(answer, part, body, who);
    if (part[2] === 'segments')
      return this.segment(request, answer, +part[3].replace('.mp4', ''));
    return this.fail(answer, 404, 'not_found', path);
  }

  site(who, cameras) {
    const site = this.village.site, facts = cameras.map((camera) => camera.facts);
    return { language: 'vi', time_zone: 'Asia/Ho_Chi_Minh', version: '0.1.0', ...site,
      now: new Date().toISOString(), me: who, screen: who.screen ? { id: who.screen,
        name: who.name, layout: this.layout } : null,
      health: { recording: facts.filter((f) => f.state === 'recording').length,
        cameras: facts.length, disk: { ok: true, why: '', free_bytes: 1, size_bytes: 2,
          days: 12.4 }, clock_trusted: true, ...site.health } };
  }

  list(all, asked, eventOf, timeOf) {
    const ms = (name, none) => asked.get(name) ? Date.parse(asked.get(name)) : none;
    return all.filter((one) => {
      const event = eventOf(one), at = Date.parse(timeOf(one));
      return at >= ms('from', 0) && at < ms('to', Infinity) && at < ms('before', Infinity) &&
        (!asked.get('camera') || event.camera === asked.get('camera')) &&
        (!asked.get('area') || asked.get('area') === 'dong-xanh' ||
          event.area === asked.get('area')) &&
        (!asked.get('open') || ['open', 'acknowledged'].includes(one.state));
    }).slice(0, +(asked.get('limit') || 100));
  }

  ofCamera(answer, part, asked) {
    const camera = this.village.camera(part[3]);
    const from = Date.parse(asked.get('from')), to = Date.parse(asked.get('to'));
    if (!part[4])
      return this.json(answer, 200, Object.assign({}, camera.facts, this.shapes[camera.id]));
    if (part[4] === 'latest.jpg')
      return this.bytes(answer, 'image/jpeg', camera.picture);
    if (part[4] === 'recordings')
      return this.json(answer, 200, { camera: camera.id, from: asked.get('from'),
        to: asked.get('to'), stretches: this.village.recordings(camera.id, from, to) });
    if (part[4] === 'activity')
      return this.json(answer, 200, this.activity(camera, from, to, asked));
    if (part[4] === 'fragments')
      return this.json(answer, 200, { runs: this.runs(camera, from, to) });
    return this.fail(answer, 404, 'not_found', part.join('/'));
  }

  /* Motion as the village was told of it: {camera, at_ms, length_s, box}. */
  activity(camera, from, to, asked) {
    const bin_s = +(asked.get('bin') || 300), bins = [];
    const box = asked.get('box') ? asked.get('box').split(',').map(Number) : null;
    for (let at = from; at < to; at += bin_s * 1000)
      bins.push(0);
    const found = (this.village.motions || []).filter((m) => m.camera === camera.id &&
      m.at_ms >= from && m.at_ms < to && (!box || (m.box[0] < box[2] && m.box[2] > box[0] &&
        m.box[1] < box[3] && m.box[3] > box[1])));
    found.forEach((m) => { bins[Math.floor((m.at_ms - from) / 1000 / bin_s)] += m.length_s; });
    const iso = (ms) => new Date(ms).toISOString();
    return { camera: camera.id, from: iso(from), to: iso(to), box, bin_s, bins, more: false,
      stretches: found.map((m) => ({ from: iso(m.at_ms), to: iso(m.at_ms + m.length_s * 1000),
        peak: iso(m.at_ms + 1000), cells: 4 })) };
  }

  runs(camera, from, to) {
    const index = this.village.cameras.indexOf(camera), runs = [];
    for (let minute = Math.floor(from / 60000); minute * 60000 < to; minute++) {
      const url = '/api/segments/' + (index * MINUTES + minute) + '.mp4';
      const fragments = makeSegment(camera.clip, minute).rows
        .filter((row) => row.from_ms >= from && row.from_ms < to &&
          this.village.recorded(camera.id, row.from_ms))
        .map((row) => ({ url, at: row.at, size: row.size, dts: row.dts,
          from: new Date(row.from_ms).toISOString(), duration: row.duration,
          keyframe: row.keyframe }));
      if (fragments.length)
        runs.push({ codecs: camera.clip.codecs, timescale: camera.clip.timescale,
          init: { url, at: 0, size: camera.clip.init.length }, fragments });
    }
    return runs;
  }

  segment(request, answer, number) {
    const camera = this.village.cameras[Math.floor(number / MINUTES)];
    const bytes = makeSegment(camera.clip, number % MINUTES).bytes;
    const range = /bytes=(\d+)-(\d+)/.exec(request.headers.range || '');
    if (!range)
      return this.bytes(answer, 'video/mp4', bytes);
    answer.writeHead(206, { 'Content-Type': 'video/mp4', 'Content-Range': 'bytes ' + range[1] +
      '-' + range[2] + '/' + bytes.length });
    return answer.end(bytes.subarray(+range[1], +range[2] + 1));
  }

  ofEvent(answer, part) {
    const event = this.village.events.find((one) => one.id === part[3]);
    if (!event)
      return this.fail(answer, 404, 'not_found', 'event');
    if (part[4] === 'snapshot.jpg' && this.village.pictures[event.id])
      return this.bytes(answer, 'image/jpeg', this.village.pictures[event.id]);
    if (part[4] === 'clip.mp4' && event.camera)
      return this.bytes(answer, 'video/mp4',
        makeDownload(this.village.camera(event.camera).clip, 18));
    return part[4] ? this.fail(answer, 404, 'not_found', 'event') :
      this.json(answer, 200, Object.assign({ path: PATH }, event, this.paths[event.id]));
  }

  ofAlert(answer, part, body, who) {
    const alert = this.village.alerts.find((one) => one.id === part[3]);
    if (!alert)
      return this.fail(answer, 404, 'not_found', 'alert');
    if (!part[4])
      return this.json(answer, 200, alert);
    if (part[4] === 'delivered')
      return this.json(answer, 200, {});
    if (!who.may.includes('answer'))
      return this.fail(answer, 404, 'not_found', 'alert');
    return this.village.answer(alert, part[4], who.name, body.note) ?
      this.json(answer, 200, alert) :
      this.fail(answer, 409, 'answered', 'Đã có người trả lời trước', { alert });
  }

  feed(request, answer) {
    answer.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' });
    answer.write(': well\n\n');
    const tell = (object) => answer.write('event: ' + object.type + '\ndata: ' +
      JSON.stringify(object) + '\n\n');
    this.village.listeners.add(tell);
    answer.on('close', () => this.village.listeners.delete(tell));
  }

  live(request, answer, asked, ids, token) {
    const wanted = asked.get('cameras').split(',').filter((one) => one)
      .map((one) => one.split('!'));
    const stream = { token, answer };
    const seen = wanted.map((one) => ids.includes(one[0]) ? this.village.camera(one[0]) : null);
    const tell = (object) => answer.write(note(object));
    const ping = setInterval(() => answer.write(frame('PING', 0, 0, Date.now(),
      Buffer.alloc(0))), 2000);
    const stops = [() => clearInterval(ping), () => this.village.listeners.delete(tell),
      () => this.streams.delete(stream)];
    answer.writeHead(200, { 'Content-Type': 'application/octet-stream',
      'Cache-Control': 'no-store, no-transform' });
    tell({ type: 'hello', now: new Date().toISOString(),
      cameras: seen.map((camera) => camera && camera.facts) });
    this.village.listeners.add(tell);
    this.streams.add(stream);
    seen.forEach((camera, channel) => {
      if (camera)
        stops.push(wanted[channel][1] === 'debug' ? this.debug(answer, channel) :
          wanted[channel][1] === 'jpeg' ? this.stills(answer, camera, channel) :
          this.follow(answer, camera, channel));
    });
    answer.on('close', () => stops.forEach((stop) => stop()));
  }

  stills(answer, camera, channel) {
    const send = () => {
      if (!camera.silent)
        answer.write(frame('JPEG', 0, channel, Date.now(), camera.picture));
    };
    const timer = setInterval(send, 2000);
    send();
    return () => clearInterval(timer);
  }

  /* 16 x 9 cells of 200 over a background of 100; two trails; include/wire/debug_link.h. */
  debug(answer, channel) {
    const cells = 16 * 9, marks = Buffer.alloc(cells / 4);
    [[4, 4, 2], [5, 4, 1], [0, 0, 3]].forEach(([x, y, mark]) => {
      marks[(y * 16 + x) >> 2] |= mark << 2 * ((y * 16 + x) & 3);
    });
    const trail = (id, waits, box) => Buffer.from([id, 0, 0, 0, ...box, 1, waits, 9, 0, 1, 0, 128, 0, 128]);
    const body = Buffer.concat([Buffer.from([16, 9, 1, 2, 0xe8, 3, 20, 0, 0, 0, 1, 0]), Buffer.alloc(cells, 200),
      Buffer.alloc(cells, 100), marks, trail(7, 0, [3, 3, 6, 6]), trail(8, 2, [9, 6, 10, 7])]);
    const timer = setInterval(() => answer.write(frame('DEBUG', 0, channel, Date.now() - 2000, body)), 200);
    return () => clearInterval(timer);
  }

  waits(answer) {
    if (!answer.writableNeedDrain)
      answer.waitsSince = 0;
    else if (!answer.waitsSince)
      answer.waitsSince = Date.now();
    return answer.waitsSince > 0 && Date.now() - answer.waitsSince > MAX_WAITING_MS;
  }

  /* A slow reader loses whole fragments up to the next keyframe. */
  follow(answer, camera, channel) {
    let skipping = false;
    const send = (message) => {
      if (message.kind === 'INIT') {
        answer.write(frame('INIT', 0, channel, Date.now(), camera.init()));
        return;
      }
      const skipped = skipping;
      skipping = (skipping && !message.keyframe) || this.waits(answer);
      this.skipped += skipping ? 1 : 0;
      if (skipping)
        return;
      answer.write(frame('FRAGMENT', (message.keyframe ? 1 : 0) | (skipped ? 2 : 0), channel,
        message.time, message.bytes));
    };
    send({ kind: 'INIT' });
    camera.ring.forEach(send);
    camera.followers.add(send);
    return () => camera.followers.delete(send);
  }
}

export const AREAS = [
  { id: 'dong-xanh', name: 'Xã Đồng Xanh', within: null },
  { id: 'thon-dong', name: 'Thôn Đông', within: 'dong-xanh' },
  { id: 'thon-doai', name: 'Thôn Đoài', within: 'dong-xanh' },
];

const NAMES = [['cong-lang', 'Cổng làng'], ['gieng-dinh', 'Ngã ba Giếng Đình'],
  ['dau-ngo-3', 'Đầu ngõ 3'], ['nvh-san', 'Nhà văn hóa – sân'], ['kenh-n5', 'Cầu kênh N5'],
  ['cuoi-ngo-3', 'Cuối ngõ 3'], ['tram-bom', 'Trạm bơm'],
  ['truong', 'Trường tiểu học – cổng'], ['duong-de', 'Đường đê km 2']];

/* `count` cameras in Thôn Đông and one in Thôn Đoài. */
export function makeVillage(count = 4, stills = null) {
  const cameras = NAMES.slice(0, count).map(([id, name]) => ({ id, name, area: 'thon-dong',
    area_name: 'Thôn Đông' }));
  cameras.push({ id: 'cho-bac', name: 'Chợ – cổng bắc', area: 'thon-doai',
    area_name: 'Thôn Đoài' });
  const pictures = {};
  cameras.forEach(({ id }) => ['-dem-yen', '-dem', ''].forEach((end) => {
    const file = stills && join(stills, id + end + '.jpg');
    if (file && existsSync(file) && !pictures[id])
      pictures[id] = file;
  }));
  return new Village({ cameras, stills: pictures, areas: AREAS,
    site: { name: 'Xã Đồng Xanh' } });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const server = new MockServer(makeVillage(9, process.argv[3]));
  await server.listen(+(process.argv[2] || 8090));
  ['screen', 'phone', 'console'].forEach((who) =>
    process.stdout.write(server.url + '/enter#' + who + '\n'));
}
