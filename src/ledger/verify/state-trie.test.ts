import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { utf8 } from '@openbsn/sdk'
import { testPrng } from '../../testing/seed.ts'
import { encodePage, type Page } from '../state/state-page.ts'
import { planState } from '../state/state-tree.ts'
import { StateTrie } from './state-trie.ts'

describe('StateTrie', () => {
  it('has the root and the pages of the state tree after every change', () => {
    const prng = testPrng()
    const trie = new StateTrie()
    const pages = new Map<string, Page>()
    for (let round = 0; round < 300; round++) {
      const key = `key ${prng.int(0, 200)}`
      const value = Buffer.from(utf8(`value ${round}`))
      trie.put(key, value)
      const plan = planState(new Map([[key, value]]), { page: (place) => pages.get(place) })
      for (const [place, page] of plan.pages) {
        if (page) pages.set(place, page)
        else pages.delete(place)
      }
      const said = `seed ${prng.seed}, round ${round}`
      assert.deepEqual(trie.root(), Buffer.from(plan.root), said)
      if (round % 50 !== 0) continue
      const expected = [...pages].map(([place, page]) => [place, encodePage(page)] as const)
      assert.deepEqual(new Map(trie.pages()), new Map(expected), said)
    }
    assert.ok(pages.size > 5)
    const keys = trie.entries().map(([key]) => key)
    assert.deepEqual(keys, keys.toSorted())
    assert.equal(
      trie
        .get(keys[0] ?? '')
        ?.toString()
        .startsWith('value'),
      true,
    )
  })
})
