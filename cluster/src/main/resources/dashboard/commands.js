// The commands that a run takes, each a request; what they are called and what they carry is said here alone.

import { part, post, runPath } from './api.js';

const job = (run, name, word, body) => post(`${runPath(run)}/jobs/${part(name)}/${word}`, body);

export const pause = (run, name) => job(run, name, 'pause');
export const resume = (run, name) => job(run, name, 'resume');
export const checkpoint = (run, name) => job(run, name, 'checkpoint');
export const stopJob = (run, name) => job(run, name, 'stop');

/** @param values by key, as {'learning-rate': '1e-4'} */
export const set = (run, name, values) => job(run, name, 'set', { set: values });

export const stopRun = run => post(`${runPath(run)}/stop`);
export const drain = node => post(`/api/v1/nodes/${part(node)}/drain`);

/** Keys of a job that may change while it trains; the server says whether a job has one, and which values fit. */
export const LIVE_KEYS = [
  'learning-rate', 'gradient-clip', 'k', 'target-l0', 'aux-k.weight', 'sparsity.initial', 'sparsity.gain',
  'sparsity.integral-gain', 'similarity.weight', 'similarity.deviations', 'adversarial.weight', 'adversarial.floor',
  'orthogonality.weight', 'contrastive.weight', 'contrastive.temperature', 'jump.weight', 'jump.bandwidth',
];
