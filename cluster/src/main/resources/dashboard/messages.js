// Short messages: what was done stays a few seconds, what was refused until it is closed.

import { el } from './dom.js';
import { icon } from './icons.js';

const SHOWN_MS = 5000;
const MOST = 4;

export function say(text) {
  show(text, 'good', 'status');
}

export function complain(text) {
  show(text, 'bad', 'alert');
}

function show(text, kind, role) {
  const region = document.getElementById('messages');
  const message = el(`div.message.${kind}`, { role }, el('span', { text }));
  message.append(el('button.quiet.square', { type: 'button', 'aria-label': 'Close this message', on: { click: () => message.remove() } },
    icon('close')));
  region.append(message);
  while (region.children.length > MOST) {
    region.firstChild.remove();
  }
  if (kind === 'good') {
    setTimeout(() => message.remove(), SHOWN_MS);
  }
}

/** Does a command, and says what became of it. Answers whether it was taken. */
export async function attempt(command, done) {
  try {
    await command();
    say(done);
    return true;
  } catch (problem) {
    complain(problem.message);
    return false;
  }
}
