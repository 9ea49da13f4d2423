// The bar above all: which run, how it stands, whether what is shown is live.

import { stopRun } from './commands.js';
import { ask, help } from './dialogs.js';
import { el, labelled, select, setAttribute, setOptions, setText } from './dom.js';
import { duration, whole } from './format.js';
import * as live from './live.js';
import { attempt } from './messages.js';
import { state, watch } from './state.js';
import { themeButton } from './theme.js';

const CONNECTION = {
  connecting: ['connecting', 'wait'],
  live: ['live', 'good'],
  reconnecting: ['reconnecting', 'bad'],
  supervisor: ['the supervisor does not answer', 'bad'],
};

export function header() {
  const bar = document.getElementById('header');
  const runs = select([], '', run => {
    const query = new URLSearchParams(location.hash.slice(1));
    query.set('run', run);
    history.replaceState(null, '', `#${query}`);
    live.choose(run).catch(() => {});
  });
  const badge = el('span.badge', { id: 'run-state' });
  const time = el('span.figure', { id: 'run-time', title: 'time since training began' });
  const progress = el('span.figure', { id: 'run-progress' });
  const stop = el('button.quiet.stop-run', { type: 'button', text: 'Stop run' });
  const dot = el('span.dot');
  const words = el('span', { id: 'connection-words' });
  const connection = el('span.connection', { id: 'connection', role: 'status' }, dot, words);
  stop.addEventListener('click', async () => {
    const { run } = state;
    if (await ask(`Stop the run ${run}?`, 'Each job writes a checkpoint and ends. bin/unweave run --resume goes on with it later.', 'Stop the run')) {
      await attempt(() => stopRun(run), `${run} stops after its checkpoints`);
    }
  });
  bar.append(
    el('h1.brand', {}, el('img', { src: '/assets/icon.svg', alt: '', width: 24, height: 24 }), el('span', { text: 'Unweave' })),
    labelled('Run', runs, { class: 'run-choice' }),
    badge, time, progress, stop,
    el('span.space'),
    connection,
    themeButton(),
    el('button.quiet.square', { id: 'help', type: 'button', text: '?', 'aria-label': 'Keys', title: 'Keys (?)', on: { click: help } }),
  );

  const show = () => {
    setOptions(runs, [
      ...(state.run ? [] : [['', 'none yet']]),
      ...state.runs.map(run => [run.run, run.run]).reverse(),
      ...state.past.map(run => [run, `${run} (over)`]),
      ...(state.run && !state.runs.some(run => run.run === state.run) && !state.past.includes(state.run) ? [[state.run, state.run]] : []),
    ], state.run);
    setText(badge, state.runState || 'no run');
    setAttribute(badge, 'data-state', state.runState);
    stop.hidden = state.runState !== 'running';
    const jobs = [...state.jobs.values()];
    setText(time, jobs.length > 0 ? duration(Math.max(0, ...jobs.map(job => job.wall ?? job.seconds ?? 0))) : '');
    const done = jobs.reduce((sum, job) => sum + job.step, 0);
    const all = jobs.reduce((sum, job) => sum + job.steps, 0);
    setText(progress, all > 0 ? `${Math.floor(100 * done / all)}\u00a0% of ${jobs.length} jobs` : '');
    progress.title = all > 0 ? `${whole(done)} of ${whole(all)} steps` : '';
    document.title = state.run ? `${state.run} ${all > 0 ? `${Math.floor(100 * done / all)} %` : ''} · Unweave` : 'Unweave';
  };
  watch(['runs', 'run', 'jobs'], show);
  const showConnection = () => {
    const [text, kind] = CONNECTION[state.connection];
    setText(words, text);
    setAttribute(connection, 'data-kind', kind);
    connection.title = state.problem;
  };
  watch(['connection'], showConnection);
  showConnection();
  show();
}
