// What can go wrong; no message holds a key.

/** The service refused; `kind` is the stable name of the problem (RFC 9457). */
export class ServiceError extends Error {
  constructor(status, problem, retryAfterS) {
    super(problem?.detail ?? `HTTP ${status}`);
    this.name = 'ServiceError';
    this.status = status;
    this.kind = problem?.type?.split(':').at(-1) ?? `http-${status}`;
    this.retryAfterS = retryAfterS;
  }
}

/** Nothing answers at the address. */
export class UnreachableError extends Error {
  name = 'UnreachableError';
}

/** There was no answer in the time that the caller gave. */
export class DeadlineError extends Error {
  name = 'DeadlineError';
}
