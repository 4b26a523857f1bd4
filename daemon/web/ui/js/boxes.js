/*
 * The two facts of fragmented MP4 that a player cannot do without: the time scale of the
 * video track in an init segment, and where a fragment begins on the run's own clock.
 * Source: ISO/IEC 14496-12, 8.4 (mdhd, hdlr) and 8.8 (tfhd, tfdt).
 */

function word(bytes, at) {
  return ((bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) |
    bytes[at + 3]) >>> 0;
}

function name(bytes, at) {
  return String.fromCharCode(bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]);
}

/* The bodies of all boxes `type` that lie directly in `bytes`. */
function bodies(bytes, type) {
  const found = [];
  let at = 0;
  while (at + 8 <= bytes.length) {
    const size = word(bytes, at);
    if (size < 8 || at + size > bytes.length)
      break; /* cut short, or larger than 4 GB: not ours */
    if (name(bytes, at + 4) === type)
      found.push(bytes.subarray(at + 8, at + size));
    at += size;
  }
  return found;
}

function inside(bytes, path) {
  return path.reduce(
    (level, type) => level.reduce((all, body) => all.concat(bodies(body, type)), []),
    [bytes]);
}

/* {track, timescale} of the first video track; null when there is none. */
export function videoTrack(init) {
  for (const trak of inside(init, ['moov', 'trak'])) {
    const handler = inside(trak, ['mdia', 'hdlr'])[0];
    const header = inside(trak, ['mdia', 'mdhd'])[0];
    const track = inside(trak, ['tkhd'])[0];
    if (!handler || !header || !track || name(handler, 8) !== 'vide')
      continue;
    return {
      track: word(track, track[0] === 1 ? 20 : 12),
      timescale: word(header, header[0] === 1 ? 20 : 12),
    };
  }
  return null;
}

/* Seconds on the run's clock at which the fragment begins; 0 when it does not say. */
export function fragmentStart(fragment, video) {
  if (!video || !video.timescale)
    return 0;
  for (const traf of inside(fragment, ['moof', 'traf'])) {
    const header = inside(traf, ['tfhd'])[0], time = inside(traf, ['tfdt'])[0];
    if (!header || !time || word(header, 4) !== video.track)
      continue;
    const ticks = time[0] === 1 ? word(time, 4) * 4294967296 + word(time, 8) :
      word(time, 4);
    return ticks / video.timescale;
  }
  return 0;
}
