import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { brokenReferences } from './references.ts'

describe('brokenReferences', () => {
  const there = ['README.md', 'docs/adr/0004-fastify.md', 'src/kernel']
  const pages = [{ path: 'docs/adr/0004-fastify.md', text: '# Fastify for the gateway' }]

  function broken(path: string, text: string): number {
    const sources = path.endsWith('.ts') ? [{ path, text }] : []
    const planted = path.endsWith('.md') ? [{ path, text }] : []
    const exists = (one: string) => there.includes(one.replace(/\/$/, ''))
    return brokenReferences(sources, [...pages, ...planted], exists).length
  }

  it('follows pages and decisions that comments name', () => {
    assert.equal(broken('src/a.ts', '// See docs/adr/0004-fastify.md.'), 0)
    assert.equal(broken('src/a.ts', `// See ${'docs'}/adr/0009-gone.md.`), 1)
    assert.equal(broken('src/a.ts', '// ADR 0004 says why.'), 0)
    assert.equal(broken('src/a.ts', `// ${'ADR'} 0099 says why.`), 1)
  })

  it('follows links, anchors and paths in pages', () => {
    assert.equal(broken('README.md', '[why](docs/adr/0004-fastify.md#fastify-for-the-gateway)'), 0)
    assert.equal(broken('README.md', '[why](docs/adr/0004-fastify.md#other)'), 1)
    assert.equal(broken('README.md', '[gone](docs/gone.md) [out](https://example.org/x)'), 1)
    assert.equal(broken('docs/adr/0005-x.md', '[back](../../README.md)'), 0)
    assert.equal(broken('README.md', 'in `src/kernel/` and `src/gone/`'), 1)
  })
})
