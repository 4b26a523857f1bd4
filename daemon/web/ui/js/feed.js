/*
 * Notes for pages that show no pictures at the moment: /api/feed, and a question every
 * now and then whether the server is there at all, since a feed cannot tell.
 */
import { readSite } from './start.js';

const ASK_MS = 15000;
const REOPEN_MS = 5000;
const OPEN_MS = 1500;

export class Feed {
  /* `on`: note(object), site(site), link(there): true and false once a change, and again
   * true after every time that notes may have been missed. */
  constructor(on) {
    this.on = on;
    this.there = true;
    this.closed = false;
    this.missed = false;
    this.wasOpen = false;
    /* Lists that are asked for now miss nothing; if it takes longer, link(true) follows. */
    this.opened = new Promise((done) => {
      this.onOpened = done;
      setTimeout(() => { this.missed = this.missed || !this.wasOpen; done(); }, OPEN_MS);
    });
    this.open();
    this.timer = setInterval(() => this.ask(), ASK_MS);
    window.addEventListener('online', () => this.ask());
    window.addEventListener('offline', () => this.lost());
    document.addEventListener('visibilitychange', () => {
      if (!document.hidden)
        this.ask();
    });
  }

  open() {
    const source = this.source = new EventSource('/api/feed');
    const take = (message) => this.on.note(JSON.parse(message.data));
    ['hello', 'camera', 'alert', 'revoked', 'message']
      .forEach((type) => source.addEventListener(type, take));
    source.onopen = () => {
      this.wasOpen = true;
      this.onOpened();
      if (this.missed)
        this.on.link(true);
      this.missed = false;
    };
    source.onerror = () => {
      this.missed = true;
      if (source.readyState === EventSource.CLOSED)
        setTimeout(() => this.reopen(source), REOPEN_MS);
      this.ask();
    };
  }

  reopen(source) {
    if (source === this.source && !this.closed)
      this.open();
  }

  close() {
    this.closed = true;
    clearInterval(this.timer);
    this.source.close();
  }

  async ask() {
    if (document.hidden || this.asking || this.closed)
      return;
    this.asking = true;
    try {
      const site = await readSite();
      this.on.site(site);
      this.found();
    } catch (error) {
      if (error.status === 0)
        this.lost();
    }
    this.asking = false;
  }

  lost() {
    if (this.there && !this.closed)
      this.on.link(false);
    this.there = false;
  }

  found() {
    const was = this.there;
    this.there = true;
    if (!was)
      this.on.link(true);
    if (!was && this.source.readyState === EventSource.CLOSED)
      this.open();
  }
}
