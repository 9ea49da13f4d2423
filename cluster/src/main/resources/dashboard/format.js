// Numbers, times and sizes as people read them. What is not known is a dash.

const DASH = '–';
const known = value => typeof value === 'number' && Number.isFinite(value);

/** A number of about four digits. */
export function number(value, digits = 4) {
  if (!known(value)) {
    return DASH;
  }
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-3 || size >= 1e6)) {
    return value.toExponential(2).replace('e+', 'e');
  }
  if (Number.isInteger(value)) {
    return value.toLocaleString('en-US');
  }
  const before = size < 1 ? 0 : Math.floor(Math.log10(size)) + 1;
  return value.toFixed(Math.max(0, digits - before));
}

export const whole = value => (known(value) ? Math.round(value).toLocaleString('en-US') : DASH);

export const fixed = (value, digits) => (known(value) ? value.toFixed(digits) : DASH);

export const percent = (value, digits = 1) => (known(value) ? `${(100 * value).toFixed(digits)}\u00a0%` : DASH);

/** Seconds as 4 s, 3:05 or 2:03:05. */
export function duration(seconds) {
  if (!known(seconds) || seconds < 0) {
    return DASH;
  }
  const all = Math.round(seconds);
  if (all < 60) {
    return `${all}\u00a0s`;
  }
  const [h, m, s] = [Math.floor(all / 3600), Math.floor(all / 60) % 60, all % 60];
  const two = value => String(value).padStart(2, '0');
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

export function bytes(value) {
  if (!known(value)) {
    return DASH;
  }
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let size = value;
  let unit = 0;
  while (size >= 1024 && unit < units.length - 1) {
    size /= 1024;
    unit++;
  }
  return `${size >= 100 || unit === 0 ? Math.round(size) : size.toFixed(1)}\u00a0${units[unit]}`;
}

/** The time of day of a Date, or of a time as the log has it. */
export const clock = time => new Date(time).toLocaleTimeString('en-GB', { hour12: false });

/** A name of the API as words: variance_explained is "variance explained". */
export const words = name => name.replace(/^(terms|curves)\./, '').replace(/^term_gradient_share\./, 'gradient share: ')
  .replaceAll('_', ' ');
