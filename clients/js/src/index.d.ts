/** Times are seconds from the start; confidences are in [0, 1]. */
export interface Word {
  text: string;
  start_s: number;
  end_s: number;
  language: string;
  confidence: number;
  /** Who says it, from 1; there where `speakers` was asked for. */
  speaker?: number;
}

export type Script = 'canonical' | 'latin' | 'cyrillic';

export interface Options {
  /** The file's name; only for messages. */
  name?: string;
  language_hint?: 'auto' | 'uz' | 'ru' | 'mixed';
  hotwords?: string[];
  /** What to take out: `pii`, `pci`, `numbers`, or kinds such as `card`. */
  redact?: string[];
  /** Who says each word: `auto`, the number of speakers, or bounds such as `2-4`. */
  speakers?: string;
  timestamps?: boolean;
  /** Also as people read it: figures, and sentences by pauses. */
  written?: boolean;
  script?: Script;
}

export interface Answer {
  text: string;
  language_detected: string;
  language_confidence: number;
  confidence: number;
  words: Word[] | null;
  switches: { index: number; time_s: number; from_language: string; to_language: string }[];
  duration_s: number;
  processing_ms: number;
  model_version: string;
  notice: string;
  request_id: string;
  warnings: { kind: string; start_s: number; end_s: number; silence: boolean; detail: string }[];
  redacted: { kind: string; start_s: number; end_s: number }[];
  /** How long each speaker talks; there where `speakers` was asked for. */
  speakers?: { speaker: number; talk_s: number; share: number; turns: number; words: number }[];
  written?: { text: string; words: Word[] | null };
}

export interface Problem {
  type: string;
  title: string;
  status: number;
  detail: string;
}

export interface Job {
  id: string;
  state: 'queued' | 'running' | 'done' | 'failed' | 'cancelled';
  progress: { done: number; total: number; share: number };
  created_at: string;
  finished_at: string | null;
  expires_at: string | null;
  results: { name: string; state: string; answer: Answer | null; problem: Problem | null }[];
}

export type Recording = Blob | ArrayBuffer | ArrayBufferView<ArrayBuffer>;

/** A message of `/ws/transcribe`: `ready`, `partial`, `final` and the others of its protocol. */
export interface Message {
  type: string;
  seq?: number;
  segment?: number;
  channel?: number;
  start_s?: number;
  end_s?: number;
  text?: string;
  stable_chars?: number;
  words?: Word[];
  written?: { text: string; words: Word[] };
  [field: string]: unknown;
}

export type StreamState = 'connecting' | 'open' | 'lost' | 'closed';

export interface StreamOptions {
  sampleRate: number;
  onMessage(message: Message): void;
  onState?(state: StreamState, detail?: { code?: string; fault?: Message; isDone?: boolean }): void;
  /** Fields of the start message: `language_hint`, `hotwords`, `redact`, `written`, `script`, … */
  fields?: Record<string, unknown>;
  open?(url: string): unknown;
}

/** A stream that comes back after a drop and loses nothing of the last minute. */
export class LiveSession {
  constructor(options: StreamOptions & { url: string; token(): string });
  /** Send 16-bit little-endian samples of one channel, now or when the socket is back. */
  send(bytes: Uint8Array): void;
  /** The last words follow, then the state `closed`. */
  stop(): void;
  /** Leave at once, without the last words. */
  abandon(): void;
}

export class OvozClient {
  constructor(url: string, options?: { key?: string; timeoutS?: number });
  readonly url: string;
  timeoutS: number;
  transcribe(file: Recording, options?: Options): Promise<Answer>;
  write(file: Recording, format: 'text' | 'srt' | 'vtt', options?: Options): Promise<string>;
  createJob(
    files: Recording[],
    options?: Omit<Options, 'name' | 'written' | 'script'> & { webhook_url?: string },
  ): Promise<Job>;
  job(id: string, form?: { written?: boolean; script?: Script }): Promise<Job>;
  waitForJob(
    id: string,
    options?: { timeoutS?: number; written?: boolean; script?: Script },
  ): Promise<Job>;
  cancelJob(id: string): Promise<void>;
  correct(requestId: string, text: string): Promise<{ wer: number | null; [field: string]: unknown }>;
  stream(options: StreamOptions): LiveSession;
}

export class ServiceError extends Error {
  readonly status: number;
  readonly kind: string;
  readonly retryAfterS: number;
}

export class UnreachableError extends Error {}

export class DeadlineError extends Error {}

/** Bytes of s16le for samples in [-1, 1]. */
export function toS16le(samples: ArrayLike<number>): Uint8Array;

/** Loudness in [0, 1]: 0 is -60 dB of full scale or less. */
export function levelOf(samples: Float32Array): number;
