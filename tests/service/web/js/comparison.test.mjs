import assert from 'node:assert/strict';
import { test } from 'node:test';

import {
  chartOf, languageRows, marginOf, meanOf, nameOf, progressOf, verdictOf,
} from '../../../../ovoz/serving/web/static/js/comparison.js';

test('means are shares, or words per second on either side', () => {
  assert.equal(meanOf('failed', 0.0125), '1.25 %');
  assert.equal(meanOf('more_words', 0.25), '2.50 words/s');
  assert.equal(meanOf('fewer_words', 0.75), '2.50 words/s');
  assert.equal(marginOf('fewer_words', 0.05), '0.5 words/s');
  assert.equal(marginOf('slow', 0.01), '1.0 %');
  assert.deepEqual(nameOf('new_one'), ['new_one', '']);
});

test('a verdict has its reason', () => {
  assert.equal(verdictOf({ decision: 'undecided', reason: '' }), 'Nothing is decided yet');
  assert.match(verdictOf({ decision: 'roll-back', reason: 'failed' }), /canary any more: failed$/);
});

test('progress stays within its bar', () => {
  assert.deepEqual([-3, 2.5, 5, 9].map((one) => progressOf(one, 5)), [0, 0.5, 1, 1]);
  assert.equal(progressOf(1, 0), 0);
});

test('languages of both versions, the most frequent first', () => {
  const rows = languageRows({ canary: { ru: 1, kk: 1 }, production: { ru: 3, uz: 9 } });
  assert.deepEqual(rows, [
    ['uz', '0.0 % (0)', '75.0 % (9)'],
    ['ru', '50.0 % (1)', '25.0 % (3)'],
    ['kk', '50.0 % (1)', '0.0 % (0)'],
  ]);
  assert.deepEqual(languageRows({}), []);
});

test('the chart fits evidence and limits', () => {
  const looks = [
    { requests: 50, worse: 0, within: -2 },
    { requests: 100, worse: 8, within: 1 },
  ];
  const chart = chartOf(looks, { 'roll-back': 6, promote: 4 }, 640, 220);
  assert.equal(chart.requests, 100);
  assert.equal(chart.worse.split(' ').length, 2);
  for (const point of `${chart.worse} ${chart.within}`.split(' ')) {
    const [x, y] = point.split(',').map(Number);
    assert.ok(x >= 0 && x <= 640 && y >= 0 && y <= 220, point);
  }
  assert.ok(chart.rollBack < chart.promote && chart.rollBack > 0);
});
