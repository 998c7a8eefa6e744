/** Text that is HTML already. */
export class Html {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}

type Part = string | number | Html | readonly Html[]

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

function escaped(part: Part): string {
  if (part instanceof Html) return part.text
  if (Array.isArray(part)) return part.map(escaped).join('')
  return String(part).replace(/[&<>"']/g, (letter) => entities[letter] ?? letter)
}

/** HTML from a template; what is put in is text, and escaped, unless it is `Html` itself. */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return new Html(strings.map((text, i) => text + escaped(parts[i] ?? '')).join(''))
}

/** A sentence of ours: what stands in backticks is code, what stands in asterisks is emphasized. */
export function prose(text: string): Html {
  const parts = text.split(/(`[^`]+`|\*[^*]+\*)/)
  const pieces = parts.map((part) => {
    const inner = part.slice(1, -1)
    if (part.length > 2 && part.startsWith('`')) return html`<code>${inner}</code>`
    return part.length > 2 && part.startsWith('*') ? html`<em>${inner}</em>` : html`${part}`
  })
  return html`${pieces}`
}
