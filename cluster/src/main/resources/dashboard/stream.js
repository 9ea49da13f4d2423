// The events of this node as they come, again after every break. Read by fetch, since an EventSource can carry no token.

import { failure, headers } from './api.js';

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 8000;

/** The server says something at least every 10 seconds. */
const SILENCE_MS = 25000;

const sleep = milliseconds => new Promise(resolve => {
  setTimeout(resolve, milliseconds);
});

export class Stream {
  #on;
  #level = null;
  #after = '0';
  #abort = null;
  #closed = true;

  /**
   * @param {{event: function(string, object): void, open: function(): void, broken: function(string): void}} on `open`
   *   comes before the first event of each connection
   */
  constructor(on) {
    this.#on = on;
  }

  start() {
    if (this.#closed) {
      this.#closed = false;
      this.#run();
    }
  }

  /** Has lines of the log of this level and above come too; null for none. */
  setLevel(level) {
    if (level !== this.#level) {
      this.#level = level;
      this.#abort?.abort('again');
    }
  }

  async #run() {
    let pause = FIRST_PAUSE_MS;
    while (!this.#closed) {
      const abort = new AbortController();
      this.#abort = abort;
      let opened = false;
      try {
        await this.#read(abort, () => {
          opened = true;
        });
        this.#on.broken('the node has ended the connection');
      } catch (problem) {
        if (abort.signal.reason === 'again') {
          continue;
        }
        if (problem.status === 401) {
          this.#closed = true;
          return;
        }
        this.#on.broken(problem.status ? problem.message : 'the node does not answer');
      }
      pause = opened ? FIRST_PAUSE_MS : Math.min(LONGEST_PAUSE_MS, 2 * pause);
      // Of many pages not all are to come at once.
      await sleep(pause * (0.75 + Math.random() / 2));
    }
  }

  async #read(abort, opened) {
    const query = new URLSearchParams({ after: this.#after });
    if (this.#level) {
      query.set('level', this.#level);
    }
    let watchdog = setTimeout(() => abort.abort('silent'), SILENCE_MS);
    try {
      const response = await fetch(`/api/v1/events?${query}`, { headers: headers(), signal: abort.signal, cache: 'no-store' });
      if (!response.ok) {
        throw await failure(response);
      }
      opened();
      this.#on.open();
      const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
      let rest = '';
      for (;;) {
        const { done, value } = await reader.read();
        if (done) {
          return;
        }
        clearTimeout(watchdog);
        watchdog = setTimeout(() => abort.abort('silent'), SILENCE_MS);
        const blocks = (rest + value).split(/\r?\n\r?\n/);
        rest = blocks.pop();
        blocks.forEach(block => this.#take(block));
      }
    } finally {
      clearTimeout(watchdog);
    }
  }

  #take(block) {
    let kind = 'message';
    let id = null;
    const data = [];
    for (const line of block.split(/\r?\n/)) {
      const colon = line.indexOf(':');
      const field = colon < 0 ? line : line.slice(0, colon);
      const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
      if (field === 'event') {
        kind = value;
      } else if (field === 'data') {
        data.push(value);
      } else if (field === 'id') {
        id = value;
      }
    }
    if (data.join('') !== '') {
      this.#on.event(kind, JSON.parse(data.join('\n')));
    }
    if (id) {
      this.#after = id;
    }
  }
}
