// Requests to a service: recordings, jobs, corrections; and where its live socket is.

import { LiveSession } from '../lib/live_session.js';
import { drawName } from '../lib/random_name.js';
import { DeadlineError } from './errors.js';
import { fetchWithin, withRetries } from './retries.js';

const POLL_S = 1;
const OVER = new Set(['done', 'failed', 'cancelled']);

/** The fields of a form: lists with commas, nothing for what is not set. */
const fieldsOf = (options) => Object.entries(options)
  .filter(([, value]) => value !== undefined)
  .map(([name, value]) => [name, Array.isArray(value) ? value.join(',') : String(value)]);

function formOf(field, files, options) {
  const form = new FormData();
  for (const { content, name } of files) {
    form.append(field, content instanceof Blob ? content : new Blob([content]), name);
  }
  for (const [name, value] of fieldsOf(options)) form.append(name, value);
  return form;
}

const named = (file, name) => ({ content: file, name: name ?? file.name ?? 'recording' });

export class OvozClient {
  #key;

  /**
   * @param {string} url of the service, such as http://127.0.0.1:3000
   * @param {object} [options]
   * @param {string} [options.key] an API key or a token
   * @param {number} [options.timeoutS] total time of a call, retries included
   */
  constructor(url, { key = '', timeoutS = 120 } = {}) {
    if (!/^https?:\/\/[^/]/.test(url)) throw new TypeError(`not the address of a service: ${url}`);
    this.url = url.replace(/\/+$/, '');
    this.timeoutS = timeoutS;
    this.#key = key;
  }

  /** Transcribe one recording: a Blob, File, ArrayBuffer or bytes. */
  async transcribe(file, { name, ...options } = {}) {
    return JSON.parse(await this.#post('/transcribe', formOf('file', [named(file, name)], options)));
  }

  /** A transcript as `text`, `srt` or `vtt`. */
  write(file, format, { name, ...options } = {}) {
    const form = formOf('file', [named(file, name)], { ...options, format });
    return this.#post('/transcribe', form);
  }

  /** Accept recordings to be transcribed later; no retry makes a second job. */
  async createJob(files, options = {}) {
    const form = formOf('files', files.map((file) => named(file)), options);
    return JSON.parse(await this.#post('/jobs', form, { 'Idempotency-Key': drawName() }));
  }

  /** How far a job is, with the results that are there. */
  async job(id, { written, script } = {}) {
    const query = new URLSearchParams(fieldsOf({ written, script }));
    return JSON.parse(await this.#ask('GET', `/jobs/${encodeURIComponent(id)}?${query}`));
  }

  /** Wait until a job is over. Throws `DeadlineError` when it is not in time. */
  async waitForJob(id, { timeoutS = 3600, ...form } = {}) {
    const ends = Date.now() + timeoutS * 1000;
    for (;;) {
      const job = await this.job(id, form);
      if (OVER.has(job.state)) return job;
      if (Date.now() + POLL_S * 1000 > ends) throw new DeadlineError(`job ${id} is ${job.state} still`);
      await new Promise((resolve) => setTimeout(resolve, POLL_S * 1000));
    }
  }

  /** Cancel a job; forget one that is over. */
  async cancelJob(id) {
    await this.#ask('DELETE', `/jobs/${encodeURIComponent(id)}`);
  }

  /** Tell what was really said; the answer has the errors of the transcript. */
  async correct(requestId, text) {
    const body = JSON.stringify({ request_id: requestId, text });
    const headers = { 'Content-Type': 'application/json' };
    return JSON.parse(await fetchWithin(this.timeoutS, `${this.url}/feedback`, {
      method: 'POST', body, headers: { ...this.#authorization(), ...headers },
    }).then((answer) => answer.text)); // not tried again: a correction counts once
  }

  /**
   * Caption audio while it is spoken; see `LiveSession`.
   * @param {object} options `sampleRate`, `onMessage`, `onState`, `fields`; `open` where there is no
   *   global WebSocket (Node 20): `(url) => new WebSocket(url)` of the package `ws`
   */
  stream(options) {
    const url = `${this.url.replace(/^http/, 'ws')}/ws/transcribe`;
    return new LiveSession({ onState() {}, ...options, url, token: () => this.#key });
  }

  #authorization() {
    return this.#key ? { Authorization: `Bearer ${this.#key}` } : {};
  }

  #post(path, form, headers) {
    return this.#ask('POST', path, { body: form, headers });
  }

  async #ask(method, path, { body, headers } = {}) {
    const options = { method, body, headers: { ...this.#authorization(), ...headers } };
    const send = (leftS) => fetchWithin(leftS, `${this.url}${path}`, options);
    return (await withRetries(this.timeoutS, send)).text;
  }
}
