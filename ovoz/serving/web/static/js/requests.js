// Requests to the API: uploads with progress, jobs, corrections.

import { authorization } from './credentials.js';

const LONG_S = 60;
const POLL_MS = 1000;

export class RefusedError extends Error {
  constructor(status, problem) {
    super(problem?.detail ?? `HTTP ${status}`);
    this.status = status;
    this.kind = problem?.type?.split(':').at(-1) ?? '';
  }
}

const problemIn = (content) => {
  try {
    return JSON.parse(content);
  } catch {
    return null; // a proxy's page
  }
};

/** POST a file; fetch tells no progress of an upload. */
function upload(path, field, file, onProgress, fields = {}) {
  return new Promise((resolve, reject) => {
    const form = new FormData();
    form.append(field, file, file.name);
    for (const [name, value] of Object.entries(fields)) form.append(name, value);
    const request = new XMLHttpRequest();
    request.open('POST', path);
    for (const [name, value] of Object.entries(authorization())) {
      request.setRequestHeader(name, value);
    }
    request.upload.onprogress = (event) => onProgress(event.loaded / event.total);
    request.onerror = () => reject(new RefusedError(0));
    request.onload = () => {
      const content = problemIn(request.responseText);
      if (request.status < 300) resolve(content);
      else reject(new RefusedError(request.status, content));
    };
    request.send(form);
  });
}

export async function ask(path, options = {}) {
  const headers = { ...authorization(), ...options.headers };
  const answer = await fetch(path, { ...options, headers });
  const content = problemIn(await answer.text());
  if (!answer.ok) throw new RefusedError(answer.status, content);
  return content;
}

/** Wait for a job of one recording. */
async function follow(job, fields) {
  const asked = new URLSearchParams(fields);
  let state = job;
  while (state.state === 'queued' || state.state === 'running') {
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    state = await ask(`jobs/${encodeURIComponent(job.id)}?${asked}`);
  }
  const [{ answer, problem }] = state.results;
  if (!answer) throw new RefusedError(422, problem);
  return answer;
}

const asJob = async (file, onProgress, fields) =>
  follow(await upload('jobs', 'files', file, onProgress), fields);

/**
 * Transcribe a file: at once, or as a job when it is long and the service has jobs.
 * @param {number} seconds its duration; NaN where it is not known
 * @param {object} fields what is asked for besides the transcript
 */
export async function transcribe(file, seconds, onProgress, fields) {
  const first = seconds > LONG_S ? asJob : null;
  try {
    if (first) return await first(file, onProgress, fields);
  } catch (error) {
    if (error.status !== 404) throw error; // this service has no jobs
  }
  try {
    return await upload('transcribe', 'file', file, onProgress, fields);
  } catch (error) {
    if (error.status !== 413 || first) throw error;
    return asJob(file, onProgress, fields);
  }
}

export const correct = (requestId, said) => ask('feedback', {
  method: 'POST',
  headers: { 'Content-Type': 'application/json' },
  body: JSON.stringify({ request_id: requestId, text: said }),
});
