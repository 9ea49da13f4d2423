// Keys, wherever nobody is writing.

import { help } from './dialogs.js';
import * as actions from './job-actions.js';
import { clearFilter, focusFilter, move } from './jobs.js';
import { state, toggleHidden } from './state.js';
import { open, VIEWS } from './tabs.js';

const KEYS = {
  j: () => move(1),
  k: () => move(-1),
  p: () => chosen(actions.pause),
  r: () => chosen(actions.resume),
  c: () => chosen(actions.checkpoint),
  h: () => chosen(toggleHidden),
  '/': focusFilter,
  '?': help,
};

function chosen(act) {
  if (state.chosen) {
    act(state.chosen);
  }
}

export function keyboard() {
  document.addEventListener('keydown', event => {
    const writing = event.target.matches('input:not([type=checkbox]):not([type=range]), select, textarea');
    if (event.key === 'Escape' && event.target.id === 'job-filter') {
      clearFilter();
      event.target.blur();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || writing || document.querySelector('dialog[open]')) {
      return;
    }
    if (event.key === 'Escape') {
      clearFilter();
      return;
    }
    const view = VIEWS[Number(event.key) - 1];
    const act = KEYS[event.key] ?? (view ? () => open(view[0]) : null);
    if (act && !document.getElementById('app').hidden) {
      event.preventDefault();
      act();
    }
  });
}
