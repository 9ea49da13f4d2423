// The table of the run's jobs.

import { colour } from './colours.js';
import { arrange, el, empty, labelled, setAttribute, setText } from './dom.js';
import { duration, fixed, percent, whole } from './format.js';
import { actions, OVER } from './job-actions.js';
import { choose, state, toggleHidden, watch } from './state.js';

/** L0 this far from its target is marked. */
const OFF_TARGET = 0.1;

/** Seconds that a job still needs at its present rate. */
export const left = job => (OVER.has(job.state) || job.state === 'paused' || !job.rowsPerSecond || !job.rowsPerStep
  ? undefined : (job.steps - job.step) * job.rowsPerStep / (job.meanRate ?? job.rowsPerSecond));

const progress = job => (job.steps > 0 ? job.step / job.steps : 0);

const COLUMNS = [
  { id: 'name', text: 'Job', by: job => job.name },
  { id: 'variant', text: 'Variant', by: job => job.variant },
  { id: 'state', text: 'State', by: job => job.state },
  { id: 'progress', text: 'Progress', by: progress, figure: true },
  { id: 'rate', text: 'rows/s', by: job => job.rowsPerSecond, figure: true, show: job => (OVER.has(job.state) ? '–' : whole(job.rowsPerSecond)) },
  { id: 'left', text: 'Left', by: left, figure: true, show: job => duration(left(job)) },
  { id: 'l0', text: 'L0', title: 'latents active per row, and how many are wanted', by: job => job.l0, figure: true },
  { id: 'explained', text: 'Var. expl.', title: 'share of the variance that is reconstructed', by: job => job.varianceExplained, figure: true, show: job => fixed(job.varianceExplained, 3) },
  { id: 'dead', text: 'Dead', title: 'share of latents that have not fired for long', by: job => job.deadShare, figure: true, show: job => percent(job.deadShare) },
  { id: 'restarts', text: 'Restarts', by: job => job.restarts, figure: true, show: job => whole(job.restarts) },
  { id: 'node', text: 'Node', by: job => job.node, show: job => job.node || '–' },
];

const rows = new Map();
let sorted = { id: 'name', down: false };
let byOrder = true;
let filter = '';
let body;
let table;
let nothing;
let count;
let field;

export function jobs() {
  const section = document.getElementById('jobs');
  field = el('input', { id: 'job-filter', type: 'search', placeholder: 'name, variant, state, node', autocomplete: 'off' });
  field.addEventListener('input', () => {
    filter = field.value.toLowerCase();
    show();
  });
  count = el('span.hint', { id: 'job-count', role: 'status' });
  body = el('tbody', { role: 'rowgroup' });
  const head = el('tr', { role: 'row' });
  for (const column of COLUMNS) {
    const button = el('button.sort', { type: 'button', text: column.text, title: column.title });
    const cell = el(`th${column.figure ? '.figure' : ''}`, { scope: 'col', role: 'columnheader', 'aria-sort': 'none', data: { column: column.id } }, button);
    button.addEventListener('click', () => {
      sorted = { id: column.id, down: !byOrder && sorted.id === column.id ? !sorted.down : Boolean(column.figure) };
      byOrder = false;
      head.querySelectorAll('th[aria-sort]').forEach(other => other.setAttribute('aria-sort',
        other === cell ? (sorted.down ? 'descending' : 'ascending') : 'none'));
      show();
    });
    head.append(cell);
  }
  head.append(el('th', { scope: 'col', role: 'columnheader', data: { column: 'commands' } }, el('span.unseen', { text: 'Commands' })));
  table = el('table.jobs', { role: 'table', 'aria-labelledby': 'jobs-title' }, el('thead', { role: 'rowgroup' }, head), body);
  nothing = empty('');
  section.append(
    el('div.card-head', {}, el('h2', { id: 'jobs-title', text: 'Jobs' }), count, el('span.space'), labelled('Filter', field)),
    el('div.scroll', { tabindex: '0', role: 'region', 'aria-label': 'Table of the jobs' }, table),
    nothing,
  );
  watch(['jobs', 'chosen', 'hidden', 'theme', 'run', 'runs'], show);
  show();
}

/** The names of the jobs that are seen, in their order. */
export const seen = () => [...body.children].map(row => row.dataset.job);

export function focusFilter() {
  field.focus();
  field.select();
}

export function clearFilter() {
  field.value = '';
  filter = '';
  show();
}

/** Chooses the job so many below. */
export function move(by) {
  const names = seen();
  if (names.length === 0) {
    return;
  }
  const at = names.indexOf(state.chosen);
  const next = names[Math.max(0, Math.min(names.length - 1, at < 0 ? 0 : at + by))];
  choose(next);
  rows.get(next)?.row.scrollIntoView({ block: 'nearest' });
}

function show() {
  for (const name of rows.keys()) {
    if (!state.jobs.has(name)) {
      rows.delete(name);
    }
  }
  const matching = [...state.jobs.values()].filter(job => filter === ''
    || [job.name, job.variant, job.state, job.node, job.reason].some(text => (text ?? '').toLowerCase().includes(filter)));
  matching.sort(byOrder ? (a, b) => a.index - b.index : compare);
  arrange(body, matching.map(rowOf));
  table.hidden = matching.length === 0;
  nothing.hidden = matching.length > 0;
  if (matching.length === 0) {
    const [title, what] = why();
    nothing.firstChild.textContent = title;
    nothing.replaceChildren(nothing.firstChild, el('p', { text: what }));
  }
  const under = [...state.jobs.values()].filter(job => job.state === 'running').length;
  setText(count, state.jobs.size === 0 ? '' : `${matching.length === state.jobs.size ? '' : `${matching.length} of `}${state.jobs.size}, ${under} running`);
}

function why() {
  if (state.jobs.size > 0) {
    return ['No job fits the filter.', 'Esc clears it.'];
  }
  if (!state.run) {
    return ['There is no run yet.', 'Give one: bin/unweave submit quick, or start one of its own: bin/unweave run. It appears here by itself.'];
  }
  return ['This run has no jobs yet.', 'It prepares its activations; jobs appear when training begins.'];
}

function compare(a, b) {
  const { by } = COLUMNS.find(column => column.id === sorted.id);
  const [x, y] = [by(a), by(b)];
  const none = value => value === undefined || value === null || value === '' || Number.isNaN(value);
  if (none(x) || none(y)) {
    return none(x) - none(y) || a.index - b.index;
  }
  const order = typeof x === 'string' ? x.localeCompare(y, 'en', { numeric: true }) : x - y;
  return (sorted.down ? -order : order) || a.index - b.index;
}

function rowOf(job) {
  if (!rows.has(job.name)) {
    rows.set(job.name, make(job.name));
  }
  const { row, update } = rows.get(job.name);
  update(job);
  return row;
}

function make(name) {
  const swatch = el('button.swatch', { type: 'button', on: { click: () => toggleHidden(name) } }, el('span'));
  const title = el('button.link.job-name', { type: 'button', text: name, on: { click: () => choose(name) } });
  const stateBadge = el('span.badge');
  const bar = el('progress', { max: 1, 'aria-label': `Progress of ${name}` });
  const steps = el('span.steps');
  const l0 = el('span');
  const reason = el('span.reason');
  const special = {
    name: () => [el('span.name-cell', {}, swatch, title), reason],
    state: () => [stateBadge],
    progress: () => [bar, steps],
    l0: () => [l0],
  };
  const cells = new Map();
  const row = el('tr', { role: 'row', data: { job: name } });
  for (const column of COLUMNS) {
    const cell = el(`${column.id === 'name' ? 'th' : 'td'}${column.figure ? '.figure' : ''}`, {
      role: column.id === 'name' ? 'rowheader' : 'cell', data: { label: column.text, column: column.id },
    }, ...(special[column.id]?.() ?? []));
    if (column.id === 'name') {
      cell.scope = 'row';
    }
    cells.set(column.id, cell);
    row.append(cell);
  }
  const commands = actions(name);
  row.append(el('td', { role: 'cell', data: { label: 'Commands', column: 'commands' } }, commands.cell));
  row.addEventListener('click', event => {
    if (!event.target.closest('button')) {
      choose(name);
    }
  });
  return {
    row,
    update(job) {
      const hidden = state.hidden.has(name);
      row.classList.toggle('chosen', state.chosen === name);
      title.setAttribute('aria-pressed', String(state.chosen === name));
      swatch.firstChild.style.backgroundColor = colour(job.index);
      swatch.setAttribute('aria-pressed', String(!hidden));
      setAttribute(swatch, 'aria-label', `Curve of ${name}`);
      swatch.title = hidden ? 'Show its curve' : 'Hide its curve';
      setText(cells.get('variant'), job.variant || '–');
      setText(stateBadge, job.state || '–');
      setAttribute(stateBadge, 'data-state', job.state);
      bar.value = progress(job);
      setText(steps, `${whole(job.step)} / ${whole(job.steps)}`);
      showL0(job);
      COLUMNS.filter(column => column.show).forEach(column => setText(cells.get(column.id), column.show(job)));
      setText(reason, job.reason ?? '');
      reason.title = job.reason ?? '';
      reason.hidden = !job.reason;
      cells.get('node').classList.toggle('nothing', !job.node);
      commands.show(job);
    },
  };

  function showL0(job) {
    const target = job.targetL0;
    const off = target > 0 && Math.abs(job.l0 - target) > OFF_TARGET * target;
    setText(l0, target > 0 ? `${off ? '▲ '.replace('▲', job.l0 > target ? '▲' : '▼') : ''}${fixed(job.l0, 1)} / ${fixed(target, 0)}` : fixed(job.l0, 1));
    l0.className = off ? 'off' : '';
    l0.title = off ? `${percent(Math.abs(job.l0 - target) / target, 0)} ${job.l0 > target ? 'above' : 'below'} its target` : '';
  }
}
