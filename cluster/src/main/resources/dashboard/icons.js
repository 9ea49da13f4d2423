// Small drawings for buttons, each one path of 16 x 16.

const PATHS = {
  pause: 'M4.5 3h2.6v10H4.5zM8.9 3h2.6v10H8.9z',
  resume: 'M4.5 2.8 13 8l-8.5 5.2z',
  checkpoint: 'M3 2.5h8l2.5 2.5v8.5H2.5v-11zm2 1.3v3h5v-3zm3 5a1.8 1.8 0 1 0 0 3.6 1.8 1.8 0 0 0 0-3.6z',
  set: 'M2 4.3h6.2a2 2 0 0 1 3.8 0h2v1.4h-2a2 2 0 0 1-3.8 0H2zm0 6h2.2a2 2 0 0 1 3.8 0h6v1.4H8a2 2 0 0 1-3.8 0H2z',
  stop: 'M3.5 3.5h9v9h-9z',
  sun: 'M8 4.6a3.4 3.4 0 1 1 0 6.8 3.4 3.4 0 0 1 0-6.8zM7.4 1h1.2v2.2H7.4zm0 11.8h1.2V15H7.4zM1 7.4h2.2v1.2H1zm11.8 0H15v1.2h-2.2z'
    + 'M3.1 3.9l.8-.8 1.6 1.6-.8.8zm7.4 7.4.8-.8 1.6 1.6-.8.8zm-7.4.8 1.6-1.6.8.8-1.6 1.6zm7.4-7.4 1.6-1.6.8.8-1.6 1.6z',
  moon: 'M12.9 10.2A5.6 5.6 0 0 1 5.8 3.1a5.6 5.6 0 1 0 7.1 7.1z',
  auto: 'M8 1.8a6.2 6.2 0 1 1 0 12.4A6.2 6.2 0 0 1 8 1.8zm0 1.4v9.6a4.8 4.8 0 0 0 0-9.6z',
  close: 'M4 3l4 4 4-4 1 1-4 4 4 4-1 1-4-4-4 4-1-1 4-4-4-4z',
};

const SVG = 'http://www.w3.org/2000/svg';

export function icon(name) {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('viewBox', '0 0 16 16');
  svg.setAttribute('class', 'icon');
  svg.setAttribute('aria-hidden', 'true');
  const path = document.createElementNS(SVG, 'path');
  path.setAttribute('d', PATHS[name]);
  path.setAttribute('fill-rule', 'evenodd');
  svg.append(path);
  return svg;
}

export function setIcon(svg, name) {
  svg.firstChild.setAttribute('d', PATHS[name]);
}
