// The nodes: what each has lent, holds and waits for; the deepest mailboxes; what became of nodes and jobs.

import { get } from './api.js';
import { drain } from './commands.js';
import { ask } from './dialogs.js';
import { arrange, el, empty, setAttribute, setText } from './dom.js';
import { bytes, clock, duration, percent, whole } from './format.js';
import { attempt } from './messages.js';
import { state, watch } from './state.js';

const ASK_AGAIN_MS = 4000;
const MOST_ACTORS = 40;
const MOST_JOBS = 8;
const SILENT_MS = 15000;

const cards = new Map();
let grid;
let nothing;
let actors;
let notices;

export function nodesView() {
  const view = document.getElementById('view-nodes');
  grid = el('div.grid.nodes');
  nothing = empty('No node has been heard of yet.', 'Start one: bin/unweave node --role supervisor,trainer,evaluator,web.');
  actors = el('tbody');
  notices = el('ol.notices', { 'aria-label': 'What happened', tabindex: '0' });
  view.append(grid, nothing,
    el('div.columns', {},
      el('div.card', {}, el('div.card-head', {}, el('h2', { text: 'Actors, the deepest mailboxes first' })),
        el('div.scroll.low', { tabindex: '0', role: 'region', 'aria-label': 'Actors' }, el('table.plain', { 'aria-label': 'Actors' },
          el('thead', {}, el('tr', {}, ...['Actor', 'Kind', 'Node'].map(text => el('th', { scope: 'col', text })),
            ...['Mailbox', 'Messages'].map(text => el('th.figure', { scope: 'col', text })))), actors))),
      el('div.card', {}, el('div.card-head', {}, el('h2', { text: 'What happened' })), notices)));
  watch(['nodes', 'view'], show);
  watch(['notices', 'view'], showNotices);
  watch(['view'], askActors);
  setInterval(() => {
    askActors();
    show();
  }, ASK_AGAIN_MS);
}

async function askActors() {
  if (state.view !== 'nodes' || document.hidden || document.getElementById('app').hidden) {
    return;
  }
  const { nodes } = await get('/api/v1/nodes').catch(() => ({ nodes: null }));
  if (!nodes) {
    return;
  }
  const all = nodes.flatMap(node => node.actors.map(actor => ({ ...actor, node: node.node })));
  all.sort((a, b) => b.mailbox - a.mailbox || b.messages - a.messages);
  actors.replaceChildren(...all.slice(0, MOST_ACTORS).map(actor => el('tr', {},
    el('th', { scope: 'row', text: actor.name }), el('td', { text: actor.kind }), el('td', { text: actor.node }),
    el(`td.figure${actor.mailbox > 100 ? '.off' : ''}`, { text: whole(actor.mailbox) }), el('td.figure', { text: whole(actor.messages) }))));
}

function show() {
  if (state.view !== 'nodes') {
    return;
  }
  const nodes = [...state.nodes.values()].sort((a, b) => a.name.localeCompare(b.name));
  nothing.hidden = nodes.length > 0;
  for (const name of cards.keys()) {
    if (!state.nodes.has(name)) {
      cards.delete(name);
    }
  }
  arrange(grid, nodes.map(node => {
    if (!cards.has(node.name)) {
      cards.set(node.name, card(node.name));
    }
    cards.get(node.name).update(node);
    return cards.get(node.name).root;
  }));
}

function listed(jobs) {
  const more = jobs.length - MOST_JOBS;
  return jobs.length === 0 ? 'none' : `${jobs.slice(0, MOST_JOBS).map(job => job.replace(`${state.run}/`, '')).join(', ')}${more > 0 ? `, and ${more} more` : ''}`;
}

function meter(text) {
  const bar = el('meter', { min: 0, max: 1, 'aria-label': text });
  const words = el('span.figure');
  return {
    nodes: [el('dt', { text }), el('dd.metered', {}, bar, words)],
    update(value, max, shown) {
      bar.max = max || 1;
      bar.value = value ?? 0;
      setText(words, shown);
    },
  };
}

function card(name) {
  const badge = el('span.badge');
  const slots = meter('Slots lent');
  const heap = meter('Memory');
  const cpu = meter('Processors');
  const line = text => {
    const value = el('dd');
    return { nodes: [el('dt', { text }), value], value };
  };
  const jobs = line('Jobs');
  const judging = line('Evaluators');
  const waiting = line('Waiting, leases');
  const heard = line('Heard of');
  const draining = el('button.quiet', { type: 'button', text: 'Drain', 'aria-label': `Drain ${name}` });
  draining.addEventListener('click', async () => {
    if (await ask(`Drain ${name}?`, 'Its jobs write checkpoints and go on elsewhere; it is given no others.', 'Drain the node')) {
      await attempt(() => drain(name), `${name} gives its jobs away`);
    }
  });
  const list = el('dl.facts', {}, ...[slots, heap, cpu, jobs, judging, waiting, heard].flatMap(one => one.nodes));
  const root = el('article.card.node', { 'aria-label': `Node ${name}`, data: { node: name } },
    el('div.card-head', {}, el('h2', { text: name }), badge, el('span.space'), draining), list);
  return {
    root,
    update(node) {
      const silent = node.heard > 0 && Date.now() - node.heard > SILENT_MS;
      root.title = node.refused ?? '';
      const word = node.lost ? 'lost' : node.drained ? 'drained' : silent ? 'silent' : node.refused ? 'refused' : 'up';
      setText(badge, word);
      setAttribute(badge, 'data-state', word);
      root.classList.toggle('gone', node.lost);
      draining.hidden = node.lost || node.drained;
      const seats = node.slots ?? [];
      const sum = field => seats.reduce((all, seat) => all + seat[field], 0);
      slots.update(sum('lent'), sum('slots'), `${sum('lent')} of ${sum('slots')}${seats.length > 0 ? ` ${seats.map(seat => seat.seat).join(', ')}` : ''}`);
      heap.update(node.heap_bytes, node.heap_most_bytes, `${bytes(node.heap_bytes)} of ${bytes(node.heap_most_bytes)}`);
      cpu.update(node.cpu_share, 1, percent(node.cpu_share, 0));
      setText(jobs.value, listed(node.jobs ?? []));
      setText(judging.value, `${whole(node.evaluators ?? 0)}, ${whole(node.judging ?? 0)} at work`);
      setText(waiting.value, `${whole(sum('waiting'))}, ${whole(sum('leases'))}`);
      setText(heard.value, node.heard ? `${duration(Math.max(0, (Date.now() - node.heard) / 1000))} ago` : 'not yet');
    },
  };
}

function showNotices() {
  if (state.view !== 'nodes') {
    return;
  }
  notices.replaceChildren(...(state.notices.length === 0 ? [el('li.hint', { text: 'Nothing yet: here stand losses and joins of nodes, and failures of jobs.' })]
    : state.notices.toReversed().map(one => el(`li.${one.level}`, {}, el('time', { text: one.time ? clock(one.time) : 'before' }), el('span', { text: one.text })))));
}
