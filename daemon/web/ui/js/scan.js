/*
 * A QR code is read from a photograph that the camera app takes for the page: for a phone that
 * is on the page already. Where the browser cannot, the camera app reads codes by itself.
 */
import { el, icon } from './dom.js';

/* The address in the picture of kengd's own pages; '' when there is none. */
async function addressIn(file) {
  const found = await new window.BarcodeDetector({ formats: ['qr_code'] })
    .detect(await createImageBitmap(file));
  const own = found.map((code) => code.rawValue).filter((text) => {
    try {
      return new URL(text).origin === location.origin;
    } catch (error) {
      return false; /* a code of something else */
    }
  });
  return own[0] || '';
}

/* A button that scans and goes there; `lost()` when no code of kengd is in the picture. */
export function scanButton(words, lost) {
  const input = el('input', { class: 'vh', type: 'file', accept: 'image/*',
    capture: 'environment', on: { change: async () => {
      const address = input.files[0] ? await addressIn(input.files[0]).catch(() => '') : '';
      input.value = '';
      if (!address) {
        lost();
        return;
      }
      location.assign(address);
      if (new URL(address).pathname === location.pathname)
        location.reload(); /* another # alone loads nothing */
    } } });
  return el('label', { class: 'btn main wide' }, icon('qr'), words, input);
}

export function canScan() {
  return !!window.BarcodeDetector && !!window.createImageBitmap;
}
