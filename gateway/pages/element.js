/** An element with text or children. Text is never taken for markup. */
export function element(name, { text, children = [], ...attributes } = {}) {
  const made = document.createElement(name)
  for (const [attribute, value] of Object.entries(attributes)) if (value !== '') made.setAttribute(attribute, value)
  if (text !== undefined) made.textContent = text
  made.append(...children)
  return made
}
