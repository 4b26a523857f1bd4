/*
 * The gong: one soft chime for motion, rapid strokes for an alarm that a person raised.
 * A gong is mostly a piece of rail, a free bar; its partials are made once and played from
 * memory. Browsers may hold sound back until somebody has touched the page: see `ready`.
 */
const RATIOS = [1, 2.757, 5.404, 8.933, 13.34]; /* partials of a free bar */
const BEAT = 0.0015;         /* each partial is two sines, this far apart on both sides */
const NOISE_TAU_S = 0.004;

const CHIME = { base: 330, gains: [1, 0.3, 0.1, 0.03], attack_s: 0.010, noise: 0.02,
  noise_s: 0.02, tau_s: 1.3, length_s: 3, peak_db: -18 };
const GONG = { base: 520, gains: [1, 0.75, 0.55, 0.35, 0.2], attack_s: 0.001, noise: 0.35,
  noise_s: 0.012, tau_s: 0.9, length_s: 3, peak_db: -6 };

const STROKES = 12, STROKE_S = 0.25, HAND_S = 0.012, REST_S = 0.9;
const ROUND_MS = (STROKES * STROKE_S + REST_S) * 1000;
const LONGEST_MS = 3 * 60000; /* then one round a minute */
const LATER_MS = 60000;

/* The samples of one stroke. */
export function stroke(kind, rate) {
  const samples = new Float32Array(Math.round(kind.length_s * rate));
  kind.gains.forEach((gain, n) => {
    const tau = kind.tau_s / Math.pow(RATIOS[n], 0.7);
    const low = 2 * Math.PI * kind.base * RATIOS[n] * (1 - BEAT) / rate;
    const high = 2 * Math.PI * kind.base * RATIOS[n] * (1 + BEAT) / rate;
    for (let i = 0; i < samples.length; i++) {
      const fade = Math.exp(-i / rate / tau) * gain / 2;
      if (fade < 1e-5)
        break;
      samples[i] += fade * (Math.sin(low * i) + Math.sin(high * i));
    }
  });
  addStrike(samples, kind, rate);
  const attack = Math.round(kind.attack_s * rate);
  for (let i = 0; i < attack; i++)
    samples[i] *= (1 - Math.cos(Math.PI * i / attack)) / 2;
  return scale(samples, Math.pow(10, kind.peak_db / 20));
}

/* Iron on iron: a click of noise, high-passed by taking differences. */
function addStrike(samples, kind, rate) {
  let before = 0;
  for (let i = 0; i < kind.noise_s * rate; i++) {
    const noise = Math.random() * 2 - 1;
    samples[i] += kind.noise * (noise - before) / 2 * Math.exp(-i / rate / NOISE_TAU_S);
    before = noise;
  }
}

function scale(samples, peak) {
  let highest = 0;
  for (let i = 0; i < samples.length; i++)
    highest = Math.max(highest, Math.abs(samples[i]));
  for (let i = 0; i < samples.length; i++)
    samples[i] *= peak / highest;
  return samples;
}

export class Sound {
  /* `onReady(ready)` when sound becomes allowed or is held back. */
  constructor(onReady) {
    const Context = window.AudioContext || window.webkitAudioContext;
    this.context = Context ? new Context() : null;
    this.onReady = onReady;
    this.made = {};
    this.ringing = 0;        /* since when, ms; 0: not */
    this.round = 0;
    this.struck = 0;         /* for tests */
    if (!this.context)
      return;
    this.context.onstatechange = () => this.tell();
    const wake = () => this.wake();
    ['click', 'keydown', 'touchend'].forEach((t) => document.addEventListener(t, wake));
  }

  get ready() {
    return !!this.context && this.context.state === 'running';
  }

  tell() {
    if (this.onReady)
      this.onReady(this.ready);
  }

  /* Allowed inside a touch or a key, or always where the browser is set so. */
  wake() {
    if (!this.context || this.ready)
      return;
    const done = this.context.resume();
    if (done)
      done.catch(() => {}); /* still held back: `ready` stays false and is shown */
  }

  buffer(kind) {
    if (!this.made[kind.base]) {
      const samples = stroke(kind, this.context.sampleRate);
      const buffer = this.context.createBuffer(1, samples.length, this.context.sampleRate);
      buffer.copyToChannel(samples, 0);
      this.made[kind.base] = buffer;
    }
    return this.made[kind.base];
  }

  strike(kind, after_s) {
    if (!this.ready)
      return;
    const source = this.context.createBufferSource();
    source.buffer = this.buffer(kind);
    source.connect(this.context.destination);
    source.start(this.context.currentTime + after_s);
    this.struck++;
  }

  chime() {
    this.strike(CHIME, 0.05);
  }

  /* Rounds until quiet(); after three minutes one a minute. */
  ring() {
    if (this.ringing)
      return;
    this.ringing = Date.now();
    this.nextRound();
  }

  nextRound() {
    for (let i = 0; i < STROKES; i++)
      this.strike(GONG, 0.05 + i * STROKE_S + (Math.random() * 2 - 1) * HAND_S);
    const long = Date.now() - this.ringing > LONGEST_MS;
    this.round = setTimeout(() => this.nextRound(), long ? LATER_MS : ROUND_MS);
  }

  quiet() {
    clearTimeout(this.round);
    this.ringing = 0;
  }
}
