// Curves with steps of their own, over one common axis, as the plots want them.

const MOST = 1500;

/**
 * @param {{x: number[], y: number[]}[]} curves x ascending
 * @param {[number, number]|null} range of x to be seen, or all
 * @returns {(number|null)[][]} x, then the y of each curve
 */
export function align(curves, range) {
  const seen = new Set();
  for (const { x } of curves) {
    for (const value of x) {
      if (!range || (value >= range[0] && value <= range[1])) {
        seen.add(value);
      }
    }
  }
  const axis = Float64Array.from(seen).sort();
  return axis.length <= MOST ? exact(curves, [...axis]) : binned(curves, axis[0], axis[axis.length - 1]);
}

function exact(curves, axis) {
  const place = new Map(axis.map((value, i) => [value, i]));
  return [axis, ...curves.map(({ x, y }) => {
    const row = new Array(axis.length).fill(null);
    x.forEach((value, i) => {
      const at = place.get(value);
      if (at !== undefined) {
        row[at] = y[i];
      }
    });
    return row;
  })];
}

// Of the points of a curve that fall together, the one farthest from the one before stays: a peak is not lost.
function binned(curves, first, last) {
  const width = (last - first) / (MOST - 1);
  const axis = Array.from({ length: MOST }, (_, i) => first + i * width);
  return [axis, ...curves.map(({ x, y }) => {
    const row = new Array(MOST).fill(null);
    let before = null;
    let bin = -1;
    for (let i = 0; i < x.length; i++) {
      if (x[i] < first || x[i] > last || y[i] === null) {
        continue;
      }
      const now = Math.min(MOST - 1, Math.round((x[i] - first) / width));
      if (now !== bin) {
        before = bin >= 0 ? row[bin] : y[i];
        bin = now;
        row[bin] = y[i];
      } else if (Math.abs(y[i] - before) > Math.abs(row[bin] - before)) {
        row[bin] = y[i];
      }
    }
    return row;
  })];
}
