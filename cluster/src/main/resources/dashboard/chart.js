// One plot of curves, with a reading of the values under the cursor.

import uPlot from './lib/uplot.js';
import { align } from './align.js';
import { pageColour } from './colours.js';
import { el, setText } from './dom.js';
import { number } from './format.js';

const HEIGHT = 215;
const MOST_READ = 10;
const FONT = '11px system-ui, sans-serif';

/** A little more than what is drawn, also where that is one value. */
function yRange(plot, min, max) {
  if (min === null) {
    return [0, 1];
  }
  const pad = max > min ? 0.06 * (max - min) : Math.abs(min) * 0.1 || 0.5;
  return [min >= 0 && min < 2 * pad ? 0 : min - pad, max + pad];
}

/**
 * @typedef {{name: string, colour: string, dash: number[], x: number[], y: number[], faint: boolean}} Drawn a curve;
 *   a faint one is not read out
 */

export class Chart {
  #plot = null;
  #shape = '';
  #curves = [];
  #options = {};
  #hovered = false;

  /** @param {{zoom: function([number, number]|null): void, choose: function(string): void, height?: number}} on */
  constructor(title, on) {
    this.on = on;
    this.host = el('div.plot', { role: 'img' });
    this.reading = el('div.reading', { hidden: true, 'aria-hidden': 'true' });
    this.nothing = el('p.plot-empty', { hidden: true });
    this.node = el('div.plot-frame', {}, this.host, this.reading, this.nothing);
    this.title = title;
    this.observer = new ResizeObserver(() => this.#resize());
    this.observer.observe(this.node);
  }

  /**
   * @param {Drawn[]} curves
   * @param {{log: boolean, zoom: [number, number]|null, xText: function(number): string, xName: string, target?: number}} options
   * @param {string} nothing what is said where there is no point
   */
  show(curves, options, nothing) {
    const positive = value => (options.log && !(value > 0) ? null : value);
    const drawn = curves.map(curve => ({ ...curve, y: options.log ? curve.y.map(positive) : curve.y }));
    this.#curves = drawn;
    this.#options = options;
    const some = drawn.some(curve => curve.y.some(value => value !== null));
    this.host.hidden = !some;
    this.nothing.hidden = some;
    setText(this.nothing, some ? '' : nothing);
    this.host.setAttribute('aria-label', this.#said());
    if (!some) {
      this.#destroy();
      return;
    }
    const data = align(drawn, options.zoom);
    const shape = JSON.stringify([drawn.map(({ name, colour, dash, faint }) => [name, colour, dash, faint]), options.log, options.xName, options.target]);
    if (shape !== this.#shape || !this.#plot) {
      this.#destroy();
      this.#shape = shape;
      this.#plot = new uPlot(this.#settings(drawn), data, this.host);
    } else {
      this.#plot.setData(data, true);
    }
    if (this.#hovered) {
      this.#read();
    }
  }

  /** It is shown no more. */
  close() {
    this.observer.disconnect();
    this.#destroy();
  }

  #destroy() {
    this.#plot?.destroy();
    this.#plot = null;
    this.reading.hidden = true;
  }

  #resize() {
    const width = this.node.clientWidth;
    if (this.#plot && width > 0 && Math.abs(width - this.#plot.width) > 1) {
      this.#plot.setSize({ width, height: this.on.height ?? HEIGHT });
    }
  }

  #settings(curves) {
    const text = pageColour('--muted');
    const line = pageColour('--grid');
    const axis = { stroke: text, font: FONT, grid: { stroke: line, width: 1 }, ticks: { stroke: line, width: 1, size: 4 } };
    return {
      width: Math.max(200, this.node.clientWidth),
      height: this.on.height ?? HEIGHT,
      legend: { show: false },
      padding: [10, 14, 0, 0],
      scales: { x: { time: false }, y: this.#options.log ? { distr: 3 } : { range: yRange } },
      focus: { alpha: 0.25 },
      cursor: {
        focus: { prox: 24 },
        drag: { x: true, y: false, setScale: false },
        points: { size: 6 },
        sync: { key: 'curves', scales: ['x', null] },
        bind: {
          dblclick: () => () => {
            this.on.zoom(null);
            return null;
          },
        },
      },
      axes: [
        { ...axis, size: 30, space: 70, values: (plot, splits) => splits.map(value => this.#options.xText(value)) },
        { ...axis, size: 58, values: (plot, splits, at, space, step) => splits.map(value => this.#axisText(value, step)) },
      ],
      series: [{}, ...curves.map(({ name, colour, dash, faint }) => ({
        label: name,
        stroke: faint ? `${colour}40` : colour,
        width: faint ? 1 : 1.6,
        dash,
        spanGaps: true,
        points: { show: (plot, i) => !faint && plot.data[i].filter(value => value !== null).length === 1, size: 6, fill: colour },
      }))],
      hooks: {
        setSelect: [plot => this.#select(plot)],
        setCursor: [() => this.#hovered && this.#read()],
        setSeries: [() => this.#hovered && this.#read()],
        draw: [plot => this.#drawTarget(plot)],
        ready: [plot => {
          plot.over.addEventListener('mouseenter', () => {
            this.#hovered = true;
          });
          plot.over.addEventListener('mouseleave', () => {
            this.#hovered = false;
            this.reading.hidden = true;
          });
          plot.over.addEventListener('click', () => {
            const name = this.#nearest()?.name;
            if (name) {
              this.on.choose(name);
            }
          });
        }],
      },
    };
  }

  // As many digits as tell one line of the grid from the next.
  #axisText(value, step) {
    if (value === null) {
      return '';
    }
    const digits = step > 0 ? Math.max(0, Math.ceil(-Math.log10(step) - 1e-9)) : 0;
    return this.#options.log || digits > 4 || Math.abs(value) >= 1e5 ? number(value, 3) : value.toFixed(digits);
  }

  #select(plot) {
    const { left, width } = plot.select;
    if (width > 4) {
      const range = [plot.posToVal(left, 'x'), plot.posToVal(left + width, 'x')];
      plot.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false);
      this.on.zoom(range);
    }
  }

  #drawTarget(plot) {
    const { target } = this.#options;
    const { min, max } = plot.scales.y;
    if (!(target > 0) || target < min || target > max) {
      return;
    }
    const y = Math.round(plot.valToPos(target, 'y', true));
    const { ctx, bbox } = plot;
    ctx.save();
    ctx.strokeStyle = pageColour('--muted');
    ctx.setLineDash([6, 6]);
    ctx.lineWidth = 1;
    ctx.beginPath();
    ctx.moveTo(bbox.left, y);
    ctx.lineTo(bbox.left + bbox.width, y);
    ctx.stroke();
    ctx.restore();
  }

  #values() {
    const plot = this.#plot;
    const at = plot?.cursor.idx;
    if (at === null || at === undefined) {
      return [];
    }
    return this.#curves.flatMap(({ name, colour, faint }, i) => {
      if (faint) {
        return [];
      }
      const row = plot.data[i + 1];
      let place = at;
      while (place >= 0 && row[place] === null) {
        place--;
      }
      return place < 0 ? [] : [{ name, colour, value: row[place] }];
    });
  }

  #nearest() {
    const y = this.#plot ? this.#plot.posToVal(this.#plot.cursor.top, 'y') : NaN;
    return this.#values().sort((a, b) => Math.abs(a.value - y) - Math.abs(b.value - y))[0];
  }

  #read() {
    const plot = this.#plot;
    const values = this.#values();
    if (!plot || values.length === 0 || plot.cursor.left < 0) {
      this.reading.hidden = true;
      return;
    }
    const nearest = this.#nearest();
    values.sort((a, b) => b.value - a.value);
    const place = values.findIndex(one => one.name === nearest.name);
    const from = Math.max(0, Math.min(place - Math.floor(MOST_READ / 2), values.length - MOST_READ));
    const shown = values.slice(from, from + MOST_READ);
    this.reading.replaceChildren(
      el('p.reading-head', { text: `${this.#options.xName} ${this.#options.xText(plot.data[0][plot.cursor.idx])}` }),
      ...shown.map(({ name, colour, value }) => {
        const mark = el('span.mark');
        mark.style.backgroundColor = colour;
        return el(`p${name === nearest.name ? '.nearest' : ''}`, {}, mark, el('span.reading-name', { text: name }), el('span.figure', { text: number(value) }));
      }),
      ...(values.length > shown.length ? [el('p.hint', { text: `${values.length - shown.length} more` })] : []),
    );
    this.reading.hidden = false;
    const right = plot.cursor.left > plot.over.clientWidth / 2;
    this.reading.style.left = right ? '' : `${plot.over.offsetLeft + plot.cursor.left + 16}px`;
    this.reading.style.right = right ? `${this.node.clientWidth - plot.over.offsetLeft - plot.cursor.left + 16}px` : '';
  }

  // What one who does not see the plot hears of it.
  #said() {
    const ends = this.#curves.filter(curve => !curve.faint && curve.y.length > 0).slice(0, 8)
      .map(curve => `${curve.name} ${number(curve.y[curve.y.length - 1])}`);
    return `${this.title} by ${this.#options.xName}${ends.length > 0 ? `; last values: ${ends.join(', ')}` : ''}`;
  }
}
