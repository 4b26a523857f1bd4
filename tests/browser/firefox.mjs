/*
 * The distribution's Firefox as a phone's browser, driven by its own Marionette protocol
 * (one JSON array a message, `LENGTH:[0, id, command, given]`). Its push server is the one at
 * `pushAddress`, and what it would show on the phone is kept by a service in place of the
 * desktop's: the browser itself subscribes, opens messages, wakes the worker and is touched.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from './browser.mjs';

const STARTS_MS = 60000;

function profile(folder, pushAddress) {
  const prefs = {
    'dom.push.serverURL': pushAddress, 'dom.push.testing.allowInsecureServerURL': true,
    'dom.push.connection.enabled': true, 'dom.push.enabled': true,
    'permissions.default.desktop-notification': 1, 'intl.accept_languages': 'vi-VN, vi',
    'marionette.port': 0, 'browser.shell.checkDefaultBrowser': false,
    'datareporting.policy.dataSubmissionEnabled': false, 'app.update.auto': false,
    'network.captive-portal-service.enabled': false, 'network.connectivity-service.enabled': false,
  };
  writeFileSync(join(folder, 'user.js'), Object.entries(prefs).map(([name, value]) =>
    `user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});\n`).join(''));
}

/* Runs in the browser's own realm: the desktop's notifications end here. */
const KEEP_ALERTS = `
  const shown = [];
  const service = {
    QueryInterface: ChromeUtils.generateQI(['nsIAlertsService']),
    showAlert(alert, observer) {
      shown.unshift({ title: alert.title, text: alert.text, name: alert.name,
        silent: alert.silent, alert, observer });
      observer.observe(null, 'alertshow', alert.cookie);
    },
    closeAlert() {}, teardown() {}, pbmTeardown() {},
  };
  const registrar = Components.manager.QueryInterface(Ci.nsIComponentRegistrar);
  const id = Services.uuid.generateUUID();
  registrar.registerFactory(id, 'kept alerts', '@mozilla.org/alerts-service;1',
    { createInstance: (iid) => service.QueryInterface(iid),
      QueryInterface: ChromeUtils.generateQI(['nsIFactory']) });
  globalThis.kengdShown = shown;
`;

class Wire {
  constructor(socket) {
    this.socket = socket;
    this.kept = Buffer.alloc(0);
    this.waiting = new Map();
    this.last = 0;
    socket.on('data', (more) => this.take(more));
  }

  take(more) {
    this.kept = Buffer.concat([this.kept, more]);
    for (;;) {
      const colon = this.kept.indexOf(':');
      const size = Number(this.kept.subarray(0, Math.max(colon, 0)).toString());
      if (colon < 0 || this.kept.length < colon + 1 + size)
        return;
      const message = JSON.parse(this.kept.subarray(colon + 1, colon + 1 + size).toString());
      this.kept = this.kept.subarray(colon + 1 + size);
      if (!Array.isArray(message))
        continue; /* the greeting */
      const [, id, fault, result] = message;
      const { done, fail } = this.waiting.get(id);
      this.waiting.delete(id);
      if (fault)
        fail(new Error(fault.error + ': ' + fault.message));
      else
        done(result);
    }
  }

  ask(command, given = {}) {
    const text = JSON.stringify([0, ++this.last, command, given]);
    this.socket.write(Buffer.byteLength(text) + ':' + text);
    return new Promise((done, fail) => this.waiting.set(this.last, { done, fail }));
  }
}

export class Firefox {
  static async start(pushAddress, size = { width: 390, height: 844 }) {
    const self = new Firefox();
    self.folder = mkdtempSync(join(tmpdir(), 'kengd-firefox-'));
    profile(self.folder, pushAddress);
    self.run = spawn(process.env.KENGD_FIREFOX || '/usr/bin/firefox-esr',
      ['--headless', '--marionette', '--no-remote', '--remote-allow-system-access',
        '--profile', self.folder],
      { stdio: 'ignore', env: { ...process.env, MOZ_HEADLESS_WIDTH: String(size.width),
        MOZ_HEADLESS_HEIGHT: String(size.height), HOME: self.folder } });
    const port = await until(() => {
      try {
        return Number(readFileSync(join(self.folder, 'MarionetteActivePort'), 'utf8'));
      } catch {
        return 0;
      }
    }, STARTS_MS);
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    self.wire = new Wire(socket);
    await self.wire.ask('WebDriver:NewSession', { acceptInsecureCerts: true });
    await self.wire.ask('WebDriver:SetWindowRect', size);
    await self.inBrowser(KEEP_ALERTS);
    return self;
  }

  async stop() {
    if (this.wire)
      this.wire.socket.destroy();
    if (this.run.exitCode === null) {
      this.run.kill();
      await once(this.run, 'exit');
    }
    rmSync(this.folder, { recursive: true, force: true });
  }

  /* Of a page: the body of a function; what it returns may be a promise. */
  async evaluate(body, ...args) {
    const { value: { fault, value } } = await this.wire.ask('WebDriver:ExecuteAsyncScript', { args,
      script: `const done = arguments[arguments.length - 1], given = [...arguments].slice(0, -1);
        (async () => { ${body} })().then((value) => done({ value }),
          (error) => done({ fault: String(error) }));` });
    if (fault)
      throw new Error(fault);
    return value;
  }

  async inBrowser(body, ...args) {
    await this.wire.ask('Marionette:SetContext', { value: 'chrome' });
    try {
      return (await this.wire.ask('WebDriver:ExecuteScript', { args, script: body,
        sandbox: 'system', newSandbox: false })).value;
    } finally {
      await this.wire.ask('Marionette:SetContext', { value: 'content' });
    }
  }

  open(url) {
    return this.wire.ask('WebDriver:Navigate', { url });
  }

  async path() {
    const url = new URL((await this.wire.ask('WebDriver:GetCurrentURL')).value);
    return url.pathname + url.hash;
  }

  async find(selector, words) {
    const found = await this.wire.ask('WebDriver:FindElements', { using: 'xpath',
      value: `//${selector}[contains(normalize-space(.), ${JSON.stringify(words)})]` });
    return found[0];
  }

  shows(selector, words, timeout = 20000) {
    return until(() => this.find(selector, words), timeout);
  }

  /* As soon as it can be touched: a page may show it later, or fill itself anew meanwhile. */
  async click(selector, words) {
    await until(async () => {
      const element = await this.shows(selector, words);
      return this.wire.ask('WebDriver:ElementClick', { id: Object.values(element)[0] })
        .then(() => true, (fault) => {
          if (!/not interactable|stale element/.test(fault.message))
            throw fault;
          return false;
        });
    }, STARTS_MS);
  }

  /* What stands on the phone's screen, the newest first: {title, text, name, silent}. */
  shown() {
    return this.inBrowser(`return globalThis.kengdShown.map(({ title, text, name, silent }) =>
      ({ title, text, name, silent }));`);
  }

  /* A finger on the newest one. */
  touch() {
    return this.inBrowser(`const { alert, observer } = globalThis.kengdShown[0];
      observer.observe(null, 'alertclickcallback', alert.cookie);
      observer.observe(null, 'alertfinished', alert.cookie);`);
  }

  async screenshot(path) {
    const { value } = await this.wire.ask('WebDriver:TakeScreenshot', { full: true });
    writeFileSync(path, Buffer.from(value, 'base64'));
  }
}
