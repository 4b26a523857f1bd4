/* The commune's desk: overview, health, events, and playback of any moment. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { becomes, closePage, layoutFaults, launch, openPage, shows, tiles, tilesAre,
  until } from './browser.mjs';
import { MockServer, makeVillage } from './mock-server.mjs';

let browser, village, server;
const size = { viewport: { width: 1366, height: 768 } };
const MINUTE = 60000;
const iso = (ms) => new Date(ms).toISOString();

before(async () => {
  browser = await launch();
  village = makeVillage(4);
  server = await new MockServer(village).listen();
});

beforeEach(() => {
  village.alerts.length = village.events.length = village.asked.length = 0;
  village.gaps.length = 0;
});

after(async () => {
  await browser.close();
  await server.stop();
  village.close();
});

async function desk(way = '', more = {}) {
  const page = await openPage(browser, server.url, 'console', '/console' + way,
    { ...size, ...more });
  await page.waitForSelector('.shell h1');
  return page;
}

const at = (page) => page.evaluate(() => window.kengd.player.at);

/* The moment on show goes on from about there. */
async function plays(page, from, timeout = 10000) {
  await until(async () => Math.abs(await at(page) - from) < 4000 &&
    await page.evaluate(() => document.querySelector('video').readyState >= 2), timeout);
  const first = await at(page);
  await until(async () => await at(page) > first + 700, timeout);
}

test('the overview shows the wall, what needs a hand, and the alerts', async () => {
  village.setState('nvh-san', 'lost', 'no_answer', 'Xem nguồn điện và dây mạng.');
  const alert = village.raise({ camera: 'cong-lang', length_s: 8 });
  const page = await desk();
  await shows(page, '.health h1', '1 camera cần xử lý');
  await shows(page, '.health', '4 trong 5 camera đang ghi hình');
  await shows(page, '.health li', /Nhà văn hóa – sân.*Mất kết nối từ/);
  await shows(page, '[data-camera="nvh-san"].lost .says', /Mất kết nối/);
  await shows(page, '.tree', '1 / 4');
  await shows(page, '.now', 'Cổng làng');
  await shows(page, '.now', /Chuyển lên cấp trên sau 4:\d\d/);
  await page.waitForSelector('[data-camera="cong-lang"].moving.live');
  await until(() => village.asked.some(({ path }) => path.endsWith('/delivered')));
  await page.click('.now .btn.main');
  await shows(page, '.river .one', 'Trực ban xã sau');
  assert.equal(alert.answered_by, 'Trực ban xã');
  village.setState('nvh-san', 'recording');
  await shows(page, '.health h1', 'Tất cả camera đều tốt');
  await closePage(page);
});

test('a false alarm asks why', async () => {
  village.raise({ camera: 'cong-lang', length_s: 8 });
  const page = await desk();
  await page.click('.now >> text=Báo động giả');
  await page.click('text=Mưa, gió, cây lay động');
  await shows(page, '.river .one', 'Báo động giả: mưa, gió, cây lay động');
  await closePage(page);
});

test('an alarm rings until somebody here takes it on, and is ended here', async () => {
  const page = await desk();
  await shows(page, '.bar .right', 'Báo yên');
  village.raise({ kind: 'alarm', camera: 'cong-lang', by: 'Trưởng thôn Đông' });
  await shows(page, '.bar .alarm', 'Báo động, Cổng làng');
  await until(() => page.evaluate(() => window.kengd.sound.ringing));
  await page.click('.now .btn.main');
  await until(() => page.evaluate(() => !window.kengd.sound.ringing));
  await page.click('text=Kết thúc báo động');
  await shows(page, '.river .one', 'Trực ban xã đã xử lý xong');
  await closePage(page);
});

test('the wall is turned, laid out anew and enlarged', async () => {
  const page = await desk();
  await page.click('.seg >> text="4"');
  await tilesAre(page, (tile) => tile.state === 'live');
  assert.equal((await tiles(page)).length, 4);
  await page.click('[aria-label="Các camera sau"]');
  await tilesAre(page, (tile) => tile.id === 'cho-bac' && tile.state === 'live');
  await page.click('.pick');
  await shows(page, '.tools h2', 'Chợ – cổng bắc');
  await page.keyboard.press('Escape');
  await shows(page, '.tools', '2 / 2');
  await page.click('.tree >> text=Thôn Đông');
  await shows(page, '.tools h2', 'Thôn Đông');
  await tilesAre(page, (tile) => tile.id !== 'cho-bac' && tile.state === 'live');
  assert.equal(server.streams.size, 1);
  await closePage(page);
});

test('every camera is in the table with its health, the worst first', async () => {
  village.setState('gieng-dinh', 'refused', 'wrong_password', 'Sửa mật khẩu trong cấu hình.');
  const page = await desk('#/cameras');
  await shows(page, 'tbody tr:first-child', 'Ngã ba Giếng Đình');
  await shows(page, 'tbody tr:first-child', /Sai mật khẩu từ.*Sửa mật khẩu trong cấu hình/);
  await shows(page, 'tbody', '1920 × 1080');
  await shows(page, 'tbody', '2,0 Mbit/s');
  assert.equal(await page.locator('tbody tr').count(), 5);
  village.setState('gieng-dinh', 'recording');
  await closePage(page);
});

test('events are found by camera, by area and by time', async () => {
  const now = Date.now();
  village.addEvent({ camera: 'cong-lang', at_ms: now - 10 * MINUTE });
  village.addEvent({ camera: 'cho-bac', at_ms: now - 20 * MINUTE });
  village.addEvent({ camera: 'cong-lang', at_ms: now - 72 * 60 * MINUTE });
  const page = await desk('#/events');
  await shows(page, '.sum', '2 sự kiện');
  await page.fill('[name="from"]', '1/1/2026 00:00');
  await page.click('.filters .btn');
  await shows(page, '.sum', '3 sự kiện');
  await page.selectOption('[name="camera"]', 'cong-lang');
  await shows(page, '.sum', '2 sự kiện');
  await page.fill('[name="to"]', 'hôm qua');
  await page.click('.filters .btn');
  await shows(page, '.filters .wrong .why', 'Ghi như 21/11/2026 14:30');
  await page.selectOption('[name="area"]', 'thon-doai');
  await shows(page, '.sum', '1 sự kiện');
  await shows(page, 'tbody', 'Chợ – cổng bắc');
  await closePage(page);
});

test('a first event comes into an empty list by the note of it', async () => {
  const page = await desk('#/events');
  await page.selectOption('[name="camera"]', 'gieng-dinh');
  await shows(page, '.sum', '0 sự kiện');
  village.raise({ camera: 'gieng-dinh', at_ms: Date.now() });
  await shows(page, '.sum', '1 sự kiện');
  await shows(page, 'tbody tr', 'Ngã ba Giếng Đình');
  await closePage(page);
});

test('the way of an event that goes on grows on the open page', async () => {
  const alert = village.raise({ camera: 'cong-lang', at_ms: Date.now() - 4000 });
  const more = [[0.2, 0.9, 0], [0.3, 0.8, 1000], [0.4, 0.8, 2000], [0.6, 0.7, 6000]];
  server.paths[alert.event.id] = { end: null };
  const page = await desk('#/events');
  await page.click('tbody tr');
  const points = (n) => becomes(page, (count) => document.querySelector('.hits .path polyline').points.length === count, n);
  await points(3);
  server.paths[alert.event.id] = { end: null, path: more };
  await points(4);
  server.paths[alert.event.id] = { end: iso(Date.now()), path: more.concat([[0.9, 0.7, 9000]]) };
  await points(5);
  await closePage(page);
});

test('an event shows its picture, its clip and the way to the recording', async () => {
  const start = Date.now() - 10 * MINUTE;
  village.raise({ camera: 'cong-lang', at_ms: start, length_s: 8 });
  const page = await desk('#/events');
  await page.click('tbody tr');
  await shows(page, '.hits h2', 'Cổng làng');
  await becomes(page, () => document.querySelector('.hits .path polyline').points.length === 3);
  await becomes(page, () => { /* it lies on the picture, and the dot where it ends */
    const over = document.querySelector('.hits .path').getBoundingClientRect();
    const image = document.querySelector('.hits .pic.own img');
    const box = image && image.getBoundingClientRect();
    const dot = document.querySelector('.hits .path span').getBoundingClientRect();
    return image && Math.abs(over.height - box.height) < 1 &&
      Math.abs(box.width / box.height - image.naturalWidth / image.naturalHeight) < 0.02 &&
      Math.abs(dot.left + dot.width / 2 - box.left - 0.5 * box.width) < 2;
  });
  await page.click('.hits .play');
  await becomes(page, () => document.querySelector('.hits video').currentTime > 0.2);
  await page.click('.hits >> text=Xem lại');
  await plays(page, start - 5000);
  await closePage(page);
});

test('a recorded moment plays, at every speed, and stands still picture by picture',
  async () => {
    const from = Date.now() - 30 * MINUTE;
    const page = await desk('#/playback/cong-lang?at=' + iso(from));
    await plays(page, from);
    for (const rate of [4, 16]) {
      await page.click('.ctrl .seg >> text="' + rate + '×"');
      const first = await at(page), began = Date.now();
      await page.waitForTimeout(2000);
      const speed = (await at(page) - first) / (Date.now() - began);
      assert.ok(speed > rate * 0.5 && speed < rate * 1.2, rate + '× is ' + speed);
    }
    await page.keyboard.press('k');
    const still = await at(page);
    await page.waitForTimeout(500);
    assert.equal(await at(page), still);
    await page.keyboard.press('.');
    await until(async () => Math.abs(await at(page) - still - 1000 / 15) < 20);
    await page.keyboard.press('j');
    await until(async () => Math.abs(await at(page) - still + 10000) < 1500);
    await closePage(page);
  });

test('a click into the day plays there, also days ago', async () => {
  const from = Date.now() - 30 * MINUTE;
  const page = await desk('#/playback/cong-lang?at=' + iso(from));
  await plays(page, from);
  await page.click('[aria-label="Ngày trước"]');
  await plays(page, from - 24 * 60 * MINUTE);
  await page.click('[aria-label="Ngày trước"]');
  await plays(page, from - 48 * 60 * MINUTE);
  const box = await page.locator('[data-strip="day"]').boundingBox();
  await page.mouse.click(box.x + box.width / 2, box.y + 30);
  await shows(page, '.ctrl .at', /^(11:5|12:0)/);
  await plays(page, await at(page));
  await page.locator('[data-strip="day"]').focus();
  const before = await at(page);
  await page.keyboard.press('PageDown');
  await until(async () => Math.abs(await at(page) - before + 10 * MINUTE) < 5000);
  await closePage(page);
});

test('a gap is hatched with its cause, and left out in playing', async () => {
  const from = Date.now() - 30 * MINUTE;
  village.gaps.push({ camera: 'cong-lang', from_ms: from + 4000, to_ms: from + 42000,
    cause: 'network', ended: 'person', ended_by: 'Quản trị An' });
  const page = await desk('#/playback/cong-lang?at=' + iso(from));
  await page.waitForSelector('[data-strip="hour"] .hole');
  await shows(page, '.lane .why', 'Mất mạng 38 giây');
  await shows(page, '.hits', '1 khoảng trống, tổng cộng 38 giây');
  await shows(page, '.hits', 'Hết khi: Quản trị An đổi cấu hình');
  await shows(page, '.tip', 'Bỏ qua khoảng trống: Mất mạng 38 giây', 15000);
  await plays(page, from + 43000);
  await closePage(page);
});

test('a moment inside a gap plays from the end of the gap', async () => {
  const from = Date.now() - 30 * MINUTE;
  village.gaps.push({ camera: 'cong-lang', from_ms: from - 10 * MINUTE, to_ms: from + 60000,
    cause: 'stopped' });
  const page = await desk('#/playback/cong-lang?at=' + iso(from));
  await shows(page, '.tip', 'Bỏ qua');
  await plays(page, from + 61000);
  await closePage(page);
});

test('where nothing was recorded the page says so', async () => {
  const from = Date.now() - 30 * MINUTE;
  village.gaps.push({ camera: 'cong-lang', from_ms: from - 60 * MINUTE, to_ms: Date.now() + 60000,
    cause: 'camera' });
  const page = await desk('#/playback/cong-lang?at=' + iso(from));
  await shows(page, '.tip', 'Không có bản ghi lúc này');
  await closePage(page);
});

test('playing goes on over the end of a segment file', async () => {
  const now = Date.now(), from = now - now % MINUTE - 10 * MINUTE;
  const page = await desk('#/playback/gieng-dinh?at=' + iso(from + 55000));
  await plays(page, from + 55000);
  await plays(page, from + 62000, 15000); /* over the end of a segment file */
  await closePage(page);
});

test('the way from event to event', async () => {
  const now = Date.now();
  village.addEvent({ camera: 'cong-lang', at_ms: now - 20 * MINUTE });
  village.addEvent({ camera: 'cong-lang', at_ms: now - 10 * MINUTE });
  const page = await desk('#/playback/cong-lang?at=' + iso(now - 15 * MINUTE));
  await shows(page, '.hits h2', '2 sự kiện trong ngày');
  await plays(page, now - 15 * MINUTE);
  await page.keyboard.press('[');
  await plays(page, now - 20 * MINUTE - 5000);
  await page.keyboard.press(']');
  await plays(page, now - 10 * MINUTE - 5000);
  await closePage(page);
});

test('a server that is away is said, and the page comes back', async () => {
  const page = await desk(), port = server.port;
  await tilesAre(page, (tile) => tile.state === 'live');
  await server.stop();
  await shows(page, '.notice.away', 'Mất kết nối máy chủ', 20000);
  await server.listen(port);
  await page.locator('.notice.away').waitFor({ state: 'hidden', timeout: 30000 });
  await tilesAre(page, (tile) => tile.state === 'live');
  await closePage(page);
});

test('an official has no playback, and is shown none', async () => {
  const page = await openPage(browser, server.url, 'phone', '/console#/playback/cong-lang', size);
  await shows(page, '.side', 'Tổng quan');
  assert.equal(await page.locator('.side >> text=Xem lại').count(), 0);
  await shows(page, '.tools h2');
  await closePage(page);
});

test('an admin draws a zone with mouse and keys and gets its stanza', async () => {
  const page = await openPage(browser, server.url, 'admin', '/console#/zones/cong-lang', size);
  await shows(page, 'h1', 'Vùng chuyển động');
  await page.waitForFunction(() => document.querySelector('.canvas img').naturalWidth > 0);
  const canvas = await page.locator('.canvas').boundingBox();
  const corners = async () => ((await stanza()).match(/\[[\d.]+, [\d.]+\]/g) || []).map((c) => JSON.parse(c));
  const near = async (...points) => until(async () => {
    const found = await corners();
    return found.length === points.length &&
      points.every(([x, y], i) => Math.hypot(found[i][0] - x, found[i][1] - y) < 0.006);
  });
  const click = (x, y) => page.mouse.click(canvas.x + x * canvas.width, canvas.y + y * canvas.height);
  await page.click('.draw .acts .btn:first-child');
  await click(0.1, 0.4);
  await click(0.9, 0.4);
  await click(0.9, 0.9);
  const stanza = () => page.inputValue('.draw textarea');
  await until(async () => /^cameras:\n {2}cong-lang:\n {4}motion:\n {6}zones:\n {8}vung-1: \[\[/.test(await stanza()));
  await near([0.1, 0.4], [0.9, 0.4], [0.9, 0.9]);
  await page.focus('.corner:nth-child(3)');
  await page.keyboard.press('ArrowLeft');
  await page.keyboard.press('Shift+ArrowDown');
  await near([0.1, 0.4], [0.9, 0.4], [0.89, 0.95]);
  await page.fill('.shapes input', 'san nha');
  assert.ok(!/san nha/.test(await stanza()));
  await page.fill('.shapes input', 'san-nha');
  await until(async () => /san-nha:/.test(await stanza()));
  await page.click('.draw .acts .btn:nth-child(3)');
  for (const key of [0, 1, 2])
    await page.click('.draw .acts .btn:nth-child(4)');
  await until(async () => /masks:\n {8}che-1:/.test(await stanza()));
  await page.keyboard.press('Delete');
  await until(async () => !/masks:/.test(await stanza()));
  await closePage(page);
});

test('drawing begins with the zones and masks that are configured', async () => {
  server.shapes['cong-lang'] = { zones: [{ id: 'vung-1', smallest: 0.003, largest: 0, stays_s: 2,
    corners: [[0.1, 0.4], [0.9, 0.4], [0.9, 1]] }], masks: [{ id: 'cay-da', smallest: 0,
    largest: 0, stays_s: 0, corners: [[0, 0], [0.3, 0], [0.3, 0.2]] }] };
  const page = await openPage(browser, server.url, 'admin', '/console#/zones/cong-lang', size);
  const stanza = () => page.inputValue('.draw textarea');
  await until(async () => (await stanza()) === 'cameras:\n  cong-lang:\n    motion:\n' +
    '      zones:\n        vung-1: {corners: [[0.1, 0.4], [0.9, 0.4], [0.9, 1]], smallest: 0.3%, stays: 2000 ms}\n' +
    '      masks:\n        cay-da: [[0, 0], [0.3, 0], [0.3, 0.2]]\n');
  await page.click('.draw .acts .btn:first-child');
  assert.equal(await page.inputValue('.shapes li:last-child input'), 'vung-2');
  delete server.shapes['cong-lang'];
  await closePage(page);
});

test('sizes, time and zones of the night are part of the stanza', async () => {
  server.shapes['cong-lang'] = { zones: [], masks: [], night: { hours: 'sunset-sunrise+15', zones: [
    { id: 'dem-1', smallest: 0, largest: 0.5, stays_s: 0, corners: [[0, 0.5], [1, 0.5], [1, 1]] }] } };
  const page = await openPage(browser, server.url, 'admin', '/console#/zones/cong-lang', size);
  const stanza = () => page.inputValue('.draw textarea');
  const night = (rest) => 'cameras:\n  cong-lang:\n    motion:\n      night:\n        hours: "sunset-sunrise+15"\n' +
    '        zones:\n          dem-1: {corners: [[0, 0.5], [1, 0.5], [1, 1]], ' + rest + '}\n';
  await until(async () => (await stanza()) === night('largest: 50%'));
  await page.fill('.bounds label:nth-child(1) input', '0.2');
  await page.fill('.bounds label:nth-child(3) input', '2.5');
  await until(async () => (await stanza()) === night('smallest: 0.2%, largest: 50%, stays: 2500 ms'));
  await page.fill('.bounds label:nth-child(2) input', '0.1');
  assert.equal(await page.$eval('.bounds label:nth-child(2) input', (input) => input.validity.valid), false);
  assert.equal(await stanza(), night('smallest: 0.2%, largest: 50%, stays: 2500 ms'));
  await page.fill('.bounds label:nth-child(2) input', '');
  await until(async () => (await stanza()) === night('smallest: 0.2%, stays: 2500 ms'));
  await page.click('.draw .acts .btn:nth-child(2)');
  assert.equal(await page.inputValue('.shapes li:last-child input'), 'dem-2');
  delete server.shapes['cong-lang'];
  await closePage(page);
});

test('an admin sees what the detector sees, in layers that keys switch', async () => {
  const page = await openPage(browser, server.url, 'admin', '/console#/debug/cong-lang', size);
  await shows(page, '.debug .trails', 'chưa đi đủ xa');
  await shows(page, '.debug .trails .on', '#7');
  await shows(page, '.debug [role=status]', '5 hình mỗi giây');
  /* The colour in the middle of the cell at column, row of 16 x 9. */
  const colour = (column, row) => page.$eval('.debug canvas.over', (canvas, at) => Array.from(canvas.getContext('2d')
    .getImageData((at[0] + 0.5) / 16 * canvas.width, (at[1] + 0.5) / 9 * canvas.height, 1, 1).data), [column, row]);
  await until(async () => (await colour(4, 4))[3] > 150 && (await colour(12, 2))[3] === 0);
  await page.keyboard.press('2');
  await until(async () => (await colour(12, 2)).join() === '200,200,200,255');
  await page.keyboard.press('3');
  await until(async () => (await colour(12, 2)).join() === '100,100,100,255');
  await page.keyboard.press('4');
  await until(async () => (await colour(4, 4)).join() === '100,100,100,255');
  assert.equal(await page.isChecked('.debug input[value=front]'), false);
  await closePage(page);
  const staff = await desk('#/debug/cong-lang');
  assert.equal(await staff.locator('.debug').count(), 0);
  await closePage(staff);
});

for (const [scheme, width] of [['light', 1366], ['dark', 1366], ['light', 683]]) {
  test('nothing is cut in ' + scheme + ' at ' + width + ' px', async () => {
    village.raise({ camera: 'cong-lang', length_s: 8 });
    village.setState('nvh-san', 'lost', 'no_answer', 'Xem nguồn điện và dây mạng.');
    const page = await desk('', { colorScheme: scheme, viewport: { width, height: 768 } });
    village.exports = [{ id: 'A', state: 'running', progress: 0.4, cameras: ['cong-lang'],
      from: iso(Date.now() - 20 * MINUTE), to: iso(Date.now() - 5 * MINUTE),
      reason: 'Cung cấp cho công an xã', document: '12/CV-CAX', by: 'Trực ban xã',
      asked: iso(Date.now()), done: null, why: '', bytes: 0, sha256: '', package: null }];
    for (const way of ['', 'cameras', 'events', 'exports', 'playback/cong-lang']) {
      await page.evaluate((to) => { location.hash = '#/' + to; }, way);
      await page.waitForTimeout(700);
      assert.deepEqual(await layoutFaults(page, 16), [], way);
    }
    village.setState('nvh-san', 'recording');
    await closePage(page);
  });
}
