import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { brotliCompressSync } from 'node:zlib'
import { docsFiles, docsPages } from './docs-pages.ts'
import type { DocsAttributes, DocsNode } from './nodes.ts'
import { searchIndex } from './search-index.ts'

const root = join(import.meta.dirname, '../../..')
const pages = docsPages(root)
const read = (path: string) => readFileSync(join(root, path), 'utf8')

type Element = { readonly tag: string } & DocsAttributes

function* elementsOf(nodes: readonly DocsNode[]): Generator<Element> {
  for (const node of nodes) {
    if (typeof node === 'string') continue
    const [tag, attributes, ...children] = node
    yield { tag, ...(attributes === 0 ? {} : attributes) }
    yield* elementsOf(children)
  }
}

const elements = new Map(pages.map(({ page, nodes }) => [page, [...elementsOf(nodes)]]))
const idsOf = (page: string) => (elements.get(page) ?? []).flatMap(({ id }) => id ?? [])

describe('the pages of the documentation', () => {
  it('are all that docs/operating and docs/reference have', () => {
    // A man page says what the page of the command line says, to another reader.
    const found = globSync('docs/{operating,reference}/*', { cwd: root, exclude: ['**/*.1'] })
    const missing = found.filter((path) => !docsFiles.includes(path.replaceAll('\\', '/')))
    assert.deepEqual(missing, [])
    assert.equal(elements.size, pages.length, 'no two of one name')
    for (const { page, title, nodes } of pages) {
      assert.match(page, /^[a-z][a-z-]*$/)
      assert.ok(title !== '' && nodes.length > 2, page)
    }
  })

  it('lead to pages and places that are there', () => {
    for (const [from, all] of elements) {
      const ids = idsOf(from)
      assert.equal(new Set(ids).size, ids.length, `${from}: an id stands twice`)
      for (const { page = from, hash, path } of all.filter(({ tag }) => tag === 'a')) {
        if (path !== undefined) continue
        assert.ok(elements.has(page), `${from}: ${page}`)
        if (hash !== undefined) assert.ok(idsOf(page).includes(hash), `${from}: ${page}#${hash}`)
      }
    }
  })

  it('have a place for every error, where `type` of a problem leads', () => {
    const codes = [...read('docs/reference/errors.md').matchAll(/^### (\w+)$/gm)]
    assert.ok(codes.length > 150)
    const ids = new Set(idsOf('errors'))
    for (const [, code = ''] of codes) assert.ok(ids.has(code.toLowerCase()), code)
  })

  it('show every operation of both APIs', () => {
    for (const [name, page] of [
      ['openapi.json', 'api'],
      ['portal-openapi.json', 'accounts-api'],
    ] as const) {
      const { paths } = JSON.parse(read(`docs/reference/${name}`)) as {
        readonly paths: Record<string, Record<string, { readonly operationId: string }>>
      }
      const ids = [...elements.keys()].filter((one) => one.startsWith(`${page}-`)).flatMap(idsOf)
      const wanted = Object.values(paths)
        .flatMap((methods) => Object.values(methods))
        .map(({ operationId }) => operationId)
      assert.ok(wanted.length > 20)
      assert.deepEqual(ids.toSorted(), wanted.toSorted())
    }
  })

  it('are made anew when one of their files changes', () => {
    const [, listed = ''] = /const patterns = \[([^\]]*)\]/.exec(read('bin/build-portal.mjs')) ?? []
    const patterns = [...listed.matchAll(/'([^']+)'/g)].map(([, pattern = '']) => pattern)
    const found = new Set(globSync(patterns, { cwd: root }).map((one) => one.replaceAll('\\', '/')))
    assert.deepEqual(
      docsFiles.filter((path) => !found.has(path)),
      [],
    )
  })
})

describe('the index of the documentation', () => {
  it('has each heading with its words, and is small', () => {
    const sections = searchIndex(pages)
    const entry = sections.find(({ id }) => id === 'entry_not_found')
    assert.deepEqual([entry?.page, entry?.title], ['errors', 'ENTRY_NOT_FOUND'])
    assert.match(entry?.words ?? '', /^entry_not_found entry not found /)
    const api = sections.find(({ id }) => id === 'getReceipt')
    assert.match(api?.title ?? '', /^GET \/api\/v1\//)
    for (const { page, id } of sections) {
      if (id !== undefined) assert.ok(idsOf(page).includes(id), `${page}#${id}`)
    }
    assert.ok(brotliCompressSync(JSON.stringify(sections)).length < 100_000)
  })
})
