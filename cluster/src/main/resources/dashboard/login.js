// The form for the token, where the node wants one.

import { get, keepToken, token } from './api.js';
import { el, labelled } from './dom.js';

/** Shows the form until the node takes a token; resolves then. */
export function login() {
  const section = document.getElementById('login');
  document.getElementById('app').hidden = true;
  section.hidden = false;
  return new Promise(resolve => {
    const field = el('input', { id: 'token', type: 'password', autocomplete: 'current-password', required: true, spellcheck: false });
    const wrong = el('p.wrong', { role: 'alert' });
    if (token()) {
      wrong.textContent = 'The token is no longer right. Give the one that the node has now.';
      keepToken('');
    }
    const button = el('button.primary', { type: 'submit', text: 'Log in' });
    const form = el('form', {}, labelled('Token', field), wrong, button);
    form.addEventListener('submit', async event => {
      event.preventDefault();
      button.disabled = true;
      keepToken(field.value.trim());
      try {
        await get('/api/v1/status').catch(problem => {
          // It was taken, even where the supervisor does not answer just now.
          if (problem.status !== 503) {
            throw problem;
          }
        });
        section.hidden = true;
        section.replaceChildren();
        document.getElementById('app').hidden = false;
        resolve();
      } catch (problem) {
        keepToken('');
        wrong.textContent = problem.status === 401
          ? 'This token is wrong. It is the whole content of the file token among the node\'s keys.'
          : problem.message;
        button.disabled = false;
        field.select();
      }
    });
    section.replaceChildren(
      el('h2', { id: 'login-title', text: 'Log in' }),
      el('p', { text: 'This node wants its token: the content of the file token in the folder that it was given by --keys.' }),
      form,
    );
    field.focus();
  });
}
