/*
 * The addresses of docs/http.md. Every answer is a promise; what went wrong is a Refusal
 * with a sentence for people.
 */
import { languageNow, say } from './words.js';
import { steady } from './times.js';

const TIMEOUT_MS = 12000;

/* `status` 0: no answer at all. */
export class Refusal extends Error {
  constructor(status, code, message, body) {
    super(message);
    this.status = status;
    this.code = code;
    this.body = body || null;
  }
}

let refused = null;

/* Called when the right to look has ended; once. */
export function onRefused(tell) {
  refused = tell;
}

export function tellRefused() {
  const tell = refused;
  refused = null;
  if (tell)
    tell();
}

async function send(method, path, body, abort) {
  const asked = { method, signal: abort.signal, cache: 'no-store',
    credentials: 'same-origin', headers: { 'Accept-Language': languageNow() } };
  if (method !== 'GET')
    asked.headers['Content-Type'] = 'application/json';
  if (body !== undefined)
    asked.body = JSON.stringify(body);
  try {
    const answer = await fetch(path, asked);
    return { answer, text: await answer.text() };
  } catch (error) {
    throw new Refusal(0, 'away', say('serverAway'));
  }
}

function readJson(text) {
  try {
    return text ? JSON.parse(text) : null;
  } catch (error) {
    return null;
  }
}

/* The server's sentences are made to stand within others; a page shows them alone. */
function alone(sentence) {
  const text = sentence.trim(), first = text.charAt(0);
  return first.toUpperCase() + text.slice(1) + (/[.!?]$/.test(text) ? '' : '.');
}

async function ask(method, path, body) {
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), TIMEOUT_MS);
  const askedAt = steady();
  try {
    const got = await send(method, path, body, abort);
    const found = readJson(got.text);
    if (got.answer.status === 401 && path !== '/api/session')
      tellRefused();
    if (got.answer.ok)
      return { found, askedAt, answeredAt: steady() };
    const error = found && found.error ? found.error : {};
    throw new Refusal(got.answer.status, error.code || '',
      error.message ? alone(error.message) : say('serverSaid', { status: got.answer.status }),
      found);
  } finally {
    clearTimeout(timer);
  }
}

function query(path, given) {
  const pairs = Object.keys(given || {}).filter((key) => given[key])
    .map((key) => key + '=' + encodeURIComponent(given[key]));
  return pairs.length ? path + '?' + pairs.join('&') : path;
}

async function get(path, given) {
  return (await ask('GET', query(path, given))).found;
}

async function post(path, body) {
  return (await ask('POST', path, body || {})).found;
}

function list(found, name) {
  found[name].next = found.next;
  return found[name];
}

const cameraPath = (id) => '/api/cameras/' + encodeURIComponent(id);
const alertPath = (id) => '/api/alerts/' + encodeURIComponent(id);

/* With the moments of asking and answering, for the clock. */
export const askSite = () => ask('GET', '/api/site');

export const api = {
  enter: (token) => post('/api/session', { token }),
  site: () => get('/api/site'),
  lookAtCode: (code) => post('/api/pair', { code, look: true }),
  pair: (code, name) => post('/api/pair', { code, name }),
  makeCode: (person) => post('/api/pairings', { person }),
  people: async () => (await get('/api/people')).people,
  /* Lists have `next`, where their next page begins, or null. */
  looks: async (given) => list(await get('/api/access-log/looks', given), 'entries'),
  devices: async () => (await get('/api/devices')).devices,
  revoke: (id) => ask('DELETE', '/api/devices/' + encodeURIComponent(id), {}),
  push: () => get('/api/push'),
  subscribe: (subscription) => post('/api/push', subscription),
  testPush: () => post('/api/push/test'),
  mutes: async () => (await get('/api/mutes')).mutes,
  mute: (what) => post('/api/mute', what),
  unmute: (id) => ask('DELETE', '/api/mutes/' + encodeURIComponent(id), {}),
  share: (event) => post('/api/events/' + encodeURIComponent(event) + '/share'),
  passed: (event) => post('/api/events/' + encodeURIComponent(event) + '/passed'),
  shared: (token) => post('/api/shared', { token }),
  screens: async () => (await get('/api/screens')).screens,
  approveScreen: (code, screen) => post('/api/screens/approve', { code, screen }),
  screenCode: (claim) => post('/api/screens/code', claim ? { claim } : {}),
  leave: () => ask('DELETE', '/api/session'),
  areas: async () => (await get('/api/areas')).areas,
  cameras: async () => (await get('/api/cameras')).cameras,
  allCameras: () => get('/api/cameras'), /* `former`: configured no more, with recordings */
  camera: (id) => get(cameraPath(id)),
  alerts: async (given) => list(await get('/api/alerts', given), 'alerts'),
  alert: (id) => get(alertPath(id)),
  event: (id) => get('/api/events/' + encodeURIComponent(id)),
  events: async (given) => list(await get('/api/events', given), 'events'),
  recordings: async (id, given) =>
    (await get(cameraPath(id) + '/recordings', given)).stretches,
  fragments: async (id, given) => (await get(cameraPath(id) + '/fragments', given)).runs,
  /* Motion over time; with `box` "x0,y0,x1,y1" only in it. */
  activity: (id, given) => get(cameraPath(id) + '/activity', given),
  exports: async () => (await get('/api/exports')).exports,
  makeExport: (wish) => post('/api/exports', wish),
  exportKey: () => get('/api/export-key'),
  delivered: (id) => post(alertPath(id) + '/delivered'),
  /* `answer`: acknowledge, false-alarm or resolve. */
  answer: (id, answer, note) => post(alertPath(id) + '/' + answer, note ? { note } : {}),
  raise: (where) => post('/api/alarm', where),
};

export const addressOf = {
  latest: (id) => cameraPath(id) + '/latest.jpg',
  clip: (event) => '/api/events/' + encodeURIComponent(event) + '/clip.mp4',
  clipOf: (id, from, to) => query(cameraPath(id) + '/clip.mp4', { from, to }),
  playlist: (id, from, to) => query(cameraPath(id) + '/playback.m3u8', { from, to }),
};
