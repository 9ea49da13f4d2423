// The curves of all jobs, one plot a series.

import { Chart } from './chart.js';
import { colour, dash } from './colours.js';
import { at, smooth } from './curve.js';
import { arrange, el, labelled, select, setAttribute } from './dom.js';
import { duration, words, number } from './format.js';
import * as history from './history.js';
import { choose, hideAll, state, toggleHidden, watch } from './state.js';

const USUAL = ['loss', 'l0', 'variance_explained', 'dead_share'];
const KEY = 'unweave-curves';
/** With more curves than this what was measured is not drawn behind what is smoothed. */
const MOST_FAINT = 8;
const SHORTEST_PAUSE_MS = 400;

const usual = { series: USUAL, split: 'train', x: 'step', weight: 0, log: [] };
const settings = { ...usual, ...remembered() };
let zoom = null;
let zoomedRun = '';
let grid;
let legend;
let chooser;
let reset;
const cards = new Map();
let timer = null;

function remembered() {
  try {
    return JSON.parse(localStorage.getItem(KEY)) ?? {};
  } catch {
    return {};
  }
}

function changed() {
  localStorage.setItem(KEY, JSON.stringify(settings));
  history.want(settings.split, settings.series).catch(() => {});
  history.keepOnly(settings.split, settings.series);
  draw();
}

export function curvesView() {
  const view = document.getElementById('view-curves');
  const slider = el('input', { id: 'smoothing', type: 'range', min: 0, max: 0.99, step: 0.01, value: settings.weight });
  const weight = el('output', { htmlFor: 'smoothing', text: settings.weight.toFixed(2) });
  slider.addEventListener('input', () => {
    settings.weight = Number(slider.value);
    weight.textContent = settings.weight.toFixed(2);
    changed();
  });
  const split = select([['train', 'training'], ['held-out', 'held-out']], settings.split, value => {
    settings.split = value;
    changed();
  });
  const x = select([['step', 'step'], ['time', 'time']], settings.x, value => {
    settings.x = value;
    zoomTo(null);
    changed();
  });
  reset = el('button', { type: 'button', text: 'See all again', hidden: true, on: { click: () => zoomTo(null) } });
  chooser = el('div.choices');
  legend = el('div.legend', { role: 'group', 'aria-label': 'Curves that are shown' });
  grid = el('div.grid');
  view.append(
    el('div.controls', {},
      el('details.menu', { id: 'series-menu' }, el('summary', { text: 'Series' }), chooser),
      labelled('Split', split), labelled('Over', x), el('span.field', {}, el('label', { htmlFor: 'smoothing', text: 'Smoothing' }), slider, weight),
      reset,
      el('span.space'),
      el('span.field', {},
        el('button.quiet', { type: 'button', text: 'All', title: 'Show all curves', on: { click: () => hideAll([]) } }),
        el('button.quiet', { type: 'button', text: 'None', title: 'Hide all curves', on: { click: () => hideAll([...state.jobs.keys()]) } })),
    ),
    legend, grid,
  );
  document.addEventListener('click', event => {
    const menu = document.getElementById('series-menu');
    if (menu.open && !menu.contains(event.target)) {
      menu.open = false;
    }
  });
  watch(['curves', 'view', 'hidden', 'theme', 'jobs'], soon);
  watch(['loaded'], changed);
  watch(['jobs', 'hidden', 'theme', 'chosen'], showLegend);
  watch(['curves'], showChooser);
  showChooser();
}

// Drawing many curves takes its time: it is given a quarter of the page's at most.
function soon() {
  if (timer === null && state.view === 'curves') {
    timer = setTimeout(() => {
      timer = null;
      draw();
    }, SHORTEST_PAUSE_MS + 3 * soon.took);
  }
}
soon.took = 0;

function zoomTo(range) {
  zoom = range;
  reset.hidden = range === null;
  draw();
}

function draw() {
  if (state.view !== 'curves') {
    return;
  }
  if (zoomedRun !== state.run) {
    zoomedRun = state.run;
    zoom = null;
    reset.hidden = true;
  }
  const started = performance.now();
  for (const [name, { close }] of cards) {
    if (!settings.series.includes(name)) {
      close();
      cards.delete(name);
    }
  }
  arrange(grid, settings.series.map(name => cardOf(name).node));
  settings.series.forEach(name => cardOf(name).show());
  soon.took = performance.now() - started;
}

function cardOf(name) {
  if (!cards.has(name)) {
    cards.set(name, card(name));
  }
  return cards.get(name);
}

function card(name) {
  const chart = new Chart(words(name), { zoom: zoomTo, choose });
  const log = el('input', { type: 'checkbox', checked: settings.log.includes(name), 'aria-label': `${words(name)} by its logarithm` });
  log.addEventListener('change', () => {
    settings.log = log.checked ? [...settings.log, name] : settings.log.filter(one => one !== name);
    changed();
  });
  return {
    close: () => chart.close(),
    node: el('figure.card.chart', { data: { series: name } },
      el('figcaption', {}, el('span', { text: words(name) }), el('label.check', {}, log, 'log')), chart.node),
    show() {
      const curves = drawn(name);
      chart.show(curves, {
        log: log.checked,
        zoom,
        xName: settings.x,
        xText: settings.x === 'time' ? duration : value => (value === null ? '' : number(value)),
        target: name === 'l0' ? commonTarget() : undefined,
      }, nothing(name, curves));
    },
  };
}

function nothing(name, curves) {
  if (history.curves(settings.split, name).size === 0) {
    return 'Nothing yet: curves begin with the first steps.';
  }
  if (state.hidden.size >= state.jobs.size) {
    return 'All curves are hidden; All shows them again.';
  }
  return curves.length > 0 ? 'No value is above 0, so there is no logarithm.' : 'No job that is shown has this curve.';
}

function commonTarget() {
  const targets = new Set([...state.jobs.values()].filter(job => !state.hidden.has(job.name)).map(job => job.targetL0));
  return targets.size === 1 ? [...targets][0] : undefined;
}

function drawn(name) {
  const byJob = history.curves(settings.split, name);
  const times = history.wall(settings.split);
  const jobs = [...state.jobs.values()].filter(job => !state.hidden.has(job.name) && byJob.get(job.name)?.steps.length > 0)
    .sort((a, b) => a.index - b.index);
  const faint = settings.weight > 0 && jobs.length <= MOST_FAINT;
  return jobs.flatMap(job => {
    const curve = byJob.get(job.name);
    const wall = times.get(job.name);
    const x = settings.x === 'step' ? curve.steps : curve.steps.map(step => (wall ? at(wall, step) : step));
    const one = { name: job.name, colour: colour(job.index), dash: dash(job.index), x, y: smooth(curve.values, settings.weight), faint: false };
    return faint ? [{ ...one, dash: [], y: curve.values, faint: true }, one] : [one];
  });
}

const chips = new Map();

function showLegend() {
  for (const name of chips.keys()) {
    if (!state.jobs.has(name)) {
      chips.delete(name);
    }
  }
  const jobs = [...state.jobs.values()].sort((a, b) => a.index - b.index);
  arrange(legend, jobs.map(job => {
    if (!chips.has(job.name)) {
      chips.set(job.name, el('button.chip', { type: 'button', on: { click: () => toggleHidden(job.name) } },
        el('span.mark'), el('span', { text: job.name })));
    }
    const chip = chips.get(job.name);
    chip.firstChild.style.backgroundColor = colour(job.index);
    setAttribute(chip, 'aria-pressed', String(!state.hidden.has(job.name)));
    chip.classList.toggle('chosen', state.chosen === job.name);
    return chip;
  }));
}

function showChooser() {
  const names = [...new Set([...history.available, ...settings.series])].filter(name => name !== 'wall_s').sort();
  const now = names.join();
  if (chooser.dataset.names === now) {
    return;
  }
  chooser.dataset.names = now;
  chooser.replaceChildren(...groups(names).map(([title, group]) => el('fieldset', {}, el('legend', { text: title }),
    ...group.map(name => {
      const box = el('input', { type: 'checkbox', value: name, checked: settings.series.includes(name) });
      box.addEventListener('change', () => {
        settings.series = box.checked ? [...settings.series, name] : settings.series.filter(one => one !== name);
        changed();
      });
      return el('label.check', {}, box, words(name));
    }))));
}

function groups(names) {
  const of = prefix => names.filter(name => name.startsWith(prefix));
  return [
    ['Usual', names.filter(name => !name.includes('.'))],
    ['Loss terms', of('terms.')],
    ['Share of the gradient', of('term_gradient_share.')],
    ['Others', of('curves.')],
  ].filter(([, group]) => group.length > 0);
}
