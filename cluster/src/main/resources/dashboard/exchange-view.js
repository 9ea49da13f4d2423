// What the jobs tell one another: margins over time, and the last word of each.

import { Chart } from './chart.js';
import { colour, dash } from './colours.js';
import { arrange, el, empty, setText } from './dom.js';
import { clock, number, whole } from './format.js';
import { toldOf } from './history.js';
import { choose, keepTold, state, tell, watch } from './state.js';

const STATISTICS = 'statistics';
const CURVES = [['margin', 'margin'], ['similarity_mean', 'mean similarity']];
const WORDS = {
  statistics: 'statistics', 'attribution-probe': 'attribution (its probe)', 'attribution-evaluator': 'attribution (an evaluator)',
};

const COLUMNS = [
  ['Job'], ['Told'], ['Step', true], ['Margin', true], ['Similarity', true], ['± sd', true], ['Latents', true], ['Largest', true],
  ['85th percentile', true], ['Probe accuracy', true], ['Heard'],
];

let charts;
let body;
let table;
let nothing;
let latest;
const rows = new Map();

export function exchangeView() {
  const view = document.getElementById('view-exchange');
  charts = CURVES.map(([name, text]) => {
    const chart = new Chart(text, { zoom: () => {}, choose, height: 200 });
    return { name, chart, node: el('figure.card.chart', {}, el('figcaption', {}, el('span', { text })), chart.node) };
  });
  body = el('tbody');
  latest = el('p.hint', { role: 'status' });
  table = el('table.plain', { 'aria-label': 'What each job told last' },
    el('thead', {}, el('tr', {}, ...COLUMNS.map(([text, figure]) => el(`th${figure ? '.figure' : ''}`, { scope: 'col', text })))), body);
  nothing = empty('Nothing has been told yet.',
    'Variants as dynamic-margin and attribution-adversarial tell the others of their run what they find, every few steps (exchange.every-steps).');
  view.append(el('div.grid', {}, ...charts.map(one => one.node)),
    el('div.card', {}, el('div.card-head', {}, el('h2', { text: 'Last told' }), latest), el('div.scroll', { tabindex: '0', role: 'region', 'aria-label': 'Last told' }, table), nothing));
  watch(['told', 'view', 'theme', 'jobs', 'hidden'], show);
}

function show() {
  if (state.view !== 'exchange') {
    return;
  }
  readFiles();
  const telling = [...state.jobs.values()].filter(job => job.told.length > 0).sort((a, b) => a.index - b.index);
  charts.forEach(({ name, chart }) => chart.show(telling.filter(job => !state.hidden.has(job.name)).flatMap(job => {
    const points = job.told.filter(one => one.what === STATISTICS && typeof one.values[name] === 'number').sort((a, b) => a.step - b.step);
    return points.length === 0 ? [] : [{
      name: job.name, colour: colour(job.index), dash: dash(job.index), faint: false,
      x: points.map(one => one.step), y: points.map(one => one.values[name]),
    }];
  }), { log: false, zoom: null, xName: 'step', xText: value => number(value) }, 'No job has told statistics.'));
  const last = telling.flatMap(job => {
    const kinds = new Map(job.told.map(one => [one.what, one]));
    return [...kinds.values()].map(one => ({ job, one }));
  });
  table.hidden = last.length === 0;
  nothing.hidden = last.length > 0;
  arrange(body, last.map(({ job, one }) => row(job, one)));
  const newest = telling.filter(job => job.toldAt).sort((a, b) => b.toldAt - a.toldAt)[0];
  setText(latest, newest ? `last: ${newest.name} at ${clock(newest.toldAt)}` : '');
}

function row(job, { what, step, values }) {
  const key = `${job.name} ${what}`;
  if (!rows.has(key)) {
    const mark = el('span.mark');
    rows.set(key, el('tr', {}, el('th', { scope: 'row' }, mark, job.name), ...COLUMNS.slice(1).map(([, figure]) => el(`td${figure ? '.figure' : ''}`))));
  }
  const node = rows.get(key);
  node.querySelector('.mark').style.backgroundColor = colour(job.index);
  [
    WORDS[what] ?? what, whole(step), number(values.margin), number(values.similarity_mean), number(values.similarity_sd),
    whole(values.latents), number(values.largest), number(values.percentile85), number(values.probe_accuracy, 3),
    job.toldAt ? clock(job.toldAt) : 'before',
  ].forEach((text, i) => setText(node.children[i + 1], text));
  return node;
}

// What was told before the page was opened. Of a run that goes on only jobs that tell something have a file to ask for.
async function readFiles() {
  const { run } = state;
  const missing = [...state.jobs.values()].filter(job => !job.toldRead
    && (job.told.length > 0 || (state.runState !== '' && state.runState !== 'running')));
  missing.forEach(job => {
    job.toldRead = true;
  });
  for (const job of missing) {
    const lines = await toldOf(run, job.name);
    if (state.jobs.get(job.name) !== job) {
      return; // It was forgotten, and is read anew where it is shown again.
    }
    const known = new Set(job.told.filter(one => one.what === STATISTICS).map(one => one.step));
    const before = lines.filter(line => line.statistics && !known.has(line.step)).map(({ step, statistics }) => ({
      step,
      what: STATISTICS,
      values: { margin: statistics.margin, similarity_mean: statistics.similarityMean, similarity_sd: statistics.similaritySd, pairs: statistics.count },
    }));
    keepTold(job, [...before, ...job.told]);
    if (before.length > 0) {
      tell('told');
    }
  }
}
