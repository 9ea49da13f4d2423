// A colour and a dash for each job, by its place in the run: the same whenever one looks.

const LIGHT = ['#1f6fb4', '#c4480b', '#1d7f3c', '#a3238e', '#8a6100', '#c0272d', '#00798a', '#6b4fc9', '#5d6b1a', '#8b4a2b'];
const DARK = ['#6cb6ff', '#ff9d5c', '#63d68a', '#f08be0', '#e8c04a', '#ff7b80', '#4fd1dd', '#b49cff', '#c1d45a', '#d9a07c'];
const DASHES = [[], [7, 4], [2, 3], [9, 3, 2, 3], [12, 3], [4, 2], [2, 6]];

export const dark = () => getComputedStyle(document.documentElement).getPropertyValue('--dark').trim() === '1';

export const colour = index => (dark() ? DARK : LIGHT)[index % LIGHT.length];

export const dash = index => DASHES[Math.floor(index / LIGHT.length) % DASHES.length];

/** A colour of the page, for what is drawn. */
export const pageColour = name => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
