/*
 * Whether the machine had any processor left: other work on it can starve a page that is
 * in no way at fault. Sampled from /proc/stat; a sample is full when next to nothing idled,
 * or when this process itself was not let run.
 */
import { readFileSync } from 'node:fs';

const EVERY_MS = 250;
const IDLE_LEAST = 0.04;     /* share of all processors */
const LATE_MS = 150;

function ticks() {
  const all = readFileSync('/proc/stat', 'utf8').split('\n')[0].split(/ +/).slice(1, 9).map(Number);
  return { idle: all[3] + all[4], all: all.reduce((sum, n) => sum + n, 0) };
}

export class Machine {
  constructor() {
    this.samples = [];
    this.last = { at: Date.now(), ...ticks() };
    this.timer = setInterval(() => this.sample(), EVERY_MS).unref();
  }

  sample() {
    const now = { at: Date.now(), ...ticks() }, { last } = this;
    const idle = (now.idle - last.idle) / Math.max(1, now.all - last.all);
    const late = now.at - last.at - EVERY_MS;
    this.samples.push({ from: last.at, to: now.at, full: idle < IDLE_LEAST || late > LATE_MS });
    this.last = now;
  }

  /* Whether it was so at any time between two times of the clock. */
  wasFull(from, to) {
    return this.samples.some((sample) => sample.full && sample.to > from && sample.from < to);
  }

  fullShare() {
    const full = this.samples.filter((sample) => sample.full).length;
    return Math.round(100 * full / Math.max(1, this.samples.length));
  }

  stop() {
    clearInterval(this.timer);
  }
}
