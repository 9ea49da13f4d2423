// The last lines of the log of the process that serves this page.

import { el, labelled, select, setText } from './dom.js';
import { clock } from './format.js';
import { listenToLog } from './live.js';
import { complain } from './messages.js';
import { state, watch } from './state.js';

const MOST_SHOWN = 400;

let level = 'INFO';
let filter = '';
let paused = false;
let held = [];
let list;
let count;
let listening = null;

export function logView() {
  const view = document.getElementById('view-log');
  const field = el('input', { type: 'search', placeholder: 'text, job, logger', autocomplete: 'off' });
  field.addEventListener('input', () => {
    filter = field.value.toLowerCase();
    show();
  });
  const levels = select(['DEBUG', 'INFO', 'WARN', 'ERROR'].map(one => [one, one.toLowerCase()]), level, value => {
    level = value;
    listen();
  });
  const pause = el('button', { type: 'button', text: 'Pause', 'aria-pressed': 'false' });
  pause.addEventListener('click', () => {
    paused = !paused;
    held = [...state.lines];
    pause.setAttribute('aria-pressed', String(paused));
    pause.textContent = paused ? 'Go on' : 'Pause';
    show();
  });
  count = el('span.hint');
  list = el('div.log', { role: 'log', 'aria-label': 'Log', 'aria-live': 'off', tabindex: '0' });
  view.append(el('div.card', {},
    el('div.card-head', {}, el('h2', { text: 'Log' }), count, el('span.space'), labelled('Level', levels), labelled('Filter', field), pause), list));
  watch(['log'], show);
  watch(['view'], listen);
}

// Lines come only while they are looked at.
function listen() {
  const wanted = state.view === 'log' ? level : null;
  if (wanted !== listening) {
    listening = wanted;
    listenToLog(wanted).catch(problem => complain(`the log: ${problem.message}`));
  }
  show();
}

function show() {
  if (state.view !== 'log') {
    return;
  }
  const all = paused ? held : state.lines;
  const lines = all.filter(line => filter === '' || [line.message, line.job, line.run, line.logger].some(text => (text ?? '').toLowerCase().includes(filter)));
  const atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 40;
  list.replaceChildren(...(lines.length === 0 ? [el('p.hint', { text: all.length === 0 ? 'No line yet of this level.' : 'No line fits the filter.' })]
    : lines.slice(-MOST_SHOWN).map(line => el('p', { data: { level: line.level } },
      el('time', { text: clock(line.time) }), el('span.level', { text: line.level }),
      el('span.who', { text: line.job || line.logger.split('.').at(-1) }), el('span.what', { text: line.message })))));
  setText(count, `${paused ? 'paused, ' : ''}${lines.length} lines`);
  if (atEnd) {
    list.scrollTop = list.scrollHeight;
  }
}
