/** An element that the page has. */
export function byId(id: string): HTMLElement {
  const found = document.getElementById(id)
  if (!found) throw new TypeError(`The page has no #${id}.`)
  return found
}

/** A field that the page has. */
export function field(id: string): HTMLInputElement | HTMLSelectElement {
  const found = byId(id)
  if (found instanceof HTMLInputElement || found instanceof HTMLSelectElement) return found
  throw new TypeError(`#${id} is no field.`)
}

/** A new element with attributes and what is in it. Text stays text, whatever is in it. */
export function make<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  attributes: Readonly<Record<string, string>> = {},
  ...content: readonly (string | Node)[]
): HTMLElementTagNameMap[Name] {
  const element = document.createElement(name)
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value)
  element.append(...content)
  return element
}

/** A whole number of points as people write it. */
export function pointsText(points: string): string {
  return points.replace(/\B(?=(\d{3})+$)/g, ',')
}
