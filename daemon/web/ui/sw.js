/*
 * The phone's service worker: the page opens without a network, and an alert wakes the
 * phone with its whole sentence. It keeps the page's own files, never a picture, a list or
 * an answer of /api.
 */
const SHELL = 'kengd-shell-1';
const PAGE = '/phone';

/* A file of the page, and all that it names: styles of the page, modules of a module. */
async function keepAll(kept, path, seen) {
  if (seen.has(path))
    return;
  seen.add(path);
  const answer = await fetch(path, { cache: 'no-cache' });
  if (!answer.ok)
    return;
  await kept.put(path, answer.clone());
  const text = /javascript|html/.test(answer.headers.get('content-type') || '') ?
    await answer.text() : '';
  const named = Array.from(text.matchAll(/(?:from|src=|href=)\s*["']([\w./-]+\.\w+)["']/g),
    (found) => new URL(found[1], new URL(path, self.location.origin)).pathname);
  await Promise.all(named.map((name) => keepAll(kept, name, seen)));
}

self.addEventListener('install', (event) => {
  event.waitUntil(caches.open(SHELL).then(async (kept) => {
    await keepAll(kept, PAGE, new Set());
    await keepAll(kept, '/ui/icons.svg', new Set());
    await self.skipWaiting();
  }));
});

self.addEventListener('activate', (event) => {
  event.waitUntil(caches.keys().then((names) => Promise.all(names
    .filter((name) => name !== SHELL).map((name) => caches.delete(name))))
    .then(() => self.clients.claim()));
});

/* What the server has now, and without it what was kept: pages are never old ones while
 * kengd can be reached. */
async function newestOrKept(request, key) {
  const kept = await caches.open(SHELL);
  try {
    const answer = await fetch(request);
    if (answer.ok)
      await kept.put(key, answer.clone());
    return answer;
  } catch (error) {
    const old = await kept.match(key);
    if (old)
      return old;
    throw error;
  }
}

self.addEventListener('fetch', (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== 'GET' || url.origin !== self.location.origin)
    return;
  if (url.pathname === PAGE)
    event.respondWith(newestOrKept(event.request, PAGE));
  else if (url.pathname.startsWith('/ui/'))
    event.respondWith(newestOrKept(event.request, url.pathname));
});

/* ---- alerts ---- */

function readPush(event) {
  try {
    return event.data.json();
  } catch (error) {
    return null;
  }
}

/* One notification an alert: what comes later of it takes its place. A browser that is
 * woken must show something, also when the message cannot be read. */
async function show(push) {
  const alert = (push && push.alert) || {};
  const pages = await self.clients.matchAll({ type: 'window', includeUncontrolled: true });
  pages.forEach((page) => page.postMessage({ type: 'push', alert: alert.id || '' }));
  await self.registration.showNotification(push ? push.title : 'Kẻng', {
    body: push ? push.body : 'Có cảnh báo. Bấm để xem.',
    tag: push && push.digest ? 'digest' : alert.id || 'kengd',
    renotify: !!push && !push.silent,
    silent: !!push && push.silent,
    icon: '/ui/icons/192.png',
    badge: '/ui/icons/192.png',
    data: { alert: push && !push.digest ? alert.id || '' : '' },
    vibrate: push && push.silent ? undefined :
      alert.kind === 'alarm' ? [400, 200, 400, 200, 400] : [200],
  });
}

self.addEventListener('push', (event) => {
  event.waitUntil(show(readPush(event)));
});

async function open(id) {
  const address = id ? PAGE + '#/alert/' + encodeURIComponent(id) : PAGE;
  const pages = await self.clients.matchAll({ type: 'window' });
  const mine = pages.filter((page) => new URL(page.url).pathname === PAGE)[0];
  if (!mine)
    return self.clients.openWindow(address);
  mine.postMessage({ type: 'open', alert: id });
  return mine.focus();
}

self.addEventListener('notificationclick', (event) => {
  event.notification.close();
  event.waitUntil(open(event.notification.data.alert));
});

/* The browser has given the phone another address: kengd must know. */
async function subscribeAnew() {
  const answer = await fetch('/api/push', { credentials: 'same-origin' });
  const { key } = await answer.json();
  const subscription = await self.registration.pushManager.subscribe({
    userVisibleOnly: true, applicationServerKey: key });
  await fetch('/api/push', { method: 'POST', credentials: 'same-origin',
    headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(subscription) });
}

self.addEventListener('pushsubscriptionchange', (event) => {
  event.waitUntil(subscribeAnew());
});
