// The page of the canary: asks the service every few seconds, with a key of the scope admin.

import {
  chartOf, languageRows, marginOf, meanOf, nameOf, progressOf, verdictOf,
} from './comparison.js';
import { askForKey } from './credentials.js';
import { ask } from './requests.js';
import { remembered, showTheme } from './theme.js';

const EVERY_MS = 5000;
const WIDTH = 640;
const HEIGHT = 220;

const by = (id) => document.getElementById(id);

function make(tag, content, ...inside) {
  const element = document.createElement(tag);
  element.append(content, ...inside);
  return element;
}

function heading(name, meaning) {
  const cell = make('th', name);
  cell.scope = 'row';
  if (meaning) cell.append(make('small', meaning));
  return cell;
}

function bar(told, evidence, limit) {
  const meter = document.createElement('meter');
  meter.max = 1;
  meter.value = progressOf(evidence, limit);
  meter.setAttribute('aria-label', told);
  const cell = make('td', meter);
  cell.append(make('small', `ln e ${evidence.toFixed(1)} of ${limit.toFixed(1)}`));
  return cell;
}

function measureRow(measure, view) {
  const name = measure.measure;
  const [title, meaning] = nameOf(name);
  const counts = view.policy.rolls_back.includes(name) || view.policy.promotes.includes(name);
  const row = document.createElement('tr');
  row.append(
    heading(title, counts ? meaning : `${meaning}; shown, and decides nothing`),
    make('td', meanOf(name, measure.canary)),
    make('td', meanOf(name, measure.production)),
    make('td', marginOf(name, measure.margin)),
    make('td', String(measure.pairs)),
    bar(`${title}: shown to be worse`, measure.log_worse, view.limits['roll-back']),
    name === 'language_mix' // its test has one side
      ? make('td', '–')
      : bar(`${title}: shown to be within`, measure.log_within, view.limits.promote),
  );
  return row;
}

const cells = ([first, ...rest]) => {
  const row = document.createElement('tr');
  row.append(heading(first), ...rest.map((content) => make('td', content)));
  return row;
};

const names = (measures) => measures.map((one) => nameOf(one)[0].toLowerCase()).join(', ');

const time = (told) => (told ? new Date(told).toLocaleString() : '–');

function shape(tag, attributes, content = '') {
  const element = document.createElementNS(by('chart').namespaceURI, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(content);
  return element;
}

function showChart(view) {
  by('growth').hidden = view.looks.length < 2;
  if (view.looks.length < 2) return;
  const chart = chartOf(view.looks, view.limits, WIDTH, HEIGHT);
  const level = (y, kind = '') => shape('line', { x1: 0, x2: WIDTH, y1: y, y2: y, class: kind });
  by('chart').replaceChildren(
    level(chart.rollBack),
    level(chart.promote, 'within'),
    shape('text', { x: 4, y: chart.rollBack - 4 }, 'rolls back'),
    shape('text', { x: 4, y: chart.promote + 14 }, 'promotes'),
    shape('polyline', { points: chart.worse }),
    shape('polyline', { points: chart.within, class: 'within' }),
  );
  const { worse, within } = view.looks.at(-1);
  by('growth-told').textContent =
    `Natural logarithm of the e-values over ${chart.requests} requests of the canary: `
    + `red, that one measure is worse (now ${worse.toFixed(1)}); `
    + `green, that all that count are within (now ${within.toFixed(1)}).`;
}

function show(view) {
  const { trial, policy } = view;
  by('stop').hidden = !trial;
  by('comparison').hidden = !trial?.measures.length;
  by('mix').hidden = !Object.keys(trial?.languages ?? {}).length;
  by('verdict').classList.remove('wrong');
  by('verdict').dataset.decision = trial?.decision ?? '';
  by('verdict').textContent = trial ? verdictOf(trial) : 'No version is tried';
  by('trial').textContent = trial
    ? `Version ${trial.canary} beside version ${trial.production} since ${time(trial.started)}: `
      + `${trial.requests} requests of the canary.`
    : '';
  by('rules').textContent =
    `${policy.mode === 'shadow' ? 'Copies of' : 'Answers'} ${(100 * policy.share).toFixed(0)} % of `
    + `${policy.mode === 'shadow' ? 'the requests' : 'the callers'}. `
    + `Rolled back when one of these is shown to be worse: ${names(policy.rolls_back)}. `
    + `Promoted after ${policy.minimum_requests} requests when these are shown to be within: `
    + `${names(policy.promotes)}. Either is wrong with a probability of at most ${policy.alpha}.`;
  if (trial) {
    by('command').textContent =
      `ovoz canary stop --why "…" --tell ${new URL('..', document.baseURI).href.slice(0, -1)}`;
    by('measures').replaceChildren(...trial.measures.map((one) => measureRow(one, view)));
    by('languages').replaceChildren(...languageRows(trial.languages).map(cells));
  }
  showChart(view);
  by('past').hidden = view.history.length === 0;
  by('history').replaceChildren(...view.history.map((past) => cells([
    past.canary, past.production, time(past.started), past.ended ? time(past.ended) : 'runs',
    String(past.requests), past.reason ? `${past.decision}: ${past.reason}` : past.decision,
  ])));
}

let isPaused = false;

async function look() {
  try {
    show(await ask('../v1/canary'));
  } catch (error) {
    if ((error.status === 401 || error.status === 403) && await askForKey(by('key'))) {
      await look();
      return;
    }
    if (error.status === 401 || error.status === 403) pause();
    by('verdict').classList.add('wrong');
    by('verdict').textContent = error.status ? error.message : 'The service does not answer';
  }
}

function pause() {
  isPaused = !isPaused;
  by('pause').setAttribute('aria-pressed', String(isPaused));
  by('pause').textContent = isPaused ? 'Go on' : 'Pause';
}

async function follow() {
  if (!isPaused && !document.hidden) await look();
  setTimeout(follow, EVERY_MS);
}

showTheme(remembered('ovoz.theme'));
by('pause').addEventListener('click', pause);
follow();
