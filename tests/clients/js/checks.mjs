// Checks of the packed client at a running service; its address and recordings come from the test.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { DeadlineError, OvozClient, ServiceError, UnreachableError } from 'ovoz-client';
import WebSocket from 'ws';

const { SERVICE, LINE, BUSY, KEY, RECORDING, SAMPLES } = process.env;
const client = new OvozClient(SERVICE, { key: KEY });
const recording = new Blob([readFileSync(RECORDING)]);
const said = 'kam руa';

test('a recording as it was spoken, as subtitles and without what must not be read', async () => {
  const answer = await client.transcribe(recording, { name: 'call.wav' });
  assert.equal(answer.text, said);
  assert.deepEqual(answer.words.map((word) => word.language), ['uz', 'mixed']);
  assert.match(await client.write(recording, 'vtt'), /^WEBVTT/);
  const readable = await client.transcribe(recording, { written: true, script: 'latin', redact: ['pii'] });
  assert.equal(readable.written.text, 'Kam rua.');
});

test('a correction counts once', async () => {
  const { request_id: id } = await client.transcribe(recording);
  assert.equal((await client.correct(id, 'kam')).word_errors, 1);
  await assert.rejects(client.correct(id, 'kam'), (error) => error instanceof ServiceError
    && error.kind === 'already-corrected');
});

test('a job from acceptance to oblivion', async () => {
  const job = await client.createJob([recording, new Uint8Array([1, 2, 3])]);
  const { results } = await client.waitForJob(job.id, { timeoutS: 60, written: true });
  assert.equal(results[0].answer.text, said);
  assert.equal(results[0].answer.written.text, 'Kam руa.');
  assert.match(results[1].problem.type, /audio-/);
  await client.cancelJob(job.id);
  await assert.rejects(client.job(job.id), { status: 404, kind: 'job-unknown' });
});

test('wrong keys, addresses and times', async () => {
  const stranger = new OvozClient(SERVICE, { key: 'no key' });
  await assert.rejects(stranger.transcribe(recording), { status: 401 });
  await assert.rejects(
    new OvozClient('http://127.0.0.1:1', { timeoutS: 0.5 }).transcribe(recording), UnreachableError);
  assert.throws(() => new OvozClient('127.0.0.1:3000'), TypeError);
  assert.ok(!JSON.stringify(client).includes(KEY));
  await assert.rejects(
    client.waitForJob((await client.createJob([recording])).id, { timeoutS: -1 }),
    (error) => error instanceof DeadlineError);
});

test('a busy service is asked again, not before it says', async () => {
  const begun = Date.now();
  const answer = await new OvozClient(BUSY).transcribe(recording);
  assert.equal(answer.text, 'at last');
  assert.ok(Date.now() - begun >= 1000);
});

test('a stream over a line that is cut loses and repeats nothing', async () => {
  const samples = readFileSync(SAMPLES);
  const words = [];
  let drops = 0;
  await new Promise((resolve, reject) => {
    const stream = new OvozClient(LINE, { key: KEY }).stream({
      sampleRate: 16000,
      fields: { written: true },
      open: (url) => new WebSocket(url),
      onMessage: (message) => {
        if (message.type === 'final') words.push(...message.words.map((word) => word.text));
      },
      onState: (state, detail) => {
        if (state === 'lost') drops += 1;
        if (state === 'closed') (detail.isDone ? resolve : reject)(detail);
      },
    });
    (async () => {
      for (let place = 0; place < samples.length; place += 6400) {
        stream.send(samples.subarray(place, place + 6400));
        if (place === 64000) console.log('cut the line');
        await new Promise((next) => setTimeout(next, 20));
      }
      stream.stop();
    })();
  });
  assert.deepEqual(words, JSON.parse(process.env.WORDS));
  assert.ok(drops >= 1);
});
