/** The elements that pages of the documentation are made of: there is no way to write others. */
export const docsTags = [
  ...(['p', 'h2', 'h3', 'h4', 'ul', 'ol', 'li', 'dl', 'dt', 'dd', 'hr', 'br'] as const),
  ...(['table', 'thead', 'tbody', 'tr', 'th', 'td', 'details', 'summary'] as const),
  ...(['a', 'code', 'pre', 'em', 'strong', 'span', 'blockquote'] as const),
] as const
export type DocsTag = (typeof docsTags)[number]

export type DocsAttributes = {
  readonly id?: string
  /** How it looks, or of a `pre` what language it is in. */
  readonly kind?: string
  /** Of links: another page of the documentation, a place on it, or an address of this gateway. */
  readonly page?: string
  readonly hash?: string
  readonly path?: string
}

/** Text, or an element as JSON has it; 0 stands for no attributes. */
export type DocsNode =
  | string
  | readonly [tag: DocsTag, attributes: DocsAttributes | 0, ...children: DocsNode[]]

export const docsGroups = ['guides', 'operating', 'reference', 'api', 'accounts', 'about'] as const

/** A page as lists name it. */
export type DocsEntry = {
  /** Its name in the address. */
  readonly page: string
  readonly title: string
  readonly group: (typeof docsGroups)[number]
}

export type DocsPage = DocsEntry & { readonly nodes: readonly DocsNode[] }

/** A part of a page as the search knows it, in the order of the pages. */
export type DocsSection = {
  readonly page: string
  readonly title: string
  /** Of its heading; absent at the begin of a page. */
  readonly id?: string
  /** Every word of it once, in lower case. */
  readonly words: string
}

/** Whatever can be read of nodes. */
export function textOf(nodes: readonly DocsNode[]): string {
  return nodes
    .map((node) => {
      if (typeof node === 'string') return node
      const [tag, , ...children] = node
      const isInline = ['a', 'code', 'em', 'strong', 'span'].includes(tag)
      return textOf(children) + (isInline ? '' : ' ')
    })
    .join('')
}

/** A sentence of ours: what stands in backticks is code, what stands in asterisks is emphasized. */
export function prose(text: string): DocsNode[] {
  return text
    .split(/(`[^`]+`|\*[^*]+\*)/)
    .filter((part) => part !== '')
    .map((part) => {
      const inner = part.slice(1, -1)
      if (part.length > 2 && part.startsWith('`')) return ['code', 0, inner]
      return part.length > 2 && part.startsWith('*') ? ['em', 0, inner] : part
    })
}
