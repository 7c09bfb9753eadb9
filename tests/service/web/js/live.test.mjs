// Samples, sent audio, captions and the session: no document, no network.

import assert from 'node:assert/strict';
import { test } from 'node:test';

const JS = '../../../../ovoz/serving/web/static/js';
const { toS16le, levelOf } = await import(`${JS}/pcm.js`);
const { SentAudio } = await import(`${JS}/sent_audio.js`);
const { Captions, stableWords, languageShares } = await import(`${JS}/captions.js`);
const { fieldsOf } = await import(`${JS}/writing.js`);
const { LiveSession } = await import(`${JS}/live_session.js`);
const { chooseLocale, LOCALES } = await import(`${JS}/i18n.js`);
const { TEXTS } = await import(`${JS}/texts.js`);

test('samples are clipped, little-endian, and silence has no level', () => {
  assert.deepEqual([...toS16le([0, 1, -1, 2, NaN])], [0, 0, 255, 127, 1, 128, 255, 127, 0, 0]);
  assert.equal(levelOf(new Float32Array(10)), 0);
  assert.equal(levelOf(new Float32Array(10).fill(1)), 1);
});

test('sent audio gives every byte from a place on, whatever the pieces', () => {
  for (let round = 0; round < 200; round += 1) {
    const limit = 1 + Math.floor(Math.random() * 300);
    const sent = new SentAudio(limit);
    const all = [];
    while (all.length < 400) {
      const piece = Uint8Array.from({ length: 1 + Math.floor(Math.random() * 40) }, Math.random);
      piece.forEach((_, index) => { piece[index] = (all.length + index) % 251; });
      sent.append(piece);
      all.push(...piece);
    }
    assert.ok(sent.end - sent.start >= limit);
    assert.ok(sent.end - sent.start < limit + 40);
    const place = sent.start + Math.floor(Math.random() * (sent.end - sent.start + 1));
    assert.deepEqual(sent.from(place).flatMap((piece) => [...piece]), all.slice(place));
    assert.equal(sent.from(0)[0][0], sent.start % 251);
  }
});

test('stable characters are counted in whole words', () => {
  const words = ['salom', 'банк', 'kerak'].map((text) => ({ text }));
  assert.deepEqual([0, 4, 5, 6, 9, 10, 11, 15, 16, 99].map((chars) => stableWords(words, chars)),
    [0, 0, 1, 1, 1, 2, 2, 2, 3, 3]);
});

const word = (text, language = 'uz') => ({ text, language, start_s: 0, end_s: 1 });
const message = (type, segment, words, extra = {}) => ({
  type, segment, channel: 0, start_s: 0, end_s: 1, words, stable_chars: 0, ...extra,
});

test('a final is shown in written form where it has one', () => {
  const captions = new Captions();
  const words = [word('yigirma'), word('besh'), word('ming')];
  captions.take(message('partial', 0, words));
  const segment = captions.take(message('final', 0, words, { written: { text: '25 000.', words: [word('25 000.')] } }));
  assert.equal(captions.text, '25 000.');
  assert.equal(segment.stable, 1);
  assert.deepEqual(fieldsOf('spoken'), {});
  assert.deepEqual(fieldsOf('latin'), { written: true, script: 'latin' });
});

test('a final replaces its partial and is never replaced', () => {
  const captions = new Captions();
  captions.take(message('partial', 0, [word('sal')]));
  captions.take(message('final', 0, [word('salom')]));
  assert.equal(captions.take(message('partial', 0, [word('no')])), undefined);
  captions.take(message('partial', 1, [word('банк', 'ru')]));
  assert.equal(captions.text, 'salom банк');
  assert.deepEqual(languageShares(captions.words), [['uz', 0.5], ['ru', 0.5]]);
  assert.deepEqual(captions.dropPartials(), ['0/0/1']);
  assert.equal(captions.text, 'salom');
});

class FakeSocket {
  constructor(url) {
    this.url = url;
    this.sent = [];
    this.readyState = 1;
    FakeSocket.all.push(this);
  }
  send(content) { this.sent.push(typeof content === 'string' ? JSON.parse(content) : content); }
  close() { this.onclose({ code: 1000 }); }
  say(content) { this.onmessage({ data: JSON.stringify(content) }); }
}
FakeSocket.all = [];

function session() {
  FakeSocket.all = [];
  const heard = [];
  const states = [];
  const live = new LiveSession({
    url: 'ws://none', sampleRate: 10, token: () => 'k', open: (url) => new FakeSocket(url),
    onMessage: (one) => heard.push(one), onState: (...one) => states.push(one),
  });
  return { live, heard, states };
}
const open = (socket, ready = {}) => {
  socket.onopen();
  socket.say({ type: 'ready', session_id: 's', received_bytes: 0, resumed: false, ...ready });
};
const next = async (count) => {
  while (FakeSocket.all.length < count) await new Promise((done) => setTimeout(done, 20));
  return FakeSocket.all[count - 1];
};
const audio = (socket) => socket.sent.filter((one) => one instanceof Uint8Array)
  .flatMap((one) => [...one]);

test('audio before ready waits; a dropped session goes on where the service was', async () => {
  const { live } = session();
  live.send(Uint8Array.of(1, 2, 3, 4));
  const [first] = FakeSocket.all;
  assert.deepEqual(first.sent, []);
  open(first);
  assert.equal(first.sent[0].token, 'k');
  live.send(Uint8Array.of(5, 6));
  assert.deepEqual(audio(first), [1, 2, 3, 4, 5, 6]);
  first.say({ ...message('final', 0, []), seq: 7 });
  first.readyState = 2; // it is closing, and whatever is sent now would only be complained of
  live.send(Uint8Array.of(7, 8));
  assert.deepEqual(audio(first), [1, 2, 3, 4, 5, 6]);
  first.onclose({ code: 1006 });
  live.send(Uint8Array.of(9, 10));
  const second = await next(2);
  open(second, { received_bytes: 4, resumed: true });
  assert.equal(second.sent[0].session_id, 's');
  assert.equal(second.sent[0].last_seq, 7);
  assert.deepEqual(audio(second), [5, 6, 7, 8, 9, 10]);
  live.abandon();
});

test('a forgotten session begins anew behind the last final, with times of the whole', async () => {
  const { live, heard } = session();
  const [first] = FakeSocket.all;
  open(first);
  live.send(Uint8Array.from({ length: 60 }, (_, index) => index));
  first.say({ ...message('final', 0, []), seq: 1, end_s: 2 });
  first.onclose({ code: 1006 });
  const second = await next(2);
  second.onopen();
  second.say({ type: 'error', code: 'unknown-session', message: '' });
  second.onclose({ code: 1008 });
  const third = await next(3);
  open(third);
  assert.match(first.url, /^ws:\/\/none\?stream=[0-9a-f]{24}$/);
  assert.deepEqual([second.url, third.url], [first.url, first.url]);
  assert.equal(third.sent[0].session_id, undefined);
  assert.deepEqual(audio(third)[0], 40);
  third.say({ ...message('final', 0, [word('x')]), seq: 1, end_s: 1 });
  assert.equal(heard.at(-1).end_s, 3);
  assert.equal(heard.at(-1).words[0].end_s, 3);
  const captions = new Captions();
  heard.filter((one) => one.type === 'final').forEach((one) => captions.take(one));
  assert.equal(captions.segments.size, 2);
  live.abandon();
});

test('what the service refuses is not tried again', () => {
  for (const refuse of [
    (socket) => socket.onclose({ code: 1006 }),
    (socket) => {
      socket.onopen();
      socket.say({ type: 'error', code: 'not-authenticated', message: 'no' });
      socket.onclose({ code: 1008 });
    },
  ]) {
    const { states } = session();
    refuse(FakeSocket.all[0]);
    assert.equal(states.at(-1)[0], 'closed');
    assert.equal(FakeSocket.all.length, 1);
  }
});

test('the last words come before the end, though the socket drops in between', async () => {
  const { live, states } = session();
  const [first] = FakeSocket.all;
  open(first);
  live.stop();
  assert.deepEqual(first.sent.at(-1), { type: 'stop' });
  first.onclose({ code: 1006 });
  const second = await next(2);
  open(second, { resumed: true });
  assert.deepEqual(second.sent.at(-1), { type: 'stop' });
  second.say({ type: 'done' });
  second.onclose({ code: 1000 });
  assert.equal(states.at(-1)[1].isDone, true);
});

test('the interface takes the first language that it has', () => {
  assert.equal(chooseLocale(['de', 'uz-Cyrl-UZ', 'ru']), 'uz-Cyrl');
  assert.equal(chooseLocale(['uz-UZ']), 'uz');
  assert.equal(chooseLocale(['ru-RU', 'en']), 'ru');
  assert.equal(chooseLocale(['fr']), 'en');
});

test('every text is there in four languages with the same places to fill', () => {
  const places = (text) => (text.match(/\{\w+\}/g) ?? []).sort().join();
  for (const [key, texts] of Object.entries(TEXTS)) {
    assert.equal(texts.length, LOCALES.length, key);
    for (const text of texts) {
      assert.ok(text, key);
      assert.equal(places(text), places(texts[0]), key);
      assert.ok(!/[a-z][ʼ'ʻ’]?[а-я]|[а-я][a-z]/i.test(text), `${key}: ${text}`);
    }
    assert.ok(!/[А-яЎўҚқҒғҲҳ]/.test(texts[0] + texts[3]), key);
  }
});
