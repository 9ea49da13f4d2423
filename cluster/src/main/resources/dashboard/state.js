// All that the page knows, and who is told of changes. Views are told at most once a frame, of topics that changed.

export const state = {
  /** live, reconnecting, or supervisor where the node answers and the supervisor does not */
  connection: 'connecting',
  problem: '',
  runs: [],
  run: '',
  runState: '',
  /** By name, in the order of the run's config once that is known. */
  jobs: new Map(),
  chosen: '',
  /** Names of jobs that are not drawn. */
  hidden: new Set(),
  results: [],
  config: null,
  nodes: new Map(),
  /** What happened to nodes and jobs, the newest last. */
  notices: [],
  lines: [],
  /** Runs of the folder that the supervisor does not know. */
  past: [],
};

const MOST_TOLD = 1000;
const MOST_NOTICES = 200;
const MOST_LINES = 1000;

const listeners = new Map();
let changed = new Set();
let waiting = false;

/** Has a function called after changes of any of these topics. */
export function watch(topics, listener) {
  topics.forEach(topic => listeners.set(topic, [...(listeners.get(topic) ?? []), listener]));
}

/** Says that something of a topic has changed. */
export function tell(topic) {
  changed.add(topic);
  if (!waiting) {
    waiting = true;
    // A page that is not seen has no frames.
    document.hidden ? setTimeout(flush, 1000) : requestAnimationFrame(flush);
  }
}

function flush() {
  waiting = false;
  const now = changed;
  changed = new Set();
  const called = new Set([...now].flatMap(topic => listeners.get(topic) ?? []));
  called.forEach(listener => listener(now));
}

/** @param isNew whether it happens now, and not before the page was opened */
export function notice(text, level, isNew) {
  state.notices.push({ time: isNew ? new Date() : null, text, level });
  state.notices.splice(0, state.notices.length - MOST_NOTICES);
  tell('notices');
}

export function addLines(lines) {
  state.lines.push(...lines);
  state.lines.splice(0, state.lines.length - MOST_LINES);
  tell('log');
}

/** A job by name, made where there was none. */
export function job(name) {
  let found = state.jobs.get(name);
  if (!found) {
    found = {
      name, index: state.jobs.size, variant: '', state: '', node: '', reason: '', step: 0, steps: 0, restarts: 0,
      told: [],
    };
    state.jobs.set(name, found);
    tell('jobs');
  }
  return found;
}

/** What a job has told, the oldest first, of which the newest are kept. */
export function keepTold(job, told) {
  job.told = told.slice(-MOST_TOLD);
}

/** Jobs are coloured by their places, which are those of the config. */
export function order(names) {
  names.forEach(name => job(name));
  const rest = [...state.jobs.keys()].filter(name => !names.includes(name));
  [...names, ...rest].forEach((name, index) => {
    state.jobs.get(name).index = index;
  });
  tell('jobs');
}

/** Forgets what belongs to a run. */
export function clearRun() {
  state.jobs.clear();
  state.hidden.clear();
  Object.assign(state, { runState: '', chosen: '', results: [], config: null });
  ['jobs', 'run', 'results', 'config', 'told', 'curves', 'chosen'].forEach(tell);
}

/** Chooses a job, whose config and values are shown. */
export function choose(name) {
  if (state.chosen !== name) {
    state.chosen = name;
    tell('chosen');
  }
}

export function toggleHidden(name) {
  if (!state.hidden.delete(name)) {
    state.hidden.add(name);
  }
  tell('hidden');
}

export function hideAll(names) {
  state.hidden = new Set(names);
  tell('hidden');
}
