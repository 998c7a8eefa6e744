/** What docs-plugin.ts makes when the portal is built. */
declare module 'virtual:docs' {
  export const entries: readonly import('./nodes.ts').DocsEntry[]
  export const loaders: Readonly<
    Record<string, () => Promise<{ readonly nodes: readonly import('./nodes.ts').DocsNode[] }>>
  >
  export const loadSearch: () => Promise<{
    readonly sections: readonly import('./nodes.ts').DocsSection[]
  }>
}
