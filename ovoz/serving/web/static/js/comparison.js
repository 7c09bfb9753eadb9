// What is written on the page of the canary; touches no document.

const MOST_WORDS_PER_S = 10;

const MEASURES = {
  failed: ['Errors', 'the model raised an error'],
  empty: ['Empty results', 'no word came of the recording'],
  slow: ['Slow answers', 'latency over the bound of the policy'],
  unsure: ['Low confidence', 'under the bound of the policy'],
  more_words: ['More words per second', 'a model that makes words up'],
  fewer_words: ['Fewer words per second', 'a model that drops words'],
  language_mix: ['Other mix of languages', 'share of the languages that tell the two apart'],
  corrections: ['Corrected transcripts', 'word errors in what callers corrected'],
  word_errors: ['Probe clips', 'word errors under noise'],
};

const VERDICTS = {
  undecided: 'Nothing is decided yet',
  promote: 'To be promoted',
  'roll-back': 'To be rolled back: nobody is answered by the canary any more',
};

export const nameOf = (measure) => MEASURES[measure] ?? [measure, ''];

export const percent = (share, digits = 2) => `${(100 * share).toFixed(digits)} %`;

/** The mean of a measure as people read it. */
export function meanOf(measure, mean) {
  if (measure !== 'more_words' && measure !== 'fewer_words') return percent(mean);
  const share = measure === 'more_words' ? mean : 1 - mean;
  return `${(share * MOST_WORDS_PER_S).toFixed(2)} words/s`;
}

export function marginOf(measure, margin) {
  const ofWords = measure === 'more_words' || measure === 'fewer_words';
  return ofWords ? `${(margin * MOST_WORDS_PER_S).toFixed(1)} words/s` : percent(margin, 1);
}

export const verdictOf = (trial) =>
  `${VERDICTS[trial.decision] ?? trial.decision}${trial.reason ? `: ${trial.reason}` : ''}`;

/** Which part of the way to proof the evidence has gone, from 0 to 1; both are logarithms. */
export const progressOf = (evidence, limit) =>
  Math.min(1, Math.max(0, limit > 0 ? evidence / limit : 0));

/** Rows of the table of languages: name, then count and share for each version. */
export function languageRows(languages) {
  const counts = ['canary', 'production'].map((arm) => languages[arm] ?? {});
  const totals = counts.map((of) => Object.values(of).reduce((sum, count) => sum + count, 0));
  const names = [...new Set(counts.flatMap(Object.keys))];
  const most = (name) => counts[1][name] ?? counts[0][name] ?? 0;
  return names.sort((one, other) => most(other) - most(one)).map((name) => [
    name,
    ...counts.map((of, arm) => {
      const count = of[name] ?? 0;
      return `${percent(totals[arm] ? count / totals[arm] : 0, 1)} (${count})`;
    }),
  ]);
}

/** Points of the chart, one line for each kind of evidence, and the height of the limits. */
export function chartOf(looks, limits, width, height) {
  const last = looks.at(-1)?.requests || 1;
  const values = looks.flatMap((look) => [look.worse, look.within]);
  const top = 1.1 * Math.max(limits['roll-back'], limits.promote, ...values);
  const bottom = Math.min(0, ...values);
  const y = (value) => height - (height * (value - bottom)) / (top - bottom || 1);
  const line = (kind) =>
    looks.map((look) => `${((width * look.requests) / last).toFixed(1)},${y(look[kind]).toFixed(1)}`);
  return {
    worse: line('worse').join(' '),
    within: line('within').join(' '),
    rollBack: y(limits['roll-back']),
    promote: y(limits.promote),
    requests: last,
  };
}
