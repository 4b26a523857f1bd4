/*
 * The page's one stream as bytes: whole messages out of whatever pieces the network made
 * of them. Source: docs/live-stream.md.
 */
export const INIT = 1, FRAGMENT = 2, JPEG = 3, NOTE = 4, PING = 5, DEBUG = 6;

/* Flags of a FRAGMENT. */
export const KEYFRAME = 1, SKIPPED = 2;

const HEADER = 16;

/* More than any fragment: a 4K keyframe is below 2 MB. What is longer is not ours. */
const MAX_BODY = 16 * 1024 * 1024;

/*
 * push() takes the pieces; each whole message is handed to `onMessage` as
 * {kind, flags, channel, time, body}, time in milliseconds since 1970, the body in memory
 * of its own. Throws on a body that is too long: the stream cannot be followed any more.
 */
export class Deframer {
  constructor(onMessage) {
    this.onMessage = onMessage;
    this.header = new Uint8Array(HEADER);
    this.headerFilled = 0;
    this.body = null;
    this.bodyFilled = 0;
  }

  push(piece) {
    let at = 0;
    while (at < piece.length) {
      at += this.body ? this.fillBody(piece, at) : this.fillHeader(piece, at);
      if (this.body && this.bodyFilled === this.body.length)
        this.deliver();
    }
  }

  fillHeader(piece, at) {
    const taken = Math.min(HEADER - this.headerFilled, piece.length - at);
    this.header.set(piece.subarray(at, at + taken), this.headerFilled);
    this.headerFilled += taken;
    if (this.headerFilled === HEADER) {
      const size = new DataView(this.header.buffer).getUint32(0, true);
      if (size > MAX_BODY)
        throw new Error('a message of ' + size + ' bytes');
      this.body = new Uint8Array(size);
      this.bodyFilled = 0;
    }
    return taken;
  }

  fillBody(piece, at) {
    const taken = Math.min(this.body.length - this.bodyFilled, piece.length - at);
    this.body.set(piece.subarray(at, at + taken), this.bodyFilled);
    this.bodyFilled += taken;
    return taken;
  }

  deliver() {
    const view = new DataView(this.header.buffer), body = this.body;
    this.body = null;
    this.headerFilled = 0;
    this.onMessage({
      kind: view.getUint8(4),
      flags: view.getUint8(5),
      channel: view.getUint16(6, true),
      /* Two halves: DataView knows no 64-bit integers in old browsers. */
      time: (view.getUint32(8, true) + view.getUint32(12, true) * 4294967296) / 1000,
      body,
    });
  }
}

/* An INIT begins with its codecs (RFC 6381): {codecs, bytes}. */
export function readInit(body) {
  const length = body.length ? body[0] : 0;
  return {
    codecs: String.fromCharCode.apply(null, body.subarray(1, 1 + length)),
    bytes: body.subarray(1 + length),
  };
}

export function readNote(body) {
  return JSON.parse(new TextDecoder().decode(body));
}
