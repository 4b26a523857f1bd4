/* The phone of a hamlet official. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { becomes, closePage, layoutFaults, launch, openPage, shows, tilesAre,
  until } from './browser.mjs';
import { shotPhone } from './shots.mjs';
import { MockServer, makeVillage } from './mock-server.mjs';

let browser, village, server;
const size = { viewport: { width: 390, height: 844 }, hasTouch: true };
const HOUR = 3600000;

before(async () => {
  browser = await launch();
  village = makeVillage(3);
  server = await new MockServer(village).listen();
});

beforeEach(() => {
  village.alerts.length = village.events.length = village.asked.length = 0;
});

after(async () => {
  await browser.close();
  await server.stop();
  village.close();
});

async function phone(way = '') {
  const page = await openPage(browser, server.url, 'phone', '/phone' + way, size);
  await page.waitForSelector('.app .top h1');
  return page;
}

const answers = () => village.asked.filter(({ path }) =>
  /acknowledge|false-alarm|resolve|alarm$/.test(path));

test('a quiet day says so, with proof', async () => {
  const page = await phone();
  await shows(page, '.empty', 'Chưa có cảnh báo nào hôm nay.');
  await shows(page, '.empty', '3 trong 3 camera đang ghi hình');
  await shows(page, '.top', 'Báo yên');
  await closePage(page);
});

test('a new alert is the card on top, told to readers, and one tap from its answer', async () => {
  const page = await phone();
  await shows(page, '.empty');
  const alert = village.raise({ camera: 'cong-lang', length_s: 8 });
  await shows(page, '.card h2', 'Cổng làng');
  await shows(page, '.top', '1 chờ trả lời');
  assert.match(await page.locator('[role="alert"].vh').textContent(),
    /Có chuyển động, Cổng làng/);
  await until(() => village.asked.some(({ path }) => path.endsWith(alert.id + '/delivered')));
  await page.click('.card');
  assert.equal(await page.evaluate(() => document.activeElement.tagName), 'H1');
  await shows(page, '.play', 'Xem 18 giây');
  await page.click('text=Đã tiếp nhận');
  await shows(page, '.answer', 'Đã tiếp nhận');
  await shows(page, '.answer', 'Trưởng thôn Đông, máy này');
  await page.click('text=Đã xử lý xong');
  await shows(page, '.answer', 'Trưởng thôn Đông đã xử lý xong');
  assert.deepEqual(answers().map(({ path }) => path.split('/').pop()),
    ['acknowledge', 'resolve']);
  await closePage(page);
});

test('what waited before the page was opened is shown, reported, and does not ring', async () => {
  const alert = village.raise({ camera: 'cong-lang', at_ms: Date.now() - 60000 });
  const page = await phone();
  await shows(page, '.card h2', 'Cổng làng');
  await until(() => village.asked.some(({ path }) => path.endsWith(alert.id + '/delivered')));
  assert.equal(await page.locator('[role="alert"].vh').textContent(), '');
  await closePage(page);
});

test('somebody was first: both phones say the same', async () => {
  const alert = village.raise({ camera: 'cong-lang' });
  const page = await phone('#/alert/' + alert.id);
  await shows(page, '.btn.main', 'Đã tiếp nhận');
  /* Another phone's answer overtakes this one's, which is on its way for a second. */
  await page.route('**/acknowledge', async (route) => {
    village.listeners.clear(); /* no note */
    village.answer(alert, 'acknowledge', 'Tổ viên ANTT 1');
    await new Promise((done) => setTimeout(done, 1200));
    await route.continue();
  });
  await page.click('.btn.main');
  await shows(page, '.answer', 'Tổ viên ANTT 1 đã tiếp nhận');
  await shows(page, '.answer', /sớm hơn máy này \d giây\. Không cần làm gì thêm/);
  await closePage(page);
});

test('an answer of another device is seen at once', async () => {
  const alert = village.raise({ camera: 'cong-lang' });
  const page = await phone('#/alert/' + alert.id);
  await shows(page, '.btn.main', 'Đã tiếp nhận');
  village.answer(alert, 'acknowledge', 'Tổ viên ANTT 2');
  await shows(page, '.answer', 'Tổ viên ANTT 2 đã tiếp nhận', 1500);
  await closePage(page);
});

test('a false alarm asks why, and the reason stands in the list', async () => {
  const alert = village.raise({ camera: 'cong-lang' });
  const page = await phone('#/alert/' + alert.id);
  await page.click('text=Báo động giả');
  await page.click('text=Chó, mèo, côn trùng');
  await page.click('text=Gửi');
  await shows(page, '.answer', 'Báo động giả: chó, mèo, côn trùng');
  assert.deepEqual(answers()[0].body, { note: 'Chó, mèo, côn trùng' });
  await page.click('.back');
  await shows(page, '.list', 'Báo động giả: chó, mèo, côn trùng');
  await closePage(page);
});

test('the alarm is raised by holding two seconds, not by touching', async () => {
  const alert = village.raise({ camera: 'cong-lang' });
  const page = await phone('#/alert/' + alert.id);
  const box = await page.locator('.hold').boundingBox();
  await page.mouse.move(box.x + 40, box.y + 20);
  await page.mouse.down();
  await shows(page, '.hint', 'Tiếp tục giữ. Nhấc tay ra là thôi.');
  await page.waitForTimeout(1000);
  await page.mouse.up();
  await page.waitForTimeout(1500);
  assert.equal(answers().length, 0);
  await page.mouse.down();
  await shows(page, '.answer.raised', 'Đã báo động lúc', 4000);
  await page.mouse.up();
  assert.deepEqual(answers().map(({ path, body }) => [path, body]),
    [['/api/alarm', { camera: 'cong-lang' }]]);
  await page.click('text=Kết thúc báo động');
  await shows(page, '.answer', 'Trưởng thôn Đông đã xử lý xong');
  await closePage(page);
});

test('what comes in while the button is held takes neither the hold nor the letting go', async () => {
  const alert = village.raise({ camera: 'cong-lang' });
  const page = await phone('#/alert/' + alert.id);
  await page.locator('.hold').hover();
  await page.mouse.down();
  await shows(page, '.hint', 'Tiếp tục giữ. Nhấc tay ra là thôi.');
  village.answer(alert, 'acknowledge', 'Tổ trưởng tổ 1'); /* a box above it: it moves down */
  await shows(page, '.answer', 'Tổ trưởng tổ 1');
  await shows(page, '.answer.raised', 'Đã báo động lúc', 4000);
  await page.mouse.up();
  await page.evaluate((id) => { location.hash = '#/alert/' + id; }, alert.id);
  await page.locator('.hold').hover();
  await page.mouse.down();
  await shows(page, '.hint', 'Tiếp tục giữ. Nhấc tay ra là thôi.');
  await page.evaluate(() => { location.hash = '#/'; });
  await shows(page, '.list', '');
  await page.waitForTimeout(2500);
  await page.mouse.up();
  assert.equal(answers().filter((answer) => answer.path === '/api/alarm').length, 1);
  await closePage(page);
});

test('the alarm is raised by key, and by choosing twice where nothing can be held', async () => {
  const alert = village.raise({ camera: 'cong-lang' });
  const page = await phone('#/alert/' + alert.id);
  await page.locator('.hold').focus();
  await page.keyboard.down('Space');
  await page.waitForTimeout(500);
  await page.keyboard.up('Space');
  assert.equal(answers().length, 0);
  await page.waitForTimeout(2100);
  await page.evaluate(() => document.querySelector('.hold').click());
  await shows(page, '.hint', 'Bấm lần nữa');
  assert.equal(answers().length, 0);
  await page.evaluate(() => document.querySelector('.hold').click());
  await shows(page, '.answer.raised', 'Đã báo động lúc');
  await closePage(page);
});

test('the clip plays in its place', async () => {
  const alert = village.raise({ camera: 'cong-lang', length_s: 8 });
  const page = await phone('#/alert/' + alert.id);
  await page.click('.play');
  await becomes(page, () => document.querySelector('.shot video').currentTime > 0.3);
  village.answer(alert, 'acknowledge', 'Tổ viên ANTT 1');
  await shows(page, '.answer', 'Tổ viên ANTT 1');
  assert.equal(await page.locator('.shot video').count(), 1);
  await closePage(page);
});

test('without a network the phone shows what it has, and sends the answer later', async () => {
  const alert = village.raise({ camera: 'cong-lang' }), port = server.port;
  const page = await phone('#/alert/' + alert.id);
  await shows(page, '.btn.main', 'Đã tiếp nhận');
  await server.stop();
  await page.click('.btn.main');
  await shows(page, '.answer', 'Đã tiếp nhận, sẽ gửi khi có mạng');
  await page.evaluate(() => window.dispatchEvent(new Event('offline')));
  await shows(page, '.notice', /Không có mạng từ \d\d:\d\d\./);
  await page.evaluate(() => { location.hash = '#/'; });
  await shows(page, '.card', 'Đã tiếp nhận, sẽ gửi khi có mạng');
  await server.listen(port);
  await page.evaluate(() => window.dispatchEvent(new Event('online')));
  await until(() => answers().length === 1, 20000);
  await shows(page, '.list', 'Trưởng thôn Đông đã tiếp nhận');
  await page.locator('.app > .notice').waitFor({ state: 'hidden' });
  await closePage(page);
});

test('opened without a network, the page is there with what it had, and comes back', async () => {
  village.raise({ camera: 'cong-lang' });
  const port = server.port, page = await phone();
  await shows(page, '.card h2', 'Cổng làng');
  await page.evaluate(() => navigator.serviceWorker.ready);
  await until(() => page.evaluate(async () => {
    const kept = await caches.open((await caches.keys())[0]);
    return (await kept.match('/ui/js/phone.js')) && !!navigator.serviceWorker.controller;
  }));
  await server.stop();
  await page.reload();
  await shows(page, '.notice', /Không có mạng từ \d\d:\d\d\. Đang hiện cảnh báo đã lưu/);
  await shows(page, '.card h2', 'Cổng làng');
  await shows(page, '.top', 'Thôn Đông');
  await shows(page, '.do a[href="tel:0912000003"]', 'Gọi Trực ban xã');
  await shotPhone(page, 'offline');
  await page.goto(server.url + '/phone#/cameras');
  await shows(page, '.list', 'Ngã ba Giếng Đình');
  await server.listen(port);
  await page.locator('.app > .notice').waitFor({ state: 'hidden' });
  await closePage(page);
});

test('cameras that need a hand come first, with what to do', async () => {
  village.setState('gieng-dinh', 'lost', 'no_answer', 'Xem nguồn điện và dây mạng.');
  const page = await phone('#/cameras');
  await shows(page, 'section:first-child', 'Ngã ba Giếng Đình');
  await shows(page, 'section:first-child', /Mất kết nối từ \d\d:\d\d/);
  await shows(page, 'section:first-child', 'Xem nguồn điện và dây mạng.');
  await shows(page, '.top', '2 trong 3 tốt');
  village.setState('gieng-dinh', 'recording');
  await shows(page, '.top', '3 trong 3 tốt');
  await closePage(page);
});

test('a camera whose picture stands still is not said to be late', async () => {
  village.setState('cong-lang', 'frozen', 'frozen', 'Khởi động lại camera.');
  const page = await phone('#/camera/cong-lang');
  await shows(page, '.pic.unseen .tag', /Hình bị đứng từ \d\d:\d\d/);
  assert.equal(await page.locator('.notice:visible').count(), 0);
  village.setState('cong-lang', 'recording');
  await shows(page, '.tag', /Trực tiếp/);
  await closePage(page);
});

test('one camera is watched live, and a late picture is not called live', async () => {
  const page = await phone('#/camera/cong-lang');
  await tilesAre(page, (tile) => tile.state === 'live');
  await shows(page, '.tag', /Trực tiếp/);
  village.camera('cong-lang').silent = true;
  await shows(page, '.tag', /Hình đã dừng \d giây/);
  await shows(page, '.notice', /Đây là hình lúc \d\d:\d\d:\d\d/);
  village.camera('cong-lang').silent = false;
  await shows(page, '.tag', /Trực tiếp/);
  await page.click('text=Xem ảnh tĩnh');
  await tilesAre(page, (tile) => tile.jpeg && tile.state === 'live');
  await shows(page, '.tag', 'Ảnh tĩnh');
  await page.click('text=Xem trực tiếp');
  await tilesAre(page, (tile) => !tile.jpeg && tile.state === 'live');
  await page.click('.back');
  await until(() => server.streams.size === 0);
  await closePage(page);
});

test('a language is chosen and kept', async () => {
  const page = await phone('#/settings');
  await page.click('text=English');
  await shows(page, 'h1', 'Settings');
  await page.reload();
  await shows(page, 'h1', 'Settings');
  await page.click('text=Tiếng Việt');
  await shows(page, 'h1', 'Cài đặt');
  await shows(page, '.list', 'Cán bộ thôn, Thôn Đông');
  await page.click('text=Thử chuông và rung');
  await shows(page, '.list', /Đã kêu/);
  await closePage(page);
});

test('quiet counts down and ends by itself', async () => {
  server.mutes = [{ id: 1, person: 'truong-thon-dong', area: 'thon-dong',
    until: new Date(Date.now() + 4000).toISOString() }];
  const page = await phone('#/mute');
  await shows(page, '.count', /^[1-4] giây$/);
  await shows(page, 'p', /Báo lại lúc \d\d:\d\d/);
  await shows(page, '.foot .main', 'Tắt báo 1 giờ');
  await closePage(page);
});

test('the settings say when the phone is quiet, and what rings all the same', async () => {
  const page = await phone('#/settings');
  await shows(page, '.row', '22:00 – 05:00, Thứ Hai, Thứ Ba, Thứ Tư, Thứ Năm, Thứ Sáu');
  await shows(page, '.row', 'Thôn Đông: 23:00 – 04:00');
  await shows(page, '.row', 'Báo động và việc khẩn vẫn kêu.');
  await closePage(page);
});

test('leaving is asked once more, and forgets everything', async () => {
  village.raise({ camera: 'cong-lang' });
  const page = await phone();
  await shows(page, '.card');
  await page.evaluate(() => { location.hash = '#/leave'; });
  await page.click('button:has-text("Thoát khỏi máy này")');
  await shows(page, 'h2', 'Đã thoát');
  assert.equal(await page.evaluate(() => localStorage.getItem('kengd.phone')), null);
  await page.reload();
  await shows(page, 'h2', 'chưa có quyền xem');
  await closePage(page);
});

test('a revoked phone is told so and keeps nothing', async () => {
  const page = await phone('#/camera/cong-lang');
  await tilesAre(page, (tile) => tile.state === 'live');
  server.revoke('phone');
  await shows(page, 'h2', 'không còn quyền xem');
  assert.equal(await page.evaluate(() => localStorage.getItem('kengd.phone')), null);
  server.revoked.clear();
  await closePage(page);
});

for (const [width, text] of [[390, 100], [360, 100], [360, 200]]) {
  test('nothing is cut or too small at ' + width + ' px and ' + text + ' % text', async () => {
    const old = village.raise({ camera: 'gieng-dinh', at_ms: Date.now() - HOUR, length_s: 12 },
      { state: 'acknowledged', answered_by: 'Tổ viên ANTT 1',
        answered: new Date(Date.now() - HOUR).toISOString() });
    const alert = village.raise({ camera: 'cong-lang', length_s: 8 });
    village.setState('dau-ngo-3', 'refused', 'wrong_password', 'Camera không nhận mật khẩu.');
    const page = await phone();
    await page.setViewportSize({ width, height: 760 });
    await page.evaluate((size) => { document.documentElement.style.fontSize = size + '%'; }, text);
    for (const way of ['', 'alert/' + alert.id, 'alert/' + alert.id + '/false',
      'alert/' + old.id, 'cameras', 'camera/cong-lang', 'settings', 'leave']) {
      await page.evaluate((to) => { location.hash = '#/' + to; }, way);
      await page.waitForTimeout(300);
      assert.deepEqual(await layoutFaults(page, 48), [], way);
    }
    village.setState('dau-ngo-3', 'recording');
    await closePage(page);
  });
}
