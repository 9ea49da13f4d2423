// The config of the chosen job, beside that of another, or only what differs.

import { el, empty, labelled, select, setOptions } from './dom.js';
import { choose, state, watch } from './state.js';

const DIFFER = '*';

let first;
let second;
let other = '';
let filter = '';
let place;
let text;
let job;

export function configView() {
  const view = document.getElementById('view-config');
  first = select([], '', choose);
  second = select([], '', value => {
    other = value;
    show();
  });
  const field = el('input', { type: 'search', placeholder: 'key or value', autocomplete: 'off' });
  field.addEventListener('input', () => {
    filter = field.value.toLowerCase();
    show();
  });
  place = el('div');
  text = el('pre', { tabindex: '0', 'aria-label': 'run.conf' });
  job = el('div.card-head', {}, el('h2', { text: 'Config' }), el('span.space'), labelled('Job', first), labelled('Beside', second), labelled('Filter', field));
  view.append(el('div.card', {}, job, place, el('details.whole', {}, el('summary', { text: 'The whole run.conf' }), text)));
  watch(['config', 'chosen', 'view', 'jobs'], show);
}

/** Leaves of a config, by their paths. */
function flat(block, path = '', into = new Map()) {
  for (const [key, value] of Object.entries(block ?? {})) {
    const at = path ? `${path}.${key}` : key;
    if (value !== null && typeof value === 'object' && !Array.isArray(value)) {
      flat(value, at, into);
    } else {
      into.set(at, Array.isArray(value) ? JSON.stringify(value) : String(value));
    }
  }
  return into;
}

let shown = '';

function show() {
  if (state.view !== 'config') {
    return;
  }
  const { config } = state;
  const names = config?.jobs.map(one => one.job) ?? [];
  const name = names.includes(state.chosen) ? state.chosen : names[0] ?? '';
  setOptions(first, names.map(one => [one, one]), name);
  const compared = other === DIFFER || (other !== name && names.includes(other)) ? other : '';
  setOptions(second, [['', 'nothing'], [DIFFER, 'all jobs, what differs'], ...names.filter(one => one !== name).map(one => [one, one])],
    compared);
  const now = JSON.stringify([state.run, name, compared, filter, names.length]);
  if (now === shown) {
    return;
  }
  shown = now;
  text.textContent = config?.text ?? '';
  text.parentNode.hidden = !config;
  if (!config) {
    place.replaceChildren(empty('There is no config yet.', 'A run has one as soon as it has begun. A node that was started --apart does not see it.'));
    return;
  }
  place.replaceChildren(compared === DIFFER ? differing(config) : beside(config, name, compared));
}

const fits = (...texts) => filter === '' || texts.some(one => (one ?? '').toLowerCase().includes(filter));

function differing(config) {
  const jobs = config.jobs.map(one => ({ name: one.job, values: flat(one.config) }));
  const keys = config.differ.filter(key => fits(key, ...jobs.map(one => one.values.get(key))));
  if (keys.length === 0) {
    return empty(filter ? 'Nothing that differs fits the filter.' : 'The jobs differ in nothing but their names.');
  }
  return table(['Job', ...keys], jobs.map(one => [one.name, ...keys.map(key => one.values.get(key) ?? '–')]), 'In what the jobs differ');
}

function beside(config, name, with_) {
  const of = one => flat(config.jobs.find(entry => entry.job === one)?.config);
  const values = of(name);
  const others = with_ ? of(with_) : null;
  const keys = [...new Set([...values.keys(), ...(others?.keys() ?? [])])].filter(key => key !== 'name' && fits(key, values.get(key), others?.get(key))).sort();
  const rows = keys.map(key => [key, values.get(key) ?? '–', ...(others ? [others.get(key) ?? '–'] : [])]);
  if (others) {
    rows.sort((a, b) => (a[1] === a[2]) - (b[1] === b[2]));
  }
  return table(['Key', name, ...(others ? [with_] : [])], rows, `Config of ${name}`, row => others && row[1] !== row[2]);
}

function table(heads, rows, name, marked = () => false) {
  return el('div.scroll', { tabindex: '0', role: 'region', 'aria-label': name }, el('table.plain.config', { 'aria-label': name },
    el('thead', {}, el('tr', {}, ...heads.map(head => el('th', { scope: 'col', text: head })))),
    el('tbody', {}, ...rows.map(row => el(`tr${marked(row) ? '.differs' : ''}`, {}, el('th', { scope: 'row', text: row[0] }),
      ...row.slice(1).map(cell => el('td', { text: cell })))))));
}
