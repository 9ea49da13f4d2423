// Requests to this node. A token, where the node wants one, stays in this tab until it is closed.

const KEY = 'unweave-token';

/** An answer that is no success, with the server's own reason. */
export class ApiError extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

export const token = () => sessionStorage.getItem(KEY) ?? '';

export function keepToken(value) {
  if (value) {
    sessionStorage.setItem(KEY, value);
  } else {
    sessionStorage.removeItem(KEY);
  }
}

export function headers(more = {}) {
  return token() ? { ...more, Authorization: `Bearer ${token()}` } : more;
}

let refused = () => {};

/** Has a function called whenever the token is missing, wrong or no longer right. */
export function onRefused(callback) {
  refused = callback;
}

export async function failure(response) {
  let reason = `${response.status} ${response.statusText}`.trim();
  try {
    reason = (await response.json()).error ?? reason;
  } catch {
    // It was no JSON, and the status says enough.
  }
  if (response.status === 401) {
    refused();
  }
  return new ApiError(response.status, reason);
}

async function send(method, path, body) {
  let response;
  try {
    response = await fetch(path, {
      method,
      headers: headers(body === undefined ? {} : { 'Content-Type': 'application/json' }),
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  } catch {
    throw new ApiError(0, 'the node does not answer; is it still running?');
  }
  if (!response.ok) {
    throw await failure(response);
  }
  return response;
}

export const get = async path => (await send('GET', path)).json();

export const getText = async path => (await send('GET', path)).text();

export const post = async (path, body = {}) => (await send('POST', path, body)).json();

export const part = name => encodeURIComponent(name);

export const runPath = run => `/api/v1/runs/${part(run)}`;
