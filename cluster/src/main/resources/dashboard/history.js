// Curves: asked of the files once, then told of by events. Held are only those that somebody looks at.

import { get, getText, part, runPath } from './api.js';
import { Curve } from './curve.js';
import { job, state, tell } from './state.js';

const MOST_NUMBERS = 400000;
const MOST_POINTS = 1500;
const WALL = 'wall_s';

/** By split and name of the series, then by job. */
const held = new Map();
const asked = new Map();

/** Names of the curves that the run's jobs have. */
export const available = new Set(['loss', 'l0', 'variance_explained', 'dead_share']);

const key = (split, name) => `${split} ${name}`;

export const splits = ['train', 'held-out'];

export function curves(split, name) {
  return held.get(key(split, name)) ?? new Map();
}

export const wall = split => curves(split, WALL);

/** Has these curves held, with the times of their steps. */
export async function want(split, names) {
  const missing = [...new Set([...names, WALL])].filter(name => !asked.has(key(split, name)));
  if (missing.length === 0 || !state.run) {
    return;
  }
  const { run } = state;
  missing.forEach(name => {
    asked.set(key(split, name), true);
    held.set(key(split, name), new Map());
  });
  await load(run, split, missing);
}

/** Lets go of curves that nobody looks at any more. */
export function keepOnly(split, names) {
  const wanted = new Set([...names, WALL].map(name => key(split, name)));
  for (const one of held.keys()) {
    if (!wanted.has(one)) {
      held.delete(one);
      asked.delete(one);
    }
  }
}

async function load(run, split, names) {
  const points = Math.max(50, Math.min(MOST_POINTS, Math.floor(MOST_NUMBERS / (Math.max(1, state.jobs.size) * names.length))));
  const query = new URLSearchParams({ series: names.join(','), split, points });
  let answer;
  try {
    answer = await get(`${runPath(run)}/metrics?${query}`);
  } catch (problem) {
    // A node that has no folder of runs answers 404: then there is what events tell.
    if (problem.status !== 404) {
      names.forEach(name => asked.delete(key(split, name)));
    }
    return;
  }
  if (state.run !== run) {
    return;
  }
  for (const one of answer.jobs) {
    one.available.forEach(name => available.add(name));
    for (const [name, { step, value }] of Object.entries(one.series)) {
      const byJob = held.get(key(split, name));
      if (!byJob) {
        continue;
      }
      if (!byJob.has(one.job)) {
        byJob.set(one.job, new Curve());
      }
      byJob.get(one.job).begin(step, value);
    }
  }
  tell('curves');
}

/** Forgets all, as for another run. */
export function forget() {
  held.clear();
  asked.clear();
  available.clear();
  ['loss', 'l0', 'variance_explained', 'dead_share'].forEach(name => available.add(name));
}

/** Asks again for all that is held, since events may have been lost. */
export async function reload() {
  for (const split of splits) {
    const names = [...held.keys()].filter(one => one.startsWith(`${split} `)).map(one => one.slice(split.length + 1));
    if (names.length > 0) {
      await load(state.run, split, names);
    }
  }
}

/** Takes a line of metrics. */
export function add(line) {
  for (const group of ['terms', 'term_gradient_share', 'curves']) {
    Object.keys(line[group] ?? {}).forEach(name => available.add(`${group}.${name}`));
  }
  for (const [one, byJob] of held) {
    if (!one.startsWith(`${line.split} `)) {
      continue;
    }
    const value = valueOf(line, one.slice(line.split.length + 1));
    if (typeof value === 'number') {
      if (!byJob.has(line.job)) {
        byJob.set(line.job, new Curve());
      }
      byJob.get(line.job).add(line.step, value);
    }
  }
  tell('curves');
}

function valueOf(line, name) {
  const dot = name.indexOf('.');
  return dot < 0 ? line[name] : line[name.slice(0, dot)]?.[name.slice(dot + 1)];
}

/** The newest numbers of jobs, where no event tells them: of a run that is over. */
export async function newest(run) {
  const names = ['l0', 'variance_explained', 'dead_share', 'rows', 'wall_s', 'loss', 'rows_per_second'];
  const query = new URLSearchParams({ series: names.join(','), points: 2 });
  const answer = await get(`${runPath(run)}/metrics?${query}`);
  if (state.run !== run) {
    return;
  }
  for (const one of answer.jobs) {
    const known = job(one.job);
    one.available.forEach(name => available.add(name));
    const last = name => one.series[name].value.at(-1);
    const step = one.series.rows.step.at(-1) ?? 0;
    if (step >= (known.metricsStep ?? 0)) {
      Object.assign(known, {
        metricsStep: step,
        l0: last('l0'),
        varianceExplained: last('variance_explained'),
        deadShare: last('dead_share'),
        loss: last('loss'),
        rowsPerStep: step > 0 ? last('rows') / step : undefined,
        rowsPerSecond: known.rowsPerSecond || last('rows_per_second'),
        wall: last('wall_s'),
      });
      known.step = Math.max(known.step, step);
    }
  }
  tell('jobs');
}

/** What a job has told the others, from its file. */
export async function toldOf(run, name) {
  try {
    return (await getText(`/files/runs/${part(run)}/jobs/${part(name)}/told.jsonl`)).split('\n').flatMap(line => {
      try {
        return line ? [JSON.parse(line)] : [];
      } catch {
        return [];
      }
    });
  } catch {
    return [];
  }
}
