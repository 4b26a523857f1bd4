/*
 * How this phone is woken: the service worker, the permission, the subscription. Each
 * function says what is so in a word; the page says it to a person.
 */
import { api } from './api.js';

export const agent = {
  zalo: /Zalo/i.test(navigator.userAgent),
  iphone: /iPhone|iPad|iPod/.test(navigator.userAgent) ||
    (/Macintosh/.test(navigator.userAgent) && navigator.maxTouchPoints > 1),
  android: /Android/.test(navigator.userAgent),
  installed: navigator.standalone === true ||
    (!!window.matchMedia && window.matchMedia('(display-mode: standalone)').matches),
};

/* The worker makes the page open without a network, also where nothing can be pushed. */
export async function startWorker() {
  if (!navigator.serviceWorker || !window.isSecureContext)
    return null;
  try {
    return await navigator.serviceWorker.register('/sw.js', { scope: '/' });
  } catch (error) {
    return null; /* a certificate that the phone does not trust */
  }
}

/* `ready`, `iphone` (not on the home screen), `certificate`, `none` (this browser cannot). */
export async function canBeWoken() {
  if (agent.iphone && !agent.installed)
    return 'iphone';
  if (!window.isSecureContext || !await startWorker())
    return 'certificate';
  return window.PushManager && window.Notification ? 'ready' : 'none';
}

function keyBytes(text) {
  const padded = text + '==='.slice((text.length + 3) % 4);
  const raw = atob(padded.replace(/-/g, '+').replace(/_/g, '/'));
  return Uint8Array.from(raw, (c) => c.charCodeAt(0));
}

async function subscribe(registration, key) {
  const old = await registration.pushManager.getSubscription();
  if (old)
    await old.unsubscribe(); /* it may be for an earlier key of the server */
  return registration.pushManager.subscribe({ userVisibleOnly: true,
    applicationServerKey: keyBytes(key) });
}

/* Asks the person, then the browser, then tells kengd: `works`, `denied`, or `failed`. */
export async function wakeMe() {
  if (await Notification.requestPermission() !== 'granted')
    return 'denied';
  try {
    const registration = await navigator.serviceWorker.ready;
    const { key } = await api.push();
    await api.subscribe((await subscribe(registration, key)).toJSON());
    return 'works';
  } catch (error) {
    return Notification.permission === 'denied' ? 'denied' : 'failed';
  }
}

/* Words of the worker: {type: 'push' | 'open', alert}. */
export function onWorker(tell) {
  if (navigator.serviceWorker)
    navigator.serviceWorker.addEventListener('message', (event) => tell(event.data || {}));
}
