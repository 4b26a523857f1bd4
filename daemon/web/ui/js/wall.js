/*
 * Tiles in a grid, with what each says: its name, and where there is no live picture why
 * and since when. Used by the screen (`tile`) and by the console (`ctile`).
 */
import { el, fill, icon, setText } from './dom.js';
import { isUnseen, isWell, sinceWords, stateIcon, stateWords } from './cameras.js';
import { Tile } from './tile.js';
import { span } from './times.js';
import { say } from './words.js';

export const LAYOUTS = [1, 4, 6, 9, 16];

/* `auto`, or one of LAYOUTS, also as text. */
export function layoutFor(wanted, cameras) {
  if (LAYOUTS.indexOf(+wanted) >= 0)
    return +wanted;
  return LAYOUTS.filter((n) => n >= cameras)[0] || 16;
}

/*
 * What a tile says: `look` is live, waiting, old (a picture with an age) or lost (none),
 * `strong` and `since` the words in its middle, `note` those in its corner; `unseen`: pictures
 * come, but show nothing (frozen, covered).
 */
export function faceOf(tile, camera) {
  if (!camera)
    return { look: 'lost', mark: 'lock', strong: say('cannotSee'), since: '', note: '' };
  const down = camera.state !== 'recording';
  if (isUnseen(camera) && tile.state === 'live')
    return { look: 'old', mark: stateIcon(camera), strong: stateWords(camera),
      since: sinceWords(camera), note: '', unseen: true };
  if (down && tile.state !== 'live')
    return { look: 'lost', mark: stateIcon(camera), strong: stateWords(camera),
      since: sinceWords(camera), note: '', well: isWell(camera) };
  if (tile.state === 'stale')
    return { look: 'old', mark: '', strong: say('stopped', { span: span(tile.age_s) }),
      since: '', note: '' };
  if (tile.state === 'waiting')
    return { look: 'waiting', mark: '', strong: say('waiting'), since: '', note: '' };
  const slow = tile.slowness(), late = tile.lateness();
  const note = tile.showsStills ?
    (slow ? say('stillsEvery', { span: span(slow) }) : say('stills')) :
    late ? say('late', { span: span(late) }) : '';
  return { look: 'live', mark: '', strong: '', since: '', note };
}

export class Wall {
  /* `onPick(camera)`: a tile was chosen; null: tiles cannot be chosen. */
  constructor(grid, kind, onPick) {
    this.grid = grid;
    this.kind = kind;
    this.onPick = onPick || null;
    this.places = [];
  }

  /* Puts up these cameras; returns the tiles for Live.show(). */
  show(cameras, layout, stream) {
    this.close();
    this.grid.setAttribute('data-n', layout);
    this.grid.setAttribute('data-cameras', cameras.length);
    this.places = cameras.slice(0, layout).map((camera) => this.place(camera, stream));
    return this.places.map((place) => place.tile);
  }

  close() {
    this.places.forEach((place) => place.tile.close());
    this.places = [];
    fill(this.grid);
  }

  place(camera, stream) {
    const says = el('div', { class: 'says', hidden: true });
    const note = el('span', { class: 'note', hidden: true });
    const name = el('b', null, camera.name);
    const wide = this.kind === 'tile';
    const box = wide ? null : el('div', { class: 'pic' }, says, note);
    const caption = el('figcaption', { class: 'cap' }, name);
    const figure = el('figure', { class: this.kind + ' waiting', 'data-camera': camera.id },
      wide ? [says, note] : box, caption);
    const place = { camera, figure, says, note, name, seen: '' };
    if (this.onPick)
      figure.append(el('button', { class: 'pick', type: 'button',
        'aria-label': say('showLarge', { name: camera.name }),
        on: { click: () => this.onPick(place.camera) } }));
    this.grid.append(figure);
    place.tile = new Tile(camera.id, stream, box || figure);
    place.tile.onChange = () => this.draw(place);
    this.draw(place);
    return place;
  }

  /* The camera's state is another, or it is gone (null). */
  update(id, camera) {
    this.places.filter((place) => place.tile.id === id).forEach((place) => {
      place.camera = camera;
      this.draw(place);
    });
  }

  /* Rings a tile as the one where something is happening. */
  moving(ids) {
    this.places.forEach((place) => {
      place.figure.classList.toggle('moving', ids.indexOf(place.tile.id) >= 0);
    });
  }

  draw(place) {
    const face = faceOf(place.tile, place.camera), seen = JSON.stringify(face);
    if (seen === place.seen)
      return;
    place.seen = seen;
    ['live', 'waiting', 'old', 'lost'].forEach((look) => {
      place.figure.classList.toggle(look, look === face.look);
    });
    place.figure.classList.toggle('unseen', !!face.unseen);
    place.says.hidden = !face.strong;
    fill(place.says, face.mark ? icon(face.mark) : null, el('strong', null, face.strong),
      face.since ? el('span', null, face.since) : null);
    place.note.hidden = !face.note;
    setText(place.note, face.note);
    if (place.camera)
      setText(place.name, place.camera.name);
  }
}
