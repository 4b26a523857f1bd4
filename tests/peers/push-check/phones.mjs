// Phones that others wrote: the npm http_ece opens what they are sent (RFC 8188, RFC 8291), Node's
// crypto checks the sender's token (RFC 8292). One line of JSON asks, one answers:
//   {"phone": NAME}                                  -> {"p256dh", "auth"}
//   {"open": NAME, "body", "authorization", "origin"} -> {"message", "vapid"} or {"fault"}
//   {"sender": AUTHORIZATION, "origin"}              -> {"vapid"} or {"fault"}
import crypto from 'node:crypto';
import { createInterface } from 'node:readline';
import ece from 'http_ece';

const phones = new Map();

function made(name) {
  const key = crypto.createECDH('prime256v1');
  const phone = { key, auth: crypto.randomBytes(16) };
  phones.set(name, phone);
  return { p256dh: key.generateKeys().toString('base64url'), auth: phone.auth.toString('base64url') };
}

function say(what, holds) {
  if (!holds)
    throw new Error(what);
}

function sender(authorization, origin) {
  const fields = new Map(authorization.replace(/^vapid /, '').split(',').map((part) => {
    const at = part.indexOf('=');
    return [part.slice(0, at).trim(), part.slice(at + 1)];
  }));
  const [head, claims, signature] = fields.get('t').split('.');
  const point = Buffer.from(fields.get('k'), 'base64url');
  say('the key is no uncompressed point', point.length === 65 && point[0] === 4);
  const key = crypto.createPublicKey({ format: 'jwk', key: {
    kty: 'EC', crv: 'P-256', x: point.subarray(1, 33).toString('base64url'),
    y: point.subarray(33).toString('base64url') } });
  const read = (text) => JSON.parse(Buffer.from(text, 'base64url').toString());
  say('the token is not ES256', read(head).alg === 'ES256' && read(head).typ === 'JWT');
  say('the signature is not of this key', crypto.verify('sha256', Buffer.from(`${head}.${claims}`),
    { key, dsaEncoding: 'ieee-p1363' }, Buffer.from(signature, 'base64url')));
  const { aud, exp, sub } = read(claims), now = Date.now() / 1000;
  say(`the token is for ${aud}`, aud === origin);
  say(`the token ends at ${exp}`, exp > now && exp <= now + 86400);
  say(`the sender is ${sub}`, /^(mailto|https):/.test(sub));
  return fields.get('k');
}

function open({ open: name, body, authorization, origin }) {
  const { key, auth } = phones.get(name);
  const plain = ece.decrypt(Buffer.from(body, 'base64'), {
    version: 'aes128gcm', privateKey: key, authSecret: auth.toString('base64url') });
  return { vapid: sender(authorization, origin), message: JSON.parse(plain.toString()) };
}

createInterface({ input: process.stdin }).on('line', (line) => {
  let answer;
  try {
    const asked = JSON.parse(line);
    if (asked.sender)
      answer = { vapid: sender(asked.sender, asked.origin) };
    else
      answer = asked.phone ? made(asked.phone) : open(asked);
  } catch (fault) {
    answer = { fault: String(fault) };
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
});
