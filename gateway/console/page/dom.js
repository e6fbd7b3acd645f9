/** An element with its attributes and children. Text is never taken for markup; `onclick` and the like are listeners. */
export function h(name, attributes = {}, ...children) {
  return fill(document.createElement(name), attributes, children)
}

/** The same for SVG. */
export function s(name, attributes = {}, ...children) {
  return fill(document.createElementNS('http://www.w3.org/2000/svg', name), attributes, children)
}

function fill(made, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith('on')) made.addEventListener(name.slice(2), value)
    else if (value === true) made.setAttribute(name, '')
    else if (value !== undefined && value !== null && value !== false) made.setAttribute(name, value)
  }
  made.append(...children.flat().filter(child => child !== undefined && child !== null && child !== false))
  return made
}

/** Sets a text only when it has changed, so that nothing flickers and no selection is lost. */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text
}

/** A place without anything in it, with the reason and what to do. */
export function empty(title, ...hint) {
  return h('div', { class: 'empty' }, h('b', {}, title), h('span', {}, ...hint))
}
