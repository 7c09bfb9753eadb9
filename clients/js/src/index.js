// Client of Ovoz for browsers and Node: recordings, jobs, corrections and live streams.

export { OvozClient } from './client.js';
export { DeadlineError, ServiceError, UnreachableError } from './errors.js';
export { LiveSession } from '../lib/live_session.js';
export { levelOf, toS16le } from '../lib/pcm.js';
