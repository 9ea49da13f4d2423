// How SAEs were judged: the usual scores side by side, means and spread over seeds, and all numbers of one evaluation.

import { colour } from './colours.js';
import { el, empty, labelled, select, setOptions } from './dom.js';
import { number, whole, words } from './format.js';
import { state, watch } from './state.js';

/** The scores that are shown side by side, where there are any: the evaluation, the path in its metrics, its name, and whether more is better. */
const SCORES = [
  ['core', 'model_performance_preservation.ce_loss_score', 'CE recovered', true],
  ['core', 'reconstruction_quality.variance_explained', 'Var. expl.', true],
  ['core', 'model_behavior_preservation.kl_div_score', 'KL score', true],
  ['core', 'sparsity.l0', 'L0', null],
  ['sparse_probing', 'sae.sae_top_1_test_accuracy', 'Probing top-1', true],
  ['sparse_probing', 'sae.sae_top_2_test_accuracy', 'top-2', true],
  ['sparse_probing', 'sae.sae_top_5_test_accuracy', 'top-5', true],
  ['scr', 'scr_metrics.scr_metric_threshold_10', 'SCR 10', true],
  ['scr', 'scr_metrics.scr_metric_threshold_20', 'SCR 20', true],
  ['scr', 'scr_metrics.scr_metric_threshold_50', 'SCR 50', true],
  ['tpp', 'tpp_metrics.tpp_threshold_10_total_metric', 'TPP 10', true],
  ['tpp', 'tpp_metrics.tpp_threshold_20_total_metric', 'TPP 20', true],
  ['tpp', 'tpp_metrics.tpp_threshold_50_total_metric', 'TPP 50', true],
  ['unlearning', 'unlearning.unlearning_score', 'Unlearning', true],
];

let scores;
let detail;
let evaluation = '';
let chooser;
let steps;
let wanted = 'last';

export function evaluationsView() {
  const view = document.getElementById('view-evaluations');
  steps = select([['last', 'last']], 'last', value => {
    wanted = value;
    show();
  });
  chooser = select([], '', value => {
    evaluation = value;
    show();
  });
  scores = el('div');
  detail = el('div');
  view.append(
    el('div.card', {}, el('div.card-head', {}, el('h2', { text: 'Scores' }), el('span.space'), labelled('Step', steps)), scores),
    el('div.card', {}, el('div.card-head', {}, el('h2', { text: 'All numbers' }), el('span.space'), labelled('Evaluation', chooser)), detail),
  );
  watch(['results', 'view', 'theme', 'config'], show);
}

const value = (metrics, path) => path.split('.').reduce((block, word) => block?.[word], metrics);

function show() {
  if (state.view !== 'evaluations') {
    return;
  }
  const { results } = state;
  const all = [...new Set(results.filter(one => !one.control).map(one => one.step))].sort((a, b) => a - b);
  wanted = all.includes(Number(wanted)) ? wanted : 'last';
  setOptions(steps, [['last', 'last'], ...all.map(step => [String(step), whole(step)])], wanted);
  const names = [...new Set(results.map(one => one.evaluation))].sort();
  evaluation = names.includes(evaluation) ? evaluation : names[0] ?? '';
  setOptions(chooser, names.map(name => [name, words(name)]), evaluation);
  detail.parentNode.hidden = results.length === 0;
  if (results.length === 0) {
    scores.replaceChildren(empty('Nothing has been judged yet.',
      'Checkpoints are judged at the shares of a run that train.evaluate-at names. bin/unweave eval judges those that are there already.'));
    return;
  }
  const saes = latest(results);
  showScores(saes);
  showDetail(saes);
}

/** Of each SAE its results at the step that is wanted, by evaluation. */
function latest(results) {
  const saes = new Map();
  for (const one of results) {
    if (!one.control && wanted !== 'last' && one.step !== Number(wanted)) {
      continue;
    }
    const key = one.seed === undefined ? one.sae : `${one.sae} (texts of seed ${one.seed})`;
    if (!saes.has(key)) {
      saes.set(key, { name: key, job: one.sae, control: one.control, step: one.step, by: new Map() });
    }
    const sae = saes.get(key);
    const before = sae.by.get(one.evaluation);
    if (!before || before.step <= one.step) {
      sae.by.set(one.evaluation, one);
      sae.step = Math.max(sae.step, one.step);
    }
  }
  return [...saes.values()].sort((a, b) => a.control - b.control || place(a) - place(b) || a.name.localeCompare(b.name));
}

const place = sae => state.jobs.get(sae.job)?.index ?? Number.MAX_SAFE_INTEGER;

function showScores(saes) {
  const columns = SCORES.filter(([name, path]) => saes.some(sae => typeof value(sae.by.get(name)?.metrics, path) === 'number'))
    .map(([name, path, text, better]) => ({ text, better, of: sae => value(sae.by.get(name)?.metrics, path) }));
  const table = tableOf(columns, saes, 'Scores of each SAE');
  const groups = byVariant(saes);
  scores.replaceChildren(scroll(table, 'Scores'));
  if (groups.length > 0) {
    const spread = tableOf(columns.map(column => ({
      ...column, better: null, text: column.text, show: group => meanAndSpread(group.saes.map(column.of)),
    })), groups, 'Mean and spread over seeds');
    scores.append(el('h3', { text: 'Over seeds, mean ± standard deviation' }), scroll(spread, 'Over seeds'));
  }
}

const scroll = (table, name) => el('div.scroll', { tabindex: '0', role: 'region', 'aria-label': name }, table);

/** Jobs that differ in nothing but their seeds. */
function byVariant(saes) {
  const groups = new Map();
  for (const sae of saes) {
    const config = state.config?.jobs.find(one => one.job === sae.job)?.config;
    if (sae.control || sae.name !== sae.job || !config) { // Judged on other texts it is no other SAE.
      continue;
    }
    const { name, seed, ...rest } = config;
    const key = JSON.stringify(rest);
    if (!groups.has(key)) {
      groups.set(key, { name: sae.job.replace(/-seed\d+/, ''), control: false, step: sae.step, saes: [] });
    }
    groups.get(key).saes.push(sae);
  }
  return [...groups.values()].filter(group => group.saes.length > 1).map(group => ({ ...group, name: `${group.name} (${group.saes.length} seeds)` }));
}

function meanAndSpread(values) {
  const known = values.filter(one => typeof one === 'number');
  if (known.length === 0) {
    return '–';
  }
  const mean = known.reduce((sum, one) => sum + one, 0) / known.length;
  const sd = known.length > 1 ? Math.sqrt(known.reduce((sum, one) => sum + (one - mean) ** 2, 0) / (known.length - 1)) : NaN;
  return known.length > 1 ? `${number(mean, 3)} ± ${number(sd, 2)}` : number(mean, 3);
}

function tableOf(columns, rows, name) {
  const best = columns.map(column => (column.better ? Math.max(...rows.filter(row => !row.control).map(column.of).filter(one => typeof one === 'number')) : NaN));
  return el('table.plain', { 'aria-label': name },
    el('thead', {}, el('tr', {}, el('th', { scope: 'col', text: 'SAE' }), el('th.figure', { scope: 'col', text: 'Step' }),
      ...columns.map(column => el('th.figure', { scope: 'col', text: column.text })))),
    el('tbody', {}, ...rows.map(row => el(`tr${row.control ? '.control' : ''}`, {}, head(row), el('td.figure', { text: row.control ? '–' : whole(row.step) }),
      ...columns.map((column, i) => {
        const shown = column.show ? column.show(row) : number(column.of(row), 3);
        return el(`td.figure${!row.control && !column.show && column.of(row) === best[i] ? '.best' : ''}`, { text: shown });
      })))));
}

function head(row) {
  const mark = el('span.mark');
  const job = state.jobs.get(row.job);
  if (job) {
    mark.style.backgroundColor = colour(job.index);
  }
  return el('th', { scope: 'row' }, mark, row.name, ...(row.control ? [' ', el('span.badge', { text: 'control' })] : []));
}

function showDetail(saes) {
  const having = saes.filter(sae => sae.by.has(evaluation));
  const paths = new Map();
  having.forEach(sae => Object.entries(sae.by.get(evaluation).metrics).forEach(([group, block]) => Object.entries(block ?? {}).forEach(([name, number]) => {
    if (typeof number === 'number') {
      paths.set(`${group}.${name}`, words(name));
    }
  })));
  const columns = [...paths].map(([path, text]) => ({ text, better: null, of: sae => value(sae.by.get(evaluation)?.metrics, path) }));
  // Many numbers of a few SAEs: a row a number.
  detail.replaceChildren(scroll(el('table.plain', { 'aria-label': `All numbers of ${words(evaluation)}` },
    el('thead', {}, el('tr', {}, el('th', { scope: 'col', text: 'Number' }), ...having.map(sae => el('th.figure', { scope: 'col', text: sae.name })))),
    el('tbody', {}, ...columns.map(column => el('tr', {}, el('th', { scope: 'row', text: column.text }),
      ...having.map(sae => el('td.figure', { text: number(column.of(sae)) }))))),
  ), 'All numbers'));
}
