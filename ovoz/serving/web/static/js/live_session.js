// One session of /ws/transcribe: sends audio, hands on messages, and comes back after a drop.

import { drawName } from './random_name.js';
import { SentAudio } from './sent_audio.js';

const KEPT_S = 60;
const TRIES = 8;
const LONGEST_PAUSE_MS = 8000;
const GONE = 'unknown-session';
const OPEN = 1; // WebSocket.OPEN, which node below 22 does not have

export class LiveSession {
  /**
   * @param {object} options
   * @param {string} options.url of the socket
   * @param {number} options.sampleRate of the audio
   * @param {() => string} options.token the key to show; empty for none
   * @param {object} [options.fields] what is asked for besides captions
   * @param {(message: object) => void} options.onMessage messages, times from the start of it all
   * @param {(state: 'connecting'|'open'|'lost'|'closed', detail?: object) => void} options.onState
   * @param {(url: string) => WebSocket} [options.open] for tests
   */
  constructor(options) {
    this.options = options;
    this.bytesPerSecond = options.sampleRate * 2;
    this.sent = new SentAudio(KEPT_S * this.bytesPerSecond);
    this.id = '';
    this.lastSeq = 0;
    this.shift = 0; // bytes before the start of the service's session
    this.settled = 0; // bytes that finals answer
    this.tries = 0;
    this.isReady = false;
    this.isStopping = false;
    this.isOver = false;
    this.fault = null;
    // A gateway before several services sends every connection of a name to the same one.
    this.url = `${options.url}?stream=${drawName()}`;
    this.connect();
  }

  connect() {
    this.options.onState('connecting');
    const open = this.options.open ?? ((url) => new WebSocket(url));
    const socket = open(this.url);
    this.socket = socket;
    this.fault = null;
    socket.onopen = () => this.tell(this.startMessage());
    socket.onmessage = (event) => this.hear(JSON.parse(event.data));
    socket.onerror = () => {}; // a close follows; node's ws throws where nobody listens
    socket.onclose = (event) => this.leave(event);
  }

  startMessage() {
    const { sampleRate, fields } = this.options;
    const start = { type: 'start', encoding: 's16le', sample_rate: sampleRate, ...fields };
    const token = this.options.token();
    if (token) start.token = token;
    if (this.id) Object.assign(start, { session_id: this.id, last_seq: this.lastSeq });
    return start;
  }

  /** Send audio now, or when the socket is back. */
  send(bytes) {
    if (this.isStopping) return;
    this.sent.append(bytes);
    if (this.isReady) this.write(bytes);
  }

  /** The last words follow, then `closed`. */
  stop() {
    if (this.isStopping) return;
    this.isStopping = true;
    if (this.isReady) this.tell({ type: 'stop' });
  }

  /** Leave at once, without the last words. */
  abandon() {
    this.isOver = true;
    this.socket.close();
  }

  tell(message) {
    this.write(JSON.stringify(message));
  }

  /** Between the service's goodbye and `onclose` nothing can be sent: it is sent again later. */
  write(content) {
    if (this.socket.readyState === OPEN) this.socket.send(content);
  }

  hear(message) {
    if (message.seq) this.lastSeq = message.seq;
    if (message.type === 'ready') this.begin(message);
    else if (message.type === 'error') this.fault = message;
    else if (message.type === 'done') this.isOver = true;
    if (message.type === 'final') {
      this.settled = this.shift + Math.round(message.end_s * this.options.sampleRate) * 2;
      this.tell({ type: 'ack', seq: message.seq });
    }
    this.options.onMessage(this.shift ? this.shifted(message) : message);
  }

  begin(ready) {
    this.tries = 0;
    this.id = ready.session_id;
    this.isReady = true;
    for (const piece of this.sent.from(this.shift + ready.received_bytes)) this.write(piece);
    if (this.isStopping) this.tell({ type: 'stop' });
    this.options.onState('open', ready);
  }

  /** A message with the times of the whole recording. */
  shifted(message) {
    const by = this.shift / this.bytesPerSecond;
    const moved = { ...message, shift: this.shift };
    for (const name of ['start_s', 'end_s', 'at_s']) if (name in moved) moved[name] += by;
    const later = (words) => words?.map((word) => ({
      ...word, start_s: word.start_s + by, end_s: word.end_s + by,
    }));
    moved.words = later(message.words);
    if (message.written) moved.written = { ...message.written, words: later(message.written.words) };
    return moved;
  }

  leave(event) {
    this.isReady = false;
    const code = this.fault?.code;
    if (code === GONE && this.id) this.restart();
    else if (this.isHopeless(event)) {
      return this.options.onState('closed', { code, fault: this.fault, isDone: this.isOver });
    }
    this.options.onState('lost');
    const pause = Math.min(LONGEST_PAUSE_MS, 250 * 2 ** this.tries) * (0.5 + Math.random() / 2);
    this.tries += 1;
    setTimeout(() => this.isOver || this.connect(), pause);
  }

  /** Whether to try again is in vain. */
  isHopeless(event) {
    const isRefused = this.fault && event.code !== 1012; // 1012: the service restarts
    const wasNeverOpen = !this.id && !this.shift;
    return this.isOver || isRefused || wasNeverOpen || this.tries >= TRIES;
  }

  /** The service has forgotten the session: a new one, from the end of the last final. */
  restart() {
    this.id = '';
    this.lastSeq = 0;
    this.shift = Math.max(this.settled, this.sent.start);
  }
}
