// Questions before something is destroyed, and the help.

import { el } from './dom.js';

function open(title, content, buttons) {
  const opener = document.activeElement;
  const dialog = el('dialog', { 'aria-labelledby': 'dialog-title' },
    el('h2', { id: 'dialog-title', text: title }), ...content, el('div.buttons', {}, ...buttons));
  dialog.addEventListener('close', () => {
    dialog.remove();
    opener?.focus?.();
  });
  dialog.addEventListener('click', event => {
    if (event.target === dialog) {
      dialog.close();
    }
  });
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}

/** Asks; resolves to whether it was agreed to. */
export function ask(title, text, agree) {
  return new Promise(resolve => {
    let agreed = false;
    const no = el('button', { type: 'button', text: 'Cancel', autofocus: true });
    const yes = el('button.danger', { type: 'button', text: agree });
    const dialog = open(title, [el('p', { text })], [no, yes]);
    no.addEventListener('click', () => dialog.close());
    yes.addEventListener('click', () => {
      agreed = true;
      dialog.close();
    });
    dialog.addEventListener('close', () => resolve(agreed));
    no.focus();
  });
}

/** A form; `submit` answers what is wrong, or nothing, and then the form closes. */
export function form(title, content, agree, submit) {
  const wrong = el('p.wrong', { role: 'alert' });
  const no = el('button', { type: 'button', text: 'Cancel' });
  const yes = el('button.primary', { type: 'submit', text: agree });
  const body = el('form', {}, ...content, wrong, el('div.buttons', {}, no, yes));
  const dialog = open(title, [body], []);
  no.addEventListener('click', () => dialog.close());
  body.addEventListener('submit', async event => {
    event.preventDefault();
    yes.disabled = true;
    wrong.textContent = '';
    const problem = await submit();
    yes.disabled = false;
    if (problem) {
      wrong.textContent = problem;
    } else {
      dialog.close();
    }
  });
}

const KEYS = [
  ['j, k', 'the next job, the one before'],
  ['p', 'pause the chosen job'],
  ['r', 'resume it'],
  ['c', 'have it write a checkpoint'],
  ['h', 'hide its curve, or show it'],
  ['/', 'filter the jobs'],
  ['1 to 6', 'curves, exchange, evaluations, nodes, log, config'],
  ['Esc', 'clear the filter, close a dialog'],
  ['?', 'this help'],
];

export function help() {
  const list = el('dl.keys');
  KEYS.forEach(([key, text]) => list.append(el('dt', {}, el('kbd', { text: key })), el('dd', { text })));
  const close = el('button.primary', { type: 'button', text: 'Close' });
  const dialog = open('Keys', [
    list,
    el('p', { text: 'In a plot: drag over a part to see it larger, double click to see all again. A click on a curve chooses its job.' }),
  ], [close]);
  close.addEventListener('click', () => dialog.close());
  close.focus();
}
