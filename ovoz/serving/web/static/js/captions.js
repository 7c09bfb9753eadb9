// What is known of a conversation so far: segments in order, each final or partial.

import { shownForm } from './writing.js';

/** How many words of a partial transcript will not change. */
export function stableWords(words, stableChars) {
  let end = 0;
  let count = 0;
  for (const word of words) {
    end += word.text.length;
    if (end > stableChars) break;
    count += 1;
    end += 1; // the blank
  }
  return count;
}

export class Captions {
  constructor() {
    this.segments = new Map();
  }

  /** Take a message of the service; returns the segment that it changed, or undefined. */
  take(message) {
    if (message.type !== 'partial' && message.type !== 'final') return undefined;
    const key = `${message.channel}/${message.shift ?? 0}/${message.segment}`;
    const known = this.segments.get(key);
    if (known?.isFinal) return undefined;
    const isFinal = message.type === 'final';
    const { words } = shownForm(message);
    const segment = {
      key,
      isFinal,
      start: message.start_s,
      end: message.end_s,
      words,
      stable: isFinal ? words.length : stableWords(words, message.stable_chars),
    };
    this.segments.set(key, segment);
    return segment;
  }

  /** Forget what is not final; returns the keys of it. */
  dropPartials() {
    const open = [...this.segments.values()].filter((one) => !one.isFinal).map((one) => one.key);
    open.forEach((key) => this.segments.delete(key));
    return open;
  }

  /** All words of all final segments, in order. */
  get finalWords() {
    return [...this.segments.values()].filter((one) => one.isFinal).flatMap((one) => one.words);
  }

  get words() {
    return [...this.segments.values()].flatMap((one) => one.words);
  }

  get text() {
    return this.words.map((word) => word.text).join(' ');
  }
}

/** Shares of the languages among words, largest first: `[['uz', 0.75], ['ru', 0.25]]`. */
export function languageShares(words) {
  const counts = new Map();
  for (const { language } of words) counts.set(language, (counts.get(language) ?? 0) + 1);
  return [...counts]
    .map(([language, count]) => [language, count / words.length])
    .sort((one, other) => other[1] - one[1]);
}
