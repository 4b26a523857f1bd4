/* The screen in the house of culture: alerts, alarms, a token that is none any more. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { becomes, closePage, layoutFaults, launch, openPage, shows, tilesAre, until,
  watchPage } from './browser.mjs';
import { MockServer, makeVillage } from './mock-server.mjs';

let browser, village, server;
const size = { viewport: { width: 1920, height: 1080 } };
const live = (tile) => tile.state === 'live';
const stage = (name) => '[data-stage="' + name + '"].on';

before(async () => {
  browser = await launch();
  village = makeVillage(4);
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

async function screen() {
  const page = await openPage(browser, server.url, 'screen', '/screen', size);
  await tilesAre(page, live);
  return page;
}

const sound = (page) => page.evaluate(() => window.kengd.sound);
const asked = (end) => village.asked.filter(({ path }) => path.endsWith(end)).length;

test('all quiet is said, with the day and the hour of the site', async () => {
  const page = await screen();
  await shows(page, '.head .quiet', 'Báo yên');
  await shows(page, '.head .place', 'Thôn Đông');
  const time = new Intl.DateTimeFormat('vi-VN', { timeZone: 'Asia/Ho_Chi_Minh', hour: '2-digit',
    minute: '2-digit', hour12: false }).format(new Date());
  await shows(page, '.head time', time);
  await closePage(page);
});

test('motion takes the screen over with its picture, and one chime', async () => {
  const page = await screen();
  const alert = village.raise({ camera: 'cong-lang', length_s: 8 });
  await shows(page, stage('take') + ' h1', 'Có chuyển động tại Cổng làng');
  await shows(page, '.take .state.open', 'Chưa có ai tiếp nhận');
  await becomes(page, () => {
    const img = document.querySelector('.take .shot img');
    return img && img.complete && img.naturalWidth > 0;
  });
  assert.equal((await sound(page)).struck, 1);
  await until(() => asked('/alerts/' + alert.id + '/delivered') === 1);
  village.change(alert, { merged: 1, camera_names: ['Đầu ngõ 3'] });
  await shows(page, '.take dd', 'Cũng có chuyển động ở: Đầu ngõ 3.');
  village.raise({ camera: 'gieng-dinh' });
  await shows(page, '.take .also', 'Cổng làng');
  assert.equal((await sound(page)).struck, 1);
  await closePage(page);
});

test('an answer is shown at once, and five seconds later the wall', async () => {
  const page = await screen();
  const alert = village.raise({ camera: 'cong-lang' });
  await shows(page, stage('take'));
  village.answer(alert, 'acknowledge', 'Trưởng thôn Đông');
  await shows(page, '.take .state.done', 'Trưởng thôn Đông đã tiếp nhận', 1000);
  await page.waitForTimeout(3000);
  await shows(page, stage('take'));
  await page.locator(stage('take')).waitFor({ state: 'detached', timeout: 4000 });
  await shows(page, '.head .quiet', 'Báo yên');
  await closePage(page);
});

test('nobody answers: after a minute the wall says so', async () => {
  const page = await openPage(browser, server.url, 'screen', '/screen', size);
  await tilesAre(page, live);
  village.raise({ camera: 'cong-lang', at_ms: Date.now() - 53000 });
  /* An alert that is new is shown for its minute, however old the event is. */
  await shows(page, stage('take') + ' .rest', /sau (1 phút|5\d giây)/);
  await page.reload();
  await shows(page, stage('take') + ' .rest', /sau \d giây/);
  await page.locator(stage('take')).waitFor({ state: 'detached', timeout: 15000 });
  await shows(page, '.head .open', '1 cảnh báo chưa có ai tiếp nhận');
  await closePage(page);
});

test('many alerts at once are counted and listed, none is cut; older ones are not among them', async () => {
  const page = await screen();
  for (const camera of ['gieng-dinh', 'nvh-san', 'dau-ngo-3'])
    village.raise({ camera, at_ms: Date.now() - 5 * 60000 });
  village.raise({ camera: 'cong-lang' });
  await shows(page, '.take .also b', 'Trước đó');
  ['gieng-dinh', 'nvh-san', 'dau-ngo-3'].forEach((camera) => village.raise({ camera }));
  await shows(page, '.take .also', '4 sự kiện cùng lúc');
  assert.equal(await page.locator('.take .also .one').count(), 3);
  assert.deepEqual(await layoutFaults(page, 0), []);
  const over = await page.evaluate(() => Array.from(document.querySelectorAll('.take *'),
    (node) => node.getBoundingClientRect()).some((box) => box.bottom > 1080 || box.right > 1920));
  assert.equal(over, false);
  await closePage(page);
});

test('an alarm that a person raised is red and rings until a person ends it', async () => {
  const page = await screen();
  const alert = village.raise({ kind: 'alarm', camera: 'dau-ngo-3', by: 'Trưởng thôn Đông',
    note: 'Cháy rơm' });
  await shows(page, stage('raised') + ' h1', 'Báo động');
  await shows(page, '.raised .word', 'Cháy rơm');
  await shows(page, '.raised .by', 'Trưởng thôn Đông');
  await shows(page, '.raised .foot', 'Đang đánh kẻng');
  assert.equal((await sound(page)).ringing, true);
  assert.equal((await sound(page)).struck, 12);
  village.answer(alert, 'acknowledge', 'Tổ viên ANTT 1');
  await shows(page, '.raised .who', 'Tổ viên ANTT 1 đã tiếp nhận');
  assert.equal((await sound(page)).ringing, true);
  village.answer(alert, 'resolve', 'Trưởng thôn Đông');
  await shows(page, '.raised .foot', 'Báo động đã kết thúc');
  assert.equal((await sound(page)).ringing, false);
  await page.locator(stage('raised')).waitFor({ state: 'detached', timeout: 8000 });
  await closePage(page);
});

test('an alarm that is open when the screen comes up is on it at once', async () => {
  village.raise({ kind: 'alarm', area: 'thon-dong', by: 'Trưởng thôn Đông',
    at_ms: Date.now() - 600000 });
  const page = await openPage(browser, server.url, 'screen', '/screen', size);
  await shows(page, stage('raised') + ' h2', 'Thôn Đông');
  await closePage(page);
});

test('faults of cameras never ring; they are on their tiles, with cause and time', async () => {
  const page = await screen();
  village.setState('nvh-san', 'refused', 'wrong_password', 'Camera không nhận mật khẩu.');
  village.raise({ kind: 'health', camera: 'nvh-san', note: 'Sai mật khẩu' });
  await shows(page, '[data-camera="nvh-san"].lost .says', /Sai mật khẩu\s*từ \d\d:\d\d/);
  await shows(page, '.head .gone', '1 camera cần xử lý');
  assert.equal(await page.locator(stage('take')).count(), 0);
  assert.equal((await sound(page)).struck, 0);
  village.setState('nvh-san', 'recording');
  await shows(page, '.head .quiet', 'Báo yên');
  await closePage(page);
});

test('what comes but shows nothing is hatched, with cause and time', async () => {
  const page = await screen();
  await tilesAre(page, (tile) => tile.state === 'live');
  village.setState('nvh-san', 'covered', 'covered_dark', 'Xem ống kính có bị che không.');
  await shows(page, '[data-camera="nvh-san"].old.unseen .says',
    /Hình bị che hoặc mờ\s*từ \d\d:\d\d/);
  village.setState('nvh-san', 'recording');
  await page.locator('[data-camera="nvh-san"].live:not(.unseen)').waitFor();
  await closePage(page);
});

test('a disk that is full is said in the head', async () => {
  village.site.health = { disk: { ok: false, why: 'Ổ đĩa ghi hình đã đầy', days: 0 } };
  const page = await screen();
  await shows(page, '.head .gone', 'Ổ đĩa ghi hình đã đầy');
  delete village.site.health;
  await closePage(page);
});

test('other hamlets are not on the screen', async () => {
  const page = await screen();
  village.raise({ camera: 'cho-bac' });
  await page.waitForTimeout(500);
  assert.equal(await page.locator('[data-camera="cho-bac"]').count(), 0);
  await closePage(page);
});

test('a screen whose right has ended says so and begins again by itself', async () => {
  const page = await screen();
  server.revoke('screen');
  await shows(page, stage('refused') + ' h1', 'Màn hình cần liên kết mới');
  assert.equal(await page.locator('.stage.on').count(), 1);
  server.revoked.delete('screen');
  await page.locator('.tile.live').first().waitFor({ timeout: 40000 });
  await closePage(page);
});

test('a link enters, leaves no token in the address, and goes to the role’s page', async () => {
  const context = await browser.newContext(size);
  const page = await watchPage(await context.newPage(), server.url, '/enter#screen');
  await page.waitForURL(server.url + '/screen');
  await tilesAre(page, live);
  await page.goto(server.url + '/enter#nobody');
  await shows(page, 'h2', 'Liên kết này không dùng được nữa');
  assert.equal(page.url(), server.url + '/enter');
  await page.context().close();
});

test('English is beside it', async () => {
  const page = await openPage(browser, server.url, 'screen', '/screen?lang=en', size);
  await shows(page, '.head .quiet', 'All quiet');
  village.raise({ camera: 'cong-lang' });
  await shows(page, '.take h1', 'Motion at Cổng làng');
  await shows(page, '.take .who', '1 person told');
  await closePage(page);
});
