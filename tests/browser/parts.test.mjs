/* The parts of the pages that need no browser. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fragmentStart, videoTrack } from '../../daemon/web/ui/js/boxes.js';
import { Deframer, FRAGMENT, NOTE, readInit, readNote } from '../../daemon/web/ui/js/wire.js';
import { api } from '../../daemon/web/ui/js/api.js';
import { Alerts, answerWords, peopleTold } from '../../daemon/web/ui/js/alerts.js';
import { treeOf, within } from '../../daemon/web/ui/js/cameras.js';
import { stroke } from '../../daemon/web/ui/js/sound.js';
import * as times from '../../daemon/web/ui/js/times.js';
import { makeClip, moved } from './mock-media.mjs';
import { frame } from './mock-village.mjs';

function deframe(bytes, step) {
  const found = [], deframer = new Deframer((message) => found.push(message));
  for (let at = 0; at < bytes.length; at += step)
    deframer.push(new Uint8Array(bytes.subarray(at, at + step)));
  return found;
}

test('messages are whole, however the network cut them', () => {
  const bytes = Buffer.concat([
    frame('NOTE', 0, 0, 1000, Buffer.from('{"type":"hello"}')),
    frame('PING', 0, 0, 2000, Buffer.alloc(0)),
    frame('FRAGMENT', 3, 7, 1795300338123.456, Buffer.alloc(70000, 5))]);
  for (const step of [1, 15, 16, 17, 4096, bytes.length]) {
    const [note, ping, fragment] = deframe(bytes, step);
    assert.equal(note.kind, NOTE);
    assert.deepEqual(readNote(note.body), { type: 'hello' });
    assert.equal(ping.body.length, 0);
    assert.equal(fragment.kind, FRAGMENT);
    assert.equal(fragment.flags, 3);
    assert.equal(fragment.channel, 7);
    assert.ok(Math.abs(fragment.time - 1795300338123.456) < 0.001);
    assert.equal(fragment.body.length, 70000);
    assert.equal(fragment.body[69999], 5);
  }
});

test('a message that is longer than any fragment ends the stream', () => {
  const head = frame('FRAGMENT', 0, 0, 0, Buffer.alloc(0));
  head.writeUInt32LE(17 * 1024 * 1024, 0);
  assert.throws(() => deframe(head, 16), /a message of/);
});

test('an init says its codecs, also when it is cut short', () => {
  const init = readInit(new Uint8Array([4, 97, 118, 99, 49, 1, 2]));
  assert.equal(init.codecs, 'avc1');
  assert.deepEqual(Array.from(init.bytes), [1, 2]);
  assert.equal(readInit(new Uint8Array(0)).codecs, '');
  assert.equal(readInit(new Uint8Array([200, 97])).codecs, 'a');
});

test('a fragment is found on the clock of its run, whatever the clock shows', () => {
  const clip = makeClip({});
  const track = videoTrack(new Uint8Array(clip.init));
  assert.equal(track.timescale, clip.timescale);
  for (const start of [0, 20, 86400 * 30]) {
    const bytes = moved(clip.fragments[0].bytes, start * clip.timescale);
    assert.equal(fragmentStart(new Uint8Array(bytes), track), start);
  }
});

test('bytes that are no MP4 are no track and no time', () => {
  const junk = new Uint8Array(1000).map((_, n) => (n * 7919) & 255);
  assert.equal(videoTrack(junk), null);
  assert.equal(fragmentStart(junk, { track: 1, timescale: 90000 }), 0);
  assert.equal(fragmentStart(new Uint8Array(0), null), 0);
});

test('times are those of the site, in 24 hours', () => {
  const at = Date.UTC(2026, 10, 21, 17, 4, 49);
  times.setZone('Asia/Ho_Chi_Minh');
  assert.equal(times.clockExact(at), '00:04:49');
  assert.equal(times.date(at), '22/11/2026');
  assert.equal(times.longDate(at), 'Chủ Nhật 22/11/2026');
  assert.equal(times.dayStart(at), Date.UTC(2026, 10, 21, 17));
  assert.equal(times.dayStart(at, 1), Date.UTC(2026, 10, 22, 17));
  assert.equal(times.readTime('22/11/2026 00:04:49'), at);
  assert.equal(times.writeTime(at), '22/11/2026 00:04');
});

test('a day is found in a zone that sets its clocks', () => {
  times.setZone('Europe/Berlin');
  const summer = Date.UTC(2026, 2, 29, 12); /* the day has 23 hours */
  assert.equal(times.dayStart(summer, 1) - times.dayStart(summer), 23 * 3600000);
  times.setZone('Asia/Ho_Chi_Minh');
});

test('what is no time is not taken for one', () => {
  for (const text of ['', 'hôm qua', '32/01/2026 10:00', '01/13/2026 10:00', '21/11/2026',
    '21/11/2026 10:60'])
    assert.ok(Number.isNaN(times.readTime(text)), text);
});

test('lengths are words', () => {
  assert.equal(times.span(18), '18 giây');
  assert.equal(times.span(240), '4 phút');
  assert.equal(times.span(8040), '2 giờ 14 phút');
  assert.equal(times.span(7200), '2 giờ');
  assert.equal(times.span(4 * 86400), '4 ngày');
  assert.equal(times.number(12.4, 1), '12,4');
  assert.equal(times.number(48216), '48.216');
});

test('the clock of the page is the server’s', () => {
  const asked = times.steady() - 40, answered = times.steady();
  times.setClock(5000000, asked, answered);
  assert.ok(Math.abs(times.now() - 5000020) < 50);
  times.setClock(Date.now(), answered, answered);
});

const ALERT = { id: 'a', kind: 'motion', state: 'open', raised: '2026-11-21T14:04:49.000Z',
  event: null, deliveries: [] };

test('an older state of an alert does not undo an answer', () => {
  const alerts = new Alerts();
  assert.equal(alerts.put(ALERT), true);
  assert.equal(alerts.put({ ...ALERT, state: 'acknowledged', answered_by: 'A' }), false);
  alerts.put(ALERT);
  assert.equal(alerts.get('a').state, 'acknowledged');
});

test('a list that was asked for before a note does not undo the note', () => {
  const alerts = new Alerts(), asked = times.steady() - 1000;
  alerts.put(ALERT);
  alerts.fill([{ ...ALERT, id: 'b' }], asked);
  assert.deepEqual(alerts.all().map((alert) => alert.id), ['b', 'a']);
  alerts.put({ ...ALERT, state: 'acknowledged' });
  alerts.fill([ALERT], asked);
  assert.equal(alerts.get('a').state, 'acknowledged');
  alerts.fill([], times.steady() + 1);
  assert.deepEqual(alerts.all(), []);
});

test('alerts are newest first and not without end', () => {
  const alerts = new Alerts();
  for (let n = 0; n < 600; n++)
    alerts.put({ ...ALERT, id: 'n' + n, raised: new Date(n * 1000).toISOString() });
  assert.equal(alerts.all()[0].id, 'n599');
  assert.equal(alerts.all().length, 500);
});

test('an answer is one sentence', () => {
  const words = (more) => answerWords({ ...ALERT, ...more });
  assert.equal(words({}), 'Chưa có ai tiếp nhận');
  assert.equal(words({ state: 'acknowledged', answered_by: 'Trưởng thôn Đông' }),
    'Trưởng thôn Đông đã tiếp nhận');
  assert.equal(words({ state: 'resolved', closed_by: 'Trực ban xã' }),
    'Trực ban xã đã xử lý xong');
  assert.equal(words({ state: 'false', answer_note: 'Mưa, gió, cây lay động' }),
    'Báo động giả: mưa, gió, cây lay động');
});

test('people are counted once, screens not', () => {
  const to = (recipient, state) => ({ recipient, state });
  assert.equal(peopleTold({ deliveries: [to('person:a', 'delivered'),
    to('person:a', 'delivered'), to('person:b', 'waiting'), to('screen:c', 'delivered')] }), 1);
});

test('areas are a tree, also where the upper part may not be seen', () => {
  const areas = [{ id: 'thon', within: 'xa' }, { id: 'xom', within: 'thon' },
    { id: 'doai', within: 'xa' }];
  assert.deepEqual(treeOf(areas).map((row) => [row.area.id, row.depth]),
    [['thon', 0], ['xom', 1], ['doai', 0]]);
  assert.deepEqual(within(areas, 'thon'), ['thon', 'xom']);
});

test('a stroke of the gong is loud at once and fades', () => {
  const kind = { base: 520, gains: [1, 0.75], attack_s: 0.001, noise: 0.35, noise_s: 0.012,
    tau_s: 0.9, length_s: 3, peak_db: -6 };
  const samples = stroke(kind, 8000);
  const peak = (from, to) => samples.slice(from, to).reduce((m, s) => Math.max(m, Math.abs(s)), 0);
  assert.ok(Math.abs(peak(0, samples.length) - 0.501) < 0.01);
  assert.ok(peak(0, 800) > 5 * peak(22000, 24000));
  assert.equal(Math.abs(samples[0]), 0);
});

test('a sentence of the server stands alone on a page', async () => {
  const fetchBefore = globalThis.fetch;
  const told = async (status, text) => {
    globalThis.fetch = async () => ({ ok: false, status, text: async () => text });
    return api.alert('01J').then(() => '', (error) => error.message);
  };
  const error = (message) => JSON.stringify({ error: { code: 'x', message } });
  try {
    assert.equal(await told(409, error('đã có người trả lời trước')),
      'Đã có người trả lời trước.');
    assert.equal(await told(422, error('Sai. ')), 'Sai.');
    assert.equal(await told(500, ''), 'Máy chủ báo lỗi 500.');
  } finally {
    globalThis.fetch = fetchBefore;
  }
});
