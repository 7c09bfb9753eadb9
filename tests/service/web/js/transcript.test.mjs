// Exports, search and places in a transcript.

import assert from 'node:assert/strict';
import { test } from 'node:test';

const JS = '../../../../ovoz/serving/web/static/js';
const { FORMATS, timestamp } = await import(`${JS}/exports.js`);
const { lines } = await import(`${JS}/lines.js`);
const { found, wordAt } = await import(`${JS}/transcript.js`);
const { peaks } = await import(`${JS}/waveform.js`);

const word = (text, start, end) => ({ text, start_s: start, end_s: end, language: 'uz' });

test('lines hold every word once, in order, and are short', () => {
  for (let round = 0; round < 100; round += 1) {
    let at = 0;
    const words = Array.from({ length: Math.floor(Math.random() * 200) }, () => {
      const start = at + Math.random();
      at = start + Math.random();
      return word('x'.repeat(1 + Math.floor(Math.random() * 12)), start, at);
    });
    const cut = lines(words);
    assert.deepEqual(cut.flat(), words);
    for (const line of cut) {
      assert.ok(line.length);
      assert.ok(line.map(({ text }) => text).join(' ').length <= 80);
    }
  }
});

test('times are rounded as a whole', () => {
  assert.equal(timestamp(0, ','), '00:00:00,000');
  assert.equal(timestamp(3661.0415, '.'), '01:01:01.042');
  assert.equal(timestamp(59.9999, '.'), '00:01:00.000');
});

test('subtitles are numbered, and markup is escaped where it is read as such', () => {
  const answer = { text: 'a <b>', words: [word('a', 0, 0.5), word('<b>', 2, 2.5)] };
  assert.equal(FORMATS.srt.write(answer),
    '1\n00:00:00,000 --> 00:00:00,500\na\n\n2\n00:00:02,000 --> 00:00:02,500\n<b>\n');
  assert.equal(FORMATS.vtt.write(answer),
    'WEBVTT\n\n00:00:00.000 --> 00:00:00.500\na\n\n00:00:02.000 --> 00:00:02.500\n&lt;b&gt;\n');
  assert.equal(FORMATS.txt.write(answer), 'a <b>\n');
  assert.deepEqual(JSON.parse(FORMATS.json.write(answer)), answer);
  assert.equal(FORMATS.srt.write({ words: [] }), '');
});

test('words are found in any case and with any apostrophe', () => {
  const words = [word('Oʻzbek', 0, 1), word('банк', 1, 2), word('ozbekcha', 2, 3)];
  assert.deepEqual(found(words, "o'zbek"), [0, 2]);
  assert.deepEqual(found(words, 'БАНК '), [1]);
  assert.deepEqual(found(words, ' '), []);
  assert.deepEqual([-1, 0, 0.5, 1, 9].map((at) => wordAt(words, at)), [-1, 0, 0, 1, 2]);
});

test('peaks cover every sample', () => {
  const samples = new Float32Array(1003);
  samples[1002] = -0.5;
  assert.equal(peaks(samples, 10).at(-1), 0.5);
});
