// Elements without markup: whatever a name holds, it is text.

/**
 * Makes an element.
 *
 * @param {string} tag with classes, as 'button.quiet'
 * @param {object} options `on` has listeners, `data` data attributes, `text` the text; what is a property of the element
 *   is set as one, all else as an attribute
 * @param {...(Node|string|null|undefined)} children
 */
export function el(tag, options = {}, ...children) {
  const [name, ...classes] = tag.split('.');
  const node = document.createElement(name);
  node.classList.add(...classes);
  for (const [key, value] of Object.entries(options)) {
    if (value === undefined || value === null) {
      continue;
    }
    if (key === 'on') {
      Object.entries(value).forEach(([event, listener]) => node.addEventListener(event, listener));
    } else if (key === 'data') {
      Object.assign(node.dataset, value);
    } else if (key === 'text') {
      node.textContent = value;
    } else if (key in node && !key.startsWith('aria')) {
      node[key] = value;
    } else {
      node.setAttribute(key, value);
    }
  }
  node.append(...children.filter(child => child !== null && child !== undefined));
  return node;
}

/** Changes a text only where it is another: a change makes the browser lay out anew. */
export function setText(node, text) {
  if (node.textContent !== text) {
    node.textContent = text;
  }
}

export function setAttribute(node, name, value) {
  if (value === null || value === undefined) {
    node.removeAttribute(name);
  } else if (node.getAttribute(name) !== String(value)) {
    node.setAttribute(name, value);
  }
}

/** Brings a parent's children into this order, moving none that is right already. */
export function arrange(parent, children) {
  let at = parent.firstChild;
  for (const child of children) {
    if (child === at) {
      at = at.nextSibling;
    } else {
      parent.insertBefore(child, at);
    }
  }
  while (at) {
    const next = at.nextSibling;
    at.remove();
    at = next;
  }
}

let numbered = 0;

/** A label before its control. */
export function labelled(text, control, options = {}) {
  control.id ||= `control-${++numbered}`;
  return el(`span.field${options.class ? `.${options.class}` : ''}`, {},
    el('label', { htmlFor: control.id, text }), control);
}

export function select(options, value, change) {
  const node = el('select', { on: { change: () => change(node.value) } });
  options.forEach(([word, text]) => node.append(el('option', { value: word, text })));
  node.value = value;
  return node;
}

/** Replaces a select's options where they are others, and keeps what is chosen. */
export function setOptions(node, options, value) {
  const now = JSON.stringify(options);
  if (node.dataset.options !== now) {
    node.dataset.options = now;
    node.replaceChildren(...options.map(([word, text]) => el('option', { value: word, text })));
  }
  if (node.value !== value) {
    node.value = value;
  }
}

/** What stands where there is nothing yet: what that means, and what to do. */
export const empty = (title, ...what) => el('div.empty', {}, el('p.empty-title', { text: title }), ...what.map(
  text => (typeof text === 'string' ? el('p', { text }) : text)));
