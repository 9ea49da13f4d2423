// Light or dark: as the system has it, until somebody says otherwise, and then as they said.

import { el } from './dom.js';
import { icon, setIcon } from './icons.js';
import { tell } from './state.js';

const KEY = 'unweave-theme';
const CHOICES = ['auto', 'light', 'dark'];
const ICONS = { auto: 'auto', light: 'sun', dark: 'moon' };
const WORDS = { auto: 'as the system has it', light: 'light', dark: 'dark' };

let choice = CHOICES.includes(localStorage.getItem(KEY)) ? localStorage.getItem(KEY) : 'auto';

function apply() {
  if (choice === 'auto') {
    delete document.documentElement.dataset.theme;
  } else {
    document.documentElement.dataset.theme = choice;
  }
  tell('theme');
}

export function themeButton() {
  const drawing = icon(ICONS[choice]);
  const button = el('button.quiet.square', { id: 'theme', type: 'button' }, drawing);
  const show = () => {
    setIcon(drawing, ICONS[choice]);
    button.setAttribute('aria-label', `Colours: ${WORDS[choice]}`);
    button.title = `Colours: ${WORDS[choice]}`;
  };
  button.addEventListener('click', () => {
    choice = CHOICES[(CHOICES.indexOf(choice) + 1) % CHOICES.length];
    localStorage.setItem(KEY, choice);
    apply();
    show();
  });
  show();
  return button;
}

matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => tell('theme'));
apply();
