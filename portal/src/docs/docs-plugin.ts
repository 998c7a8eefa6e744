import { join } from 'node:path'
import type { Plugin } from 'vite'
import { docsFiles, docsPages } from './docs-pages.ts'
import type { DocsPage } from './nodes.ts'
import { searchIndex } from './search-index.ts'

const name = 'virtual:docs'

/**
 * Makes `virtual:docs` from the files of the repository: which pages there are, and each of them,
 * and what they are searched by, as a file of its own that is loaded when somebody reads it.
 */
export function docsPlugin(root: string): Plugin {
  let pages: readonly DocsPage[] = []
  return {
    name: 'docs',
    buildStart() {
      pages = docsPages(root)
      for (const path of docsFiles) this.addWatchFile(join(root, path))
    },
    resolveId: (id) => (id === name || id.startsWith(`${name}/`) ? `\0${id}` : undefined),
    load: (id) => (id.startsWith(`\0${name}`) ? moduleOf(id.slice(1), pages) : undefined),
  }
}

function moduleOf(id: string, pages: readonly DocsPage[]): string {
  const [, wanted] = id.split('/')
  if (wanted === undefined) return listOf(pages)
  if (wanted === 'search') return exported('sections', searchIndex(pages))
  return exported('nodes', pages.find(({ page }) => `page-${page}` === wanted)?.nodes ?? [])
}

const exported = (what: string, value: unknown) => `export const ${what} = ${JSON.stringify(value)}`

function listOf(pages: readonly DocsPage[]): string {
  const entries = pages.map(({ page, title, group }) => ({ page, title, group }))
  const loaders = pages.map(
    ({ page }) => `${JSON.stringify(page)}: () => import('${name}/page-${page}')`,
  )
  return `${exported('entries', entries)}
export const loaders = {${loaders.join()}}
export const loadSearch = () => import('${name}/search')`
}
