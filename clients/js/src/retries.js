// Tries again what may go better later, within a total time.

import { DeadlineError, ServiceError, UnreachableError } from './errors.js';

const AGAIN = new Set([408, 425, 429, 502, 503, 507]);
const FIRST_PAUSE_S = 0.25;
const LONGEST_PAUSE_S = 8;

/** Seconds of a `Retry-After` header, which names seconds or a date; 0 where there is none. */
export function retryAfterS(header) {
  if (!header) return 0;
  const seconds = /^\d+$/.test(header) ? Number(header) : (Date.parse(header) - Date.now()) / 1000;
  return Number.isFinite(seconds) ? Math.max(0, seconds) : 0;
}

const isTriedAgain = (error) => error instanceof UnreachableError || AGAIN.has(error.status);

const sleep = (seconds) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));

/**
 * Do something until it succeeds, is refused for good, or the time is over.
 * @param {number} timeoutS total time, pauses included
 * @param {(leftS: number) => Promise<T>} act is told how much time is left
 * @template T
 * @returns {Promise<T>}
 */
export async function withRetries(timeoutS, act) {
  const ends = Date.now() + timeoutS * 1000;
  for (let tries = 0; ; tries += 1) {
    try {
      return await act((ends - Date.now()) / 1000);
    } catch (error) {
      if (!isTriedAgain(error)) throw error;
      const drawn = Math.min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2 ** tries) * (0.5 + Math.random() / 2);
      const pauseS = Math.max(drawn, error.retryAfterS ?? 0);
      if (Date.now() + pauseS * 1000 >= ends) throw error; // the pause would outlast the total time
      await sleep(pauseS);
    }
  }
}

/** `fetch` with a deadline; what the service refuses is a `ServiceError`. */
export async function fetchWithin(leftS, url, options) {
  let answer;
  try {
    answer = await fetch(url, { ...options, signal: AbortSignal.timeout(Math.max(1, leftS * 1000)) });
    if (answer.ok) return { status: answer.status, text: await answer.text() };
  } catch (error) {
    if (error.name === 'TimeoutError') throw new DeadlineError('no answer in time');
    throw new UnreachableError(`no answer: ${error.cause?.code ?? error.message}`);
  }
  const problem = await answer.json().catch(() => null); // a proxy's page
  throw new ServiceError(answer.status, problem, retryAfterS(answer.headers.get('retry-after')));
}
