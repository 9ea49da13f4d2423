// What can be done to a job: each a button, each answered by a message.

import * as commands from './commands.js';
import { ask, form } from './dialogs.js';
import { el, labelled, select } from './dom.js';
import { icon, setIcon } from './icons.js';
import { attempt, complain, say } from './messages.js';
import { state } from './state.js';

/** In these nobody works on a job. */
export const OVER = new Set(['done', 'failed', 'stopped', 'interrupted']);

export const pause = name => attempt(() => commands.pause(state.run, name), `${name} pauses`);
export const resume = name => attempt(() => commands.resume(state.run, name), `${name} goes on`);
export const checkpoint = name => attempt(() => commands.checkpoint(state.run, name), `${name} writes a checkpoint`);

export async function stop(name) {
  const { run } = state;
  if (await ask(`Stop the job ${name}?`, 'It writes a checkpoint and ends; the other jobs go on.', 'Stop the job')) {
    await attempt(() => commands.stopJob(run, name), `${name} stops after its checkpoint`);
  }
}

/** Asks for a key and its new value. */
export function change(name) {
  const { run } = state;
  const now = state.config?.jobs.find(one => one.job === name)?.config ?? {};
  const valueOf = key => key.split('.').reduce((block, word) => block?.[word], now);
  const keys = commands.LIVE_KEYS.filter(key => valueOf(key) !== undefined);
  const usable = keys.length > 0 ? keys : commands.LIVE_KEYS;
  const value = el('input', { type: 'text', required: true, autocomplete: 'off', spellcheck: false });
  const show = key => {
    value.value = String(valueOf(key) ?? '');
  };
  const key = select(usable.map(one => [one, one]), usable[0], show);
  show(usable[0]);
  form(`Change ${name}`, [
    labelled('Key', key),
    labelled('Value', value),
    el('p.hint', { text: 'It takes effect at the next step and is written down, so a resumed job has it too.' }),
  ], 'Change it', async () => {
    try {
      await commands.set(run, name, { [key.value]: value.value.trim() });
      say(`${name}: ${key.value} is ${value.value.trim()} from the next step on`);
      return '';
    } catch (problem) {
      return problem.message;
    }
  });
}

/** The buttons of a row, and what brings them up to date. */
export function actions(name) {
  const drawing = icon('pause');
  const toggle = el('button.quiet.square', { type: 'button' }, drawing);
  const button = (word, text, act) => el('button.quiet.square', {
    type: 'button', 'aria-label': `${text} ${name}`, title: text, data: { act: word },
    on: { click: event => guarded(event.currentTarget, () => act(name)) },
  }, icon(word));
  const all = [toggle, button('checkpoint', 'Checkpoint', checkpoint), button('set', 'Change', change), button('stop', 'Stop', stop)];
  let paused = false;
  toggle.addEventListener('click', () => guarded(toggle, () => (paused ? resume(name) : pause(name))));
  const cell = el('span.actions', {}, ...all);
  return {
    cell,
    show(job) {
      const stopped = job.state === 'stopped' && state.runState === 'running';
      paused = job.state === 'paused' || stopped;
      setIcon(drawing, paused ? 'resume' : 'pause');
      const text = paused ? 'Resume' : 'Pause';
      toggle.title = text;
      toggle.dataset.act = paused ? 'resume' : 'pause';
      toggle.setAttribute('aria-label', `${text} ${name}`);
      all.forEach(one => {
        one.disabled = OVER.has(job.state) || state.runState === 'over';
      });
      toggle.disabled &&= !stopped; // It may go on as long as its run does.
    },
  };
}

// A second click while the first is being answered would only be refused.
async function guarded(button, act) {
  if (button.hasAttribute('aria-busy')) {
    return;
  }
  button.setAttribute('aria-busy', 'true');
  try {
    await act();
  } catch (problem) {
    complain(problem.message);
  } finally {
    button.removeAttribute('aria-busy');
  }
}
