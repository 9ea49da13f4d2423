// Which view is seen below the jobs. The address remembers it.

import { el } from './dom.js';
import { state, tell } from './state.js';

export const VIEWS = [
  ['curves', 'Curves'], ['exchange', 'Exchange'], ['evaluations', 'Evaluations'], ['nodes', 'Nodes'], ['log', 'Log'], ['config', 'Config'],
];

export function tabs() {
  const nav = document.getElementById('tabs');
  VIEWS.forEach(([name, text]) => nav.append(
    el('button', { type: 'button', id: `tab-${name}`, text, on: { click: () => open(name) } })));
  const asked = new URLSearchParams(location.hash.slice(1)).get('view');
  open(VIEWS.some(([name]) => name === asked) ? asked : 'curves');
}

export function open(view) {
  state.view = view;
  VIEWS.forEach(([name]) => {
    const seen = name === view;
    document.getElementById(`view-${name}`).hidden = !seen;
    document.getElementById(`tab-${name}`).setAttribute('aria-current', seen ? 'page' : 'false');
  });
  const query = new URLSearchParams(location.hash.slice(1));
  query.set('view', view);
  history.replaceState(null, '', `#${query}`);
  tell('view');
}
