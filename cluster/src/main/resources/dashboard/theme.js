// Light or dark: as the system has it, until somebody says otherwise, and then as they said.

import { el } from './dom.js';
import { icon, setIcon } from './icons.js';
import { tell } from './state.js';

const KEY = 'unweave-theme';
const CHOICES = ['auto', 'light', 'dark'];
const ICONS = { auto: 'auto', light: 'sun', dark: 'moon' };
const WORDS = { auto: 'as the system has it', light: 'light', dark: 'dark' };

let choice = CHOICES.includes(localStorage.getItem(KEY)) ? localStorage.getItem(KEY) : 'auto';

const system = matchMedia('(prefers-color-scheme: dark)');

function apply() {
  const dark = choice === 'dark' || (choice === 'auto' && system.matches);
  document.documentElement.dataset.theme = dark ? 'dark' : 'light';
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

system.addEventListener('change', apply);
apply();
