/*
 * What a person in front of a page sees, and when; a JSON line each on standard output.
 *
 *   page.mjs shown URL TOKEN SECONDS      {"age_ms"}: a frame is on the glass so long after
 *                                         the camera has sent it
 *   page.mjs taken URL TOKEN... SECONDS   {"alert", "at"}: a screen was taken over by an
 *                                         alert, drawn at that time, with its picture if it has
 *                                         one
 *
 * Cameras stamp their frames (tests/peers/village.c); all clocks are this machine's.
 */
import { launch } from '../browser/browser.mjs';

const [what, url, ...rest] = process.argv.slice(2);
const seconds = Number(rest.pop());

async function open(browser, token, address, script) {
  const context = await browser.newContext({ viewport: { width: 1920, height: 1080 },
    locale: 'vi-VN' });
  await context.addCookies([{ name: 'kengd', value: token, url }]);
  const page = await context.newPage();
  page.on('console', (message) => {
    if (message.text().startsWith('{'))
      console.log(message.text());
  });
  await page.addInitScript(script);
  await page.goto(url + address);
  return page;
}

/* In the page, before its scripts: reads the stamps of what is appended, and holds them
 * against the frames that are shown. */
function ageOfFrames() {
  const STAMP = /KENGD-VILLAGE-1: [a-z0-9-]+\/[a-z]+ s\d+ f\d+ t(\d+);/g;
  const latin = new TextDecoder('latin1'), sources = new WeakMap(), frames = new WeakMap();
  const find = (bytes, name) => {
    for (let i = 4; i + 4 <= bytes.length; i++)
      if (bytes[i] === name.charCodeAt(0) && bytes[i + 1] === name.charCodeAt(1) &&
          bytes[i + 2] === name.charCodeAt(2) && bytes[i + 3] === name.charCodeAt(3))
        return new DataView(bytes.buffer, bytes.byteOffset + i + 4);
    return null;
  };
  const append = SourceBuffer.prototype.appendBuffer;
  SourceBuffer.prototype.appendBuffer = function (data) {
    const bytes = new Uint8Array(data.buffer || data, data.byteOffset || 0, data.byteLength);
    const mdhd = find(bytes.subarray(0, 4096), 'mdhd'), tfdt = find(bytes.subarray(0, 256), 'tfdt');
    if (mdhd)
      this.scale = mdhd.getUint32(mdhd.getUint8(0) ? 20 : 12);
    if (tfdt) {
      const high = tfdt.getUint8(0) ? tfdt.getUint32(4) : 0, low = tfdt.getUint32(high || tfdt.getUint8(0) ? 8 : 4);
      const start = (high * 4294967296 + low) / this.scale + this.timestampOffset;
      const sent = [...latin.decode(bytes).matchAll(STAMP)].map((found) => Number(found[1]) / 1e6);
      const known = frames.get(this) || [];
      known.push({ start, sent });
      frames.set(this, known.slice(-20));
    }
    return append.call(this, data);
  };
  const add = MediaSource.prototype.addSourceBuffer;
  MediaSource.prototype.addSourceBuffer = function (type) {
    const buffer = add.call(this, type);
    sources.set(this, buffer);
    return buffer;
  };
  const address = URL.createObjectURL, bySource = {};
  URL.createObjectURL = (source) => {
    const made = address.call(URL, source);
    bySource[made] = source;
    return made;
  };
  const ask = HTMLVideoElement.prototype.requestVideoFrameCallback;
  HTMLVideoElement.prototype.requestVideoFrameCallback = function (seen) {
    return ask.call(this, (now, frame) => {
      const buffer = sources.get(bySource[this.src]);
      const held = ((buffer && frames.get(buffer)) || []).filter((f) => f.start <= frame.mediaTime + 0.01).pop();
      const place = held ? Math.round((frame.mediaTime - held.start) * 15) : -1;
      if (held && held.sent[place])
        console.log(JSON.stringify({ age_ms: performance.timeOrigin + frame.expectedDisplayTime - held.sent[place] }));
      seen(now, frame);
    });
  };
}

function takeOvers() {
  const seen = new Set();
  const look = () => {
    const stage = document.querySelector('[data-stage="raised"].on, [data-stage="take"].on');
    const alert = stage && stage.getAttribute('data-alert');
    const shot = stage && stage.querySelector('.shot img');
    if (alert && !seen.has(alert) && (!shot || (shot.complete && shot.naturalWidth > 0))) {
      seen.add(alert);
      console.log(JSON.stringify({ alert, at: Date.now() / 1000 }));
    }
    requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
}

const browser = await launch();
process.once('SIGTERM', async () => {
  await browser.close();
  process.exit();
});
for (const token of rest)
  await open(browser, token, '/screen', what === 'shown' ? ageOfFrames : takeOvers);
console.log(JSON.stringify({ ready: true }));
await new Promise((done) => setTimeout(done, seconds * 1000));
await browser.close();
