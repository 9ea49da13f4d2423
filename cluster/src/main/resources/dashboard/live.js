// Keeps the page's knowledge as it is: events first, then what the supervisor and the files tell, so nothing falls between.

import { get, getText, part, runPath } from './api.js';
import * as history from './history.js';
import { addLines, clearRun, job, keepTold, notice, order, state, tell } from './state.js';
import { Stream } from './stream.js';

const ASK_AGAIN_MS = 10000;
const RELOAD_MS = 1500;
/** So long after it was opened first, a stream may still tell of the past. */
const REPLAYED_MS = 2500;
const MEAN_WEIGHT = 0.9;
// In these a job is at its last checkpoint again.
const GONE_BACK = new Set(['waiting', 'restarting']);

let reloadTimer = null;
let resultsTimer = null;
let level = null;
let openedAt = 0;
let isOpen = false;
let asking = null;
/** Why there is no stream, and why the supervisor's word is missing; empty where there is one. */
let broken = '';
let silent = '';

const stream = new Stream({ event, open: opened, broken: wasBroken });

/** Begins; fails as the first question fails. */
export async function start() {
  await overview();
  stream.start();
  await choose(state.run);
  asking ??= setInterval(() => overview().catch(() => {}), ASK_AGAIN_MS);
}

/** Has lines of the log come, of this level and above; null for none. */
export async function listenToLog(wanted) {
  level = wanted;
  stream.setLevel(wanted);
  state.lines = [];
  if (wanted) {
    const { lines } = await get(`/api/v1/logs?lines=1000&level=${wanted}`);
    if (level !== wanted) {
      return; // Another level is being asked for.
    }
    // The stream may have brought some of them already, and later ones.
    const last = Date.parse(lines.at(-1)?.time ?? 0);
    const since = state.lines.filter(line => Date.parse(line.time) > last);
    state.lines = [];
    addLines([...lines, ...since]);
  }
}

function opened() {
  openedAt ||= Date.now();
  const again = broken !== '';
  broken = '';
  isOpen = true;
  showConnection();
  if (again) {
    reloadSoon();
    overview().catch(() => {});
    if (level) {
      listenToLog(level).catch(() => {});
    }
  }
}

function wasBroken(reason) {
  broken = reason;
  isOpen = false;
  showConnection();
}

function showConnection() {
  state.connection = broken ? 'reconnecting' : silent ? 'supervisor' : isOpen ? 'live' : 'connecting';
  state.problem = broken || silent;
  tell('connection');
}

/** Asks the supervisor how all stands. */
export async function overview() {
  try {
    const answer = await get('/api/v1/status');
    silent = '';
    showConnection();
    state.runs = answer.runs;
    const names = new Set(answer.nodes.map(node => node.name));
    for (const line of answer.nodes) {
      Object.assign(nodeOf(line.name), { drained: line.drained, refused: line.refused });
    }
    // One that has left is not kept; one that is lost is shown as such, and one that has just joined may not be told of yet.
    state.nodes.forEach((node, name) => {
      if (!names.has(name) && !node.lost && Date.now() - node.heard > ASK_AGAIN_MS) {
        state.nodes.delete(name);
      }
    });
    tell('nodes');
    tell('runs');
  } catch (problem) {
    if (problem.status === 401) {
      throw problem;
    }
    // Whether the node itself answers is known by the stream.
    silent = problem.status === 503 ? problem.message : silent;
    showConnection();
  }
  await past();
}

async function past() {
  try {
    const { runs } = await get('/api/v1/runs');
    const known = new Set(state.runs.map(run => run.run));
    state.past = runs.map(run => run.run).filter(run => !known.has(run));
  } catch {
    state.past = [];
  }
  tell('runs');
  const first = state.run || fromAddress() || usual();
  if (first !== state.run) {
    state.run = first;
    tell('run');
    if (asking) {
      await choose(first); // At the start the first one is chosen by who starts.
    }
  }
}

// The one that is under way, else the last that was given.
const usual = () => (state.runs.findLast(run => run.state === 'running') ?? state.runs.at(-1))?.run ?? state.past[0] ?? '';

const fromAddress = () => new URLSearchParams(location.hash.slice(1)).get('run') ?? '';

/** Shows another run. */
export async function choose(run) {
  if (run !== state.run || state.jobs.size > 0) {
    history.forget();
    clearRun();
  }
  state.run = run;
  tell('run');
  await load();
}

async function load() {
  const { run } = state;
  if (!run) {
    return;
  }
  const attempts = [standing(run), config(run), results(run)];
  await Promise.allSettled(attempts);
  if (state.run === run) {
    await history.newest(run).catch(() => {});
    tell('loaded');
    await history.reload();
  }
}

function reloadSoon() {
  clearTimeout(reloadTimer);
  reloadTimer = setTimeout(() => load().catch(() => {}), RELOAD_MS);
}

async function standing(run) {
  try {
    const answer = await get(runPath(run));
    if (state.run !== run) {
      return;
    }
    state.runState = answer.state;
    answer.jobs.forEach(take);
  } catch (problem) {
    if (problem.status !== 404 || state.run !== run) {
      return;
    }
    // The supervisor does not know it: it is over, and its folder tells.
    state.runState = 'over';
    tell('run');
    await fromFolder(run);
  }
  tell('run');
  tell('jobs');
}

async function fromFolder(run) {
  const { jobs } = await get(`${runPath(run)}/config`);
  await Promise.allSettled(jobs.map(async ({ job: name }) => {
    const at = JSON.parse(await getText(`/files/runs/${part(run)}/jobs/${part(name)}/state.json`));
    if (state.run === run) {
      // Nobody works on it, whatever its last word was.
      take({ ...at, state: at.state === 'running' ? 'interrupted' : at.state, targetL0: at.target_l0, rowsPerSecond: at.rows_per_second });
    }
  }));
}

function take(standing) {
  const { job: name, ...rest } = standing;
  Object.assign(job(name), rest);
}

async function config(run) {
  const answer = await get(`${runPath(run)}/config`);
  if (state.run === run) {
    state.config = answer;
    order(answer.jobs.map(one => one.job));
    for (const one of answer.jobs) {
      job(one.job).variant ||= one.config.variant ?? '';
    }
    tell('config');
  }
}

async function results(run) {
  const answer = await get(`${runPath(run)}/results`);
  if (state.run === run) {
    state.results = answer.results;
    tell('results');
  }
}

// A stream begins with what had happened before the page was opened, of which nobody says when.
const say = (text, kind) => notice(text, kind, openedAt > 0 && Date.now() - openedAt > REPLAYED_MS);

function nodeOf(name) {
  if (!state.nodes.has(name)) {
    state.nodes.set(name, { name, lost: false, heard: 0 });
  }
  return state.nodes.get(name);
}

const ON = {
  metrics(line) {
    if (line.run !== state.run) {
      return;
    }
    const known = job(line.job);
    history.add(line);
    if (line.split === 'train') {
      Object.assign(known, {
        metricsStep: line.step,
        step: line.step,
        steps: line.steps || known.steps,
        rowsPerStep: line.step > 0 ? line.rows / line.step : known.rowsPerStep,
        rowsPerSecond: line.rows_per_second,
        // What is left is told by a mean: the rate of one line says little.
        meanRate: MEAN_WEIGHT * (known.meanRate ?? line.rows_per_second) + (1 - MEAN_WEIGHT) * line.rows_per_second,
        l0: line.l0,
        varianceExplained: line.variance_explained,
        deadShare: line.dead_share,
        loss: line.loss,
      });
    }
    tell('jobs');
  },

  job(line) {
    if (line.run !== state.run) {
      return;
    }
    const known = job(line.job);
    if (known.state && known.state !== line.state && (line.state === 'failed' || line.state === 'restarting')) {
      say(`${line.job} is ${line.state}${line.reason ? `: ${line.reason}` : ''}`, 'warn');
    }
    Object.assign(known, {
      variant: line.variant || known.variant,
      state: line.state,
      node: line.node,
      // The supervisor knows the last checkpoint's, a line of metrics a newer one.
      step: GONE_BACK.has(line.state) ? line.step : Math.max(line.step, known.step),
      steps: line.steps,
      targetL0: line.target_l0,
      seconds: line.seconds,
      restarts: line.restarts,
      reason: line.reason,
    });
    tell('jobs');
  },

  run(line) {
    const found = state.runs.find(one => one.run === line.run);
    if (found) {
      found.state = line.state;
    } else {
      state.runs.push(line);
    }
    tell('runs');
    if (!state.run) {
      choose(line.run);
    } else if (line.run === state.run) {
      state.runState = line.state;
      tell('run');
      reloadSoon();
    }
  },

  placed(line) {
    if (line.run === state.run) {
      job(line.job).node = line.node;
      tell('jobs');
    }
  },

  evaluated(line) {
    if (line.run !== state.run) {
      return;
    }
    if (line.problem) {
      say(`${line.job} at step ${line.step} could not be judged: ${line.problem}`, 'warn');
    }
    clearTimeout(resultsTimer);
    resultsTimer = setTimeout(() => {
      results(state.run).catch(() => {});
    }, RELOAD_MS);
  },

  told(line) {
    if (line.run !== state.run) {
      return;
    }
    const teller = job(line.job);
    if (!teller.told.some(one => one.step === line.step && one.what === line.what)) {
      keepTold(teller, [...teller.told, { step: line.step, what: line.what, values: line.values }]);
      teller.toldAt = new Date();
      tell('told');
    }
  },

  node(line) {
    Object.assign(nodeOf(line.node), line, { name: line.node, lost: false, heard: Date.now() });
    tell('nodes');
  },

  'node-joined'(line) {
    const node = nodeOf(line.node);
    node.lost = false;
    node.heard = Date.now();
    say(`node ${line.node} has joined`, 'good');
    tell('nodes');
  },

  'node-lost'(line) {
    nodeOf(line.node).lost = true;
    say(`node ${line.node} is lost; its jobs go on from their last checkpoints elsewhere`, 'bad');
    tell('nodes');
    reloadSoon();
  },

  log(line) {
    addLines([line]);
  },

  lost() {
    reloadSoon();
  },
};

function event(kind, data) {
  ON[kind]?.(data);
}
