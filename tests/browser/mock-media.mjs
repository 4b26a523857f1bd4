/*
 * Fragmented MP4 for the mock server: made once by ffmpeg, cut into init and fragments,
 * and put on any clock by writing the fragments' decode times anew.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const CLIP_S = 20, FPS = 15, GOP_S = 2;
const FRAMES_A_FRAGMENT = 8;

const cache = join(tmpdir(), 'kengd-browser-media');

function run(args, name) {
  const path = join(cache, createHash('sha1').update(args.join(' ')).digest('hex') + name);
  if (!existsSync(path)) {
    mkdirSync(cache, { recursive: true });
    const part = path + '.' + process.pid + name;
    execFileSync('ffmpeg', ['-loglevel', 'error', '-y', ...args, part]);
    renameSync(part, path);
  }
  return readFileSync(path);
}

/* `still`: a picture file, or a colour; something moves in front of it. */
function source(still, width, height) {
  const box = "drawbox=x='mod(t*80,iw)':y=ih*0.7:w=ih/18:h=ih/9:color=white@0.8:t=fill";
  const scale = 'scale=' + width + ':' + height + ',format=yuv420p,' + box;
  return still.endsWith('.jpg') ? ['-loop', '1', '-framerate', String(FPS), '-i', still,
    '-vf', scale] :
    ['-f', 'lavfi', '-i', 'color=' + still + ':s=' + width + 'x' + height + ':r=' + FPS,
      '-vf', scale];
}

/* {codecs, timescale, init, fragments: [{bytes, dts, keyframe, duration_s}]} */
export function makeClip({ still = 'gray', width = 640, height = 360, profile = 'main' }) {
  const bytes = run([...source(still, width, height), '-t', String(CLIP_S), '-c:v', 'libx264',
    '-preset', 'ultrafast', '-tune', 'zerolatency', '-profile:v', profile, '-bf', '0',
    '-b:v', width > 1000 ? '1500k' : '400k', '-g', String(FPS * GOP_S), '-sc_threshold', '0',
    '-movflags', '+frag_keyframe+empty_moov+default_base_moof', '-frag_duration',
    String(Math.round(FRAMES_A_FRAGMENT / FPS * 1e6))], '.mp4');
  return cut(bytes);
}

export function makePicture({ still = 'gray', width = 640, height = 360 }) {
  return run([...source(still, width, height), '-frames:v', '1', '-q:v', '4'], '.jpg');
}

function* boxes(bytes, from = 0, to = bytes.length) {
  for (let at = from; at + 8 <= to;) {
    const size = bytes.readUInt32BE(at), type = bytes.toString('latin1', at + 4, at + 8);
    yield { type, at, size };
    at += size;
  }
}

function find(bytes, path, from = 0, to = bytes.length) {
  for (const box of boxes(bytes, from, to)) {
    if (box.type !== path[0])
      continue;
    return path.length === 1 ? box : find(bytes, path.slice(1), box.at + 8, box.at + box.size);
  }
  return null;
}

function cut(bytes) {
  const init = [], fragments = [];
  let moof = null;
  for (const box of boxes(bytes)) {
    if (box.type === 'ftyp' || box.type === 'moov')
      init.push(bytes.subarray(box.at, box.at + box.size));
    else if (box.type === 'moof')
      moof = box;
    else if (box.type === 'mdat' && moof)
      fragments.push({ bytes: bytes.subarray(moof.at, box.at + box.size) });
  }
  const head = Buffer.concat(init);
  const avcc = head.indexOf('avcC'), mdhd = find(head, ['moov', 'trak', 'mdia', 'mdhd']);
  const timescale = head.readUInt32BE(mdhd.at + (head[mdhd.at + 8] ? 28 : 20));
  fragments.forEach((fragment, n) => { fragment.dts = decodeTime(fragment.bytes); });
  fragments.forEach((fragment, n) => {
    const next = n + 1 < fragments.length ? fragments[n + 1].dts : CLIP_S * timescale;
    fragment.duration_s = (next - fragment.dts) / timescale;
    fragment.keyframe = fragment.dts % (GOP_S * timescale) === 0;
  });
  return { codecs: 'avc1.' + head.toString('hex', avcc + 5, avcc + 8), timescale, init: head,
    fragments };
}

function decodeTime(fragment) {
  const tfdt = find(fragment, ['moof', 'traf', 'tfdt']);
  return fragment[tfdt.at + 8] === 1 ? Number(fragment.readBigUInt64BE(tfdt.at + 12)) :
    fragment.readUInt32BE(tfdt.at + 12);
}

/* A copy of the fragment that begins at `dts`. */
export function moved(fragment, dts) {
  const copy = Buffer.from(fragment), tfdt = find(copy, ['moof', 'traf', 'tfdt']);
  if (copy[tfdt.at + 8] === 1)
    copy.writeBigUInt64BE(BigInt(dts), tfdt.at + 12);
  else
    copy.writeUInt32BE(dts, tfdt.at + 12);
  return copy;
}

/*
 * One minute as a segment file: init, then (uuid, moof, mdat)*. The rows say where each
 * fragment is; `dts` continues from minute to minute.
 */
export function makeSegment(clip, minute) {
  const parts = [clip.init], rows = [];
  let at = clip.init.length;
  for (let loop = 0; loop < 60 / CLIP_S; loop++) {
    for (const fragment of clip.fragments) {
      const base = (minute % 1000000 * 60 + loop * CLIP_S) * clip.timescale;
      const mark = Buffer.concat([Buffer.from([0, 0, 0, 40]), Buffer.from('uuid'),
        Buffer.alloc(32, 7)]);
      const bytes = moved(fragment.bytes, base + fragment.dts);
      rows.push({ at: at + mark.length, size: bytes.length, dts: base + fragment.dts,
        from_ms: minute * 60000 + (loop * CLIP_S + fragment.dts / clip.timescale) * 1000,
        duration: fragment.duration_s, keyframe: fragment.keyframe });
      parts.push(mark, bytes);
      at += mark.length + bytes.length;
    }
  }
  return { bytes: Buffer.concat(parts), rows };
}

/* A clip from time zero. */
export function makeDownload(clip, seconds) {
  let sum = 0;
  const parts = [clip.init];
  for (const fragment of clip.fragments) {
    if ((sum += fragment.duration_s) > seconds)
      break;
    parts.push(fragment.bytes);
  }
  return Buffer.concat(parts);
}
