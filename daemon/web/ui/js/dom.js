/*
 * Elements made in one expression. Text is always text: nothing that came from outside is
 * read as markup.
 */
const SVG = 'http://www.w3.org/2000/svg';

/* Attributes: null and false are left out, true is empty, `on` holds listeners, `set`
 * holds properties. Kids: elements, text, null, or lists of them. */
export function el(name, attributes) {
  const element = document.createElement(name);
  const has = attributes || {};
  Object.keys(has).forEach((key) => {
    if (key === 'on')
      Object.keys(has.on).forEach((type) => element.addEventListener(type, has.on[type]));
    else if (key === 'set')
      Object.assign(element, has.set);
    else if (has[key] !== null && has[key] !== undefined && has[key] !== false)
      element.setAttribute(key, has[key] === true ? '' : has[key]);
  });
  for (let i = 2; i < arguments.length; i++)
    add(element, arguments[i]);
  return element;
}

function add(element, kid) {
  if (Array.isArray(kid))
    kid.forEach((one) => add(element, one));
  else if (kid !== null && kid !== undefined && kid !== false && kid !== '')
    element.append(kid);
}

export function svg(name, attributes) {
  const element = document.createElementNS(SVG, name);
  Object.keys(attributes).forEach((key) => element.setAttribute(key, attributes[key]));
  return element;
}

export function fill(element) {
  while (element.firstChild)
    element.removeChild(element.firstChild);
  for (let i = 1; i < arguments.length; i++)
    add(element, arguments[i]);
  return element;
}

/* Writes only what changed, so that a screen reader is not told the same again. */
export function setText(element, text) {
  if (element.textContent !== text)
    element.textContent = text;
}

/* The sprite is taken into the page, so that an icon for "no server" needs no server. */
async function loadIcons() {
  const answer = await fetch('/ui/icons.svg', { credentials: 'same-origin' });
  const found = new DOMParser().parseFromString(await answer.text(), 'image/svg+xml');
  const root = document.importNode(found.documentElement, true);
  Array.from(root.querySelectorAll('symbol')).forEach((symbol) => {
    symbol.id = 'icon-' + symbol.id;
  });
  root.setAttribute('class', 'vh');
  root.setAttribute('aria-hidden', 'true');
  document.documentElement.append(root); /* pages fill the body as they like */
}

loadIcons().catch(() => {}); /* words stand beside every icon */

function sprite(id, className) {
  const root = svg('svg', { class: className, 'aria-hidden': 'true' });
  root.append(svg('use', { href: '#icon-' + id }));
  return root;
}

export function icon(id, className) {
  return sprite(id, className || 'i');
}

/* Strokes of the gong: `yen` all quiet, `dong` motion, `bao` alarm. */
export function strokes(kind) {
  return sprite('nhip-' + kind, 'nhip ' + kind);
}

/* A state: its mark and its word. */
export function state(kind, mark, words) {
  return el('span', { class: 'state ' + kind }, mark, el('span', null, words));
}

/*
 * Makes the children of `parent` those of `items`, keeping what has not changed: a picture
 * does not flicker and the focus stays. `name(item)` says which it is, `look(item)` all
 * that can be seen of it.
 */
export function keep(parent, items, name, look, make) {
  const before = parent.keptItems || {}, after = {};
  const focused = document.activeElement;
  let place = parent.firstChild;
  items.forEach((item) => {
    const id = name(item), seen = look(item), old = before[id];
    const same = old && old.seen === seen;
    const node = same ? old.node : make(item);
    after[id] = { seen, node };
    if (node === place)
      place = place.nextSibling;
    else
      parent.insertBefore(node, place);
    if (old && !same && old.node.contains(focused))
      refocus(old.node, focused, node);
  });
  while (place) {
    const next = place.nextSibling;
    parent.removeChild(place);
    place = next;
  }
  parent.keptItems = after;
}

const CAN_FOCUS = 'a[href], button, input, select';

function focusable(node) {
  const found = Array.from(node.querySelectorAll(CAN_FOCUS));
  return node.matches(CAN_FOCUS) ? [node].concat(found) : found;
}

function refocus(old, focused, node) {
  const to = focusable(node)[focusable(old).indexOf(focused)] || focusable(node)[0];
  if (to)
    to.focus();
}

/* 16:9, with the picture or, where there is none, the hatch and a mark. */
export function picture(src, alt, mark) {
  const box = el('div', { class: 'pic' });
  const miss = () => fill(box, el('span', { class: 'miss' }, icon(mark || 'camera-off')));
  if (!src) {
    miss();
    return box;
  }
  box.append(el('img', { src, alt: alt || '', decoding: 'async', on: { error: miss } }));
  return box;
}
