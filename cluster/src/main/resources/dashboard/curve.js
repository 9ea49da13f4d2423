// One curve: steps and values in order, bounded in number.

const MOST = 2000;

export class Curve {
  steps = [];
  values = [];

  /** Adds a point. A job that went back to its checkpoint overtakes what it had said of later steps. */
  add(step, value) {
    const { steps, values } = this;
    while (steps.length > 0 && steps[steps.length - 1] >= step) {
      steps.pop();
      values.pop();
    }
    steps.push(step);
    values.push(value);
    if (steps.length > MOST) {
      this.#thin();
    }
  }

  /** Takes what the files tell, and keeps what was heard of later steps meanwhile. */
  begin(steps, values) {
    const heard = this.steps.map((step, i) => [step, this.values[i]]);
    this.steps = [...steps];
    this.values = [...values];
    const last = steps.length > 0 ? steps[steps.length - 1] : -1;
    heard.filter(([step]) => step > last).forEach(([step, value]) => this.add(step, value));
  }

  // Of each four neighbours the lowest and the highest stay, so peaks do; the newest quarter is left as it is.
  #thin() {
    const keep = Math.floor(this.steps.length * 3 / 4);
    const kept = [0];
    for (let i = 1; i < keep; i += 4) {
      let low = i;
      let high = i;
      for (let j = i + 1; j < Math.min(i + 4, keep); j++) {
        low = this.values[j] < this.values[low] ? j : low;
        high = this.values[j] > this.values[high] ? j : high;
      }
      kept.push(...(low === high ? [low] : [Math.min(low, high), Math.max(low, high)]));
    }
    for (let i = keep; i < this.steps.length; i++) {
      kept.push(i);
    }
    this.steps = kept.map(i => this.steps[i]);
    this.values = kept.map(i => this.values[i]);
  }
}

/** The value at a step, between its neighbours. */
export function at(curve, step) {
  const { steps, values } = curve;
  if (steps.length === 0) {
    return NaN;
  }
  let low = 0;
  let high = steps.length - 1;
  if (step <= steps[low]) {
    return values[low] * (steps[low] > 0 ? step / steps[low] : 1);
  }
  if (step >= steps[high]) {
    return values[high];
  }
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (steps[middle] <= step) {
      low = middle;
    } else {
      high = middle;
    }
  }
  return values[low] + (values[high] - values[low]) * (step - steps[low]) / (steps[high] - steps[low]);
}

/** An exponential mean without the bias of its beginning; 0 leaves the values as they are. */
export function smooth(values, weight) {
  if (weight === 0) {
    return values;
  }
  let mean = 0;
  let sum = 0;
  return values.map(value => {
    mean = weight * mean + (1 - weight) * value;
    sum = weight * sum + (1 - weight);
    return mean / sum;
  });
}
