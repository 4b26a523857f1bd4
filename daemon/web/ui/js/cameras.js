/*
 * How the state of a camera is spoken of. The server's own sentence (`reason`, what to do)
 * stands beside it where there is room.
 */
import { mark, parse } from './times.js';
import { say } from './words.js';

/* All is well, or will be in a moment. */
export function isWell(camera) {
  return camera.state === 'recording' || camera.state === 'connecting';
}

/* Pictures come and are kept, good or not. */
export function records(camera) {
  return ['recording', 'frozen', 'covered'].indexOf(camera.state) >= 0;
}

/* The password is wrong, or was too often: kengd pauses so as not to be locked out. */
function isPassword(camera) {
  return ['wrong_password', 'login_pause'].indexOf(camera.reason_code) >= 0;
}

/* Pictures come, but show nothing of what happens. */
export function isUnseen(camera) {
  return records(camera) && camera.state !== 'recording';
}

/* Two or three words. */
export function stateWords(camera) {
  if (camera.state === 'refused')
    return say(isPassword(camera) ? 'wrongPassword' : 'refused');
  return say({ recording: 'allWell', connecting: 'connecting', no_video: 'noVideo',
    frozen: 'frozen', covered: 'covered' }[camera.state] || 'lost');
}

export function stateIcon(camera) {
  if (camera.state === 'refused')
    return isPassword(camera) ? 'key' : 'lock';
  return camera.state === 'no_video' || records(camera) ? 'eye-off' : 'camera-off';
}

/* Since 20:41 */
export function sinceWords(camera) {
  const since = parse(camera.since);
  return since ? say('since', { time: mark(since) }) : '';
}

export function bad(cameras) {
  return cameras.filter((camera) => !isWell(camera));
}

/* The parts of the area tree, each with those within it: [{area, depth}], top down. */
export function treeOf(areas) {
  const known = {}, rows = [];
  areas.forEach((area) => { known[area.id] = true; });
  const add = (within, depth) => areas.forEach((area) => {
    const parent = known[area.within] ? area.within : '';
    if (parent !== within)
      return;
    rows.push({ area, depth });
    add(area.id, depth + 1);
  });
  add('', 0);
  return rows;
}

/* The ids of an area and of all that lies within it. */
export function within(areas, id) {
  const found = [id];
  for (let i = 0; i < found.length; i++)
    areas.forEach((area) => {
      if (area.within === found[i] && found.indexOf(area.id) < 0)
        found.push(area.id);
    });
  return found;
}
