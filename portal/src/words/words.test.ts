import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import en from './en.json' with { type: 'json' }
import zh from './zh.json' with { type: 'json' }

type Words = { readonly [name: string]: string | Words }

function flat(words: Words, before = ''): Map<string, string> {
  return new Map(
    Object.entries(words).flatMap(([name, value]) => {
      const key = before + name
      return typeof value === 'string' ? [[key, value] as const] : [...flat(value, `${key}.`)]
    }),
  )
}

const [english, chinese] = [flat(en), flat(zh)]
const root = join(import.meta.dirname, '..')
const sources = globSync('**/*.{ts,tsx}', { cwd: root })
  .filter((path) => !path.endsWith('.test.ts'))
  .map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }))

/** Plurals have as many forms as the language has. */
const base = (key: string) => key.replace(/_(one|other)$/, '')
const slots = (text = '') => [...text.matchAll(/\{\{(\w+)\}\}/g)].map(([, name]) => name).sort()

describe('words', () => {
  it('are the same in both languages', () => {
    const [ours, theirs] = [english, chinese].map((all) => new Set([...all.keys()].map(base)))
    assert.deepEqual([...(ours ?? [])].sort(), [...(theirs ?? [])].sort())
  })

  it('have the same places for values', () => {
    for (const [key, text] of chinese) {
      const other = english.get(key) ?? english.get(`${base(key)}_other`)
      // Not every sentence of Chinese says the number where English must.
      const missing = slots(text).filter((name) => !slots(other).includes(name))
      assert.deepEqual(missing, [], key)
    }
  })

  it('are there for whatever the pages name', () => {
    const known = new Set([...english.keys()].map(base))
    for (const { path, text } of sources) {
      for (const [, key = ''] of text.matchAll(/\bt\(\s*\[?'([\w.-]+)'/g)) {
        assert.ok(known.has(key), `${path}: ${key}`)
      }
      for (const [, prefix = ''] of text.matchAll(/\bt\(\s*\[?`([\w.-]+)\.\$\{/g)) {
        assert.ok(
          [...known].some((key) => key.startsWith(`${prefix}.`)),
          `${path}: ${prefix}`,
        )
      }
    }
  })

  it('are nowhere else: no page has text of its own', () => {
    for (const { path, text } of sources.filter((one) => one.path.endsWith('.tsx'))) {
      const shown = [
        ...text.matchAll(/>\s*([^<>{}()=;&|]*[A-Za-z\u4e00-\u9fff]{2}[^<>{}()=;&|]*?)\s*<\//g),
        ...text.matchAll(/\s(?:aria-label|title|placeholder|alt|label)="([^"]*)"/g),
      ].map(([, own = '']) => own.trim())
      // A name is the same in every language.
      assert.deepEqual(
        shown.filter((own) => !['OpenBSN', 'OpenAPI'].includes(own)),
        [],
        path,
      )
    }
  })
})
