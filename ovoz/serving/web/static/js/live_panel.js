// The live part of the page: a source of sound, a session, captions and what is told beside them.

import { openMicrophone } from './capture.js';
import { Captions, languageShares } from './captions.js';
import { CaptionsView } from './captions_view.js';
import { askForKey, token } from './credentials.js';
import { clip } from './demo.js';
import { formatted, text } from './i18n.js';
import { LiveSession } from './live_session.js';
import { levelOf, toS16le } from './pcm.js';
import { fieldsOf } from './writing.js';

const by = (id) => document.getElementById(id);

export class LivePanel {
  constructor() {
    this.captions = new Captions();
    this.view = new CaptionsView(by('captions'), by('spoken'));
    this.source = null;
    this.session = null;
    this.status = null; // key of the text of the state, its values, whether it is bad news
    by('record').addEventListener('click', () => this.toggle());
    for (const button of document.querySelectorAll('[data-clip]')) {
      button.addEventListener('click', () => this.start(clip(button.dataset.clip)));
    }
    by('clear').addEventListener('click', () => this.clear());
  }

  toggle() {
    if (this.source) this.finish();
    else this.start(openMicrophone);
  }

  /**
   * Caption a source of sound.
   * @param {(onSamples: (samples: Float32Array) => void) => Promise<object>} open
   */
  async start(open) {
    if (this.source) return;
    this.clear();
    this.open = open;
    this.firstAt = 0;
    const opening = { close() {} };
    this.source = opening;
    this.press(true);
    this.tell('opening');
    try {
      const source = await open((samples) => this.feed(samples), () => this.finish());
      if (this.source !== opening) return source.close(); // stopped while the visitor was asked
      this.source = source;
      this.session = this.newSession(source.sampleRate);
    } catch (error) {
      console.warn(error.name, error.message);
      this.release();
      this.tell(window.isSecureContext ? 'noMicrophone' : 'insecure', {}, true);
    }
  }

  newSession(sampleRate) {
    return new LiveSession({
      url: new URL('ws/transcribe', document.baseURI).href.replace(/^http/, 'ws'),
      sampleRate,
      token,
      fields: fieldsOf(by('form').value),
      onMessage: (message) => this.hear(message),
      onState: (state, detail) => this.follow(state, detail),
    });
  }

  feed(samples) {
    if (!this.session || !this.source) return;
    this.firstAt ||= performance.now() - (1000 * samples.length) / this.source.sampleRate;
    this.showLevel(levelOf(samples));
    this.session.send(toS16le(samples));
  }

  /** No more sound; the last words are waited for. */
  finish() {
    if (!this.source) return;
    this.release();
    this.tell(this.session ? 'finishing' : null);
    this.session?.stop();
  }

  release() {
    this.source?.close();
    this.source = null;
    this.press(false);
    this.showLevel(0);
  }

  hear(message) {
    const segment = this.captions.take(message);
    if (!segment) return;
    this.view.show(segment);
    by('clear').disabled = false;
    this.showShares();
    if (this.source) this.showLatency(performance.now() - this.firstAt - 1000 * segment.end);
  }

  follow(state, detail) {
    if (state === 'open') {
      if (!detail.resumed) this.captions.dropPartials().forEach((key) => this.view.remove(key));
      by('notice').textContent = detail.notice ?? '';
      this.tell(this.source ? 'listening' : 'finishing');
    } else if (state === 'lost') this.tell('lost', {}, true);
    else if (state === 'closed') this.leave(detail);
  }

  async leave({ code, fault, isDone }) {
    this.session = null;
    this.release();
    if (isDone) return this.tell('finished');
    if (code === 'not-authenticated') {
      this.tell('keyTitle');
      if (await askForKey(by('key'))) this.start(this.open);
    } else if (code === 'overloaded' || code === 'rate-limited') this.tell('busy', {}, true);
    else if (fault) this.tell('refused', { why: fault.message }, true);
    else this.tell('unreachable', {}, true);
  }

  clear() {
    if (!this.source) {
      this.session?.abandon();
      this.session = null;
      this.tell(null);
    }
    this.captions = new Captions();
    this.view.clear();
    this.showShares();
    by('latency').hidden = true;
    by('clear').disabled = true;
  }

  tell(key, values = {}, isWrong = false) {
    this.status = key && [key, values, isWrong];
    by('live-state').textContent = key ? text(key, values) : '';
    by('live-state').classList.toggle('wrong', isWrong);
  }

  press(isOn) {
    by('record').setAttribute('aria-pressed', isOn);
    by('record-label').dataset.text = isOn ? 'stop' : 'record';
    by('record-label').textContent = text(by('record-label').dataset.text);
  }

  showLevel(level) {
    by('level').firstElementChild.style.transform = `scaleX(${level.toFixed(3)})`;
    by('level').setAttribute('aria-valuenow', Math.round(level * 100));
  }

  showLatency(ms) {
    this.latency = Math.max(0, Math.round(ms / 10) * 10);
    by('latency').hidden = false;
    by('latency').textContent = text('lag', { ms: formatted(this.latency) });
  }

  showShares() {
    const shares = languageShares(this.captions.words);
    const told = shares.map(
      ([language, share]) => `${text(language)} ${formatted(share, { style: 'percent' })}`,
    );
    by('shares').hidden = by('legend').hidden = !shares.length;
    by('shares').setAttribute('aria-label', told.join(', '));
    by('shares').replaceChildren(...shares.map(([language, share]) => {
      const bar = document.createElement('div');
      bar.dataset.language = language;
      bar.style.flexGrow = share;
      return bar;
    }));
    by('legend').replaceChildren(...shares.map(([language], index) => {
      const line = document.createElement('li');
      line.dataset.language = language;
      line.textContent = told[index];
      return line;
    }));
  }

  /** Say everything again in another language. */
  retell() {
    if (this.status) this.tell(...this.status);
    this.showShares();
    if (!by('latency').hidden) this.showLatency(this.latency);
  }
}
