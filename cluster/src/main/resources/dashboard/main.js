// Begins: the header, the token where one is wanted, then the views and what keeps them up to date.

import { get, onRefused } from './api.js';
import { configView } from './config-view.js';
import { curvesView } from './curves-view.js';
import { evaluationsView } from './evaluations-view.js';
import { exchangeView } from './exchange-view.js';
import { header } from './header.js';
import { jobs } from './jobs.js';
import { keyboard } from './keyboard.js';
import * as live from './live.js';
import { logView } from './log-view.js';
import { login } from './login.js';
import { nodesView } from './nodes-view.js';
import { tabs } from './tabs.js';

let asking = false;

async function begin() {
  header();
  keyboard();
  jobs();
  curvesView();
  exchangeView();
  evaluationsView();
  nodesView();
  logView();
  configView();
  tabs();
  try {
    await get('/api/v1/nodes');
  } catch (problem) {
    if (problem.status === 401) {
      await login();
    }
  }
  document.getElementById('app').hidden = false;
  onRefused(again);
  await live.start();
}

// The token has changed while the page was open.
async function again() {
  if (!asking) {
    asking = true;
    await login();
    asking = false;
    await live.start();
  }
}

begin();
