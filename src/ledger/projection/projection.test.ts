import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { algorithmByName, sha256, signStatement, utf8 } from '@openbsn/sdk'
import { createNativeSigner } from '../../crypto/native.ts'
import type { Prng } from '../../kernel/prng.ts'
import { testFolder } from '../../testing/folder.ts'
import { testPrng } from '../../testing/seed.ts'
import { type OfferedEntry, Projection, type ProjectionFilter } from './projection.ts'

const edDsa = algorithmByName('EdDSA') ?? assert.fail('EdDSA is known')
const signer = createNativeSigner(edDsa, sha256(utf8('p')))

async function entry(sub: string, key: string | undefined): Promise<OfferedEntry> {
  const claims = { iss: 'c', sub, aud: 'l', iat: 1, ...(key === undefined ? {} : { key }) }
  const bytes = await signStatement({ contentType: 'a/b', claims, payload: utf8('x') }, signer)
  return { bytes, authority: { sub }, isKeyed: key !== undefined }
}

type Entry = OfferedEntry & { readonly sub: string; readonly key: string | undefined }

/** A log in memory, and what a list of it must be. */
class Model {
  readonly entries: Entry[] = []
  readonly source = {
    size: () => this.entries.length,
    entriesFrom: (from: number) =>
      this.entries.slice(from).map(({ bytes }, i) => ({ index: from + i, bytes })),
  }

  list(filter: ProjectionFilter): number[] {
    const all = this.entries.flatMap(({ sub, key }, index) => {
      const isIn = index >= filter.fromIndex && index < filter.toIndex
      const matches = (filter.service ?? sub) === sub && (filter.key ?? key) === key
      return isIn && matches ? [index] : []
    })
    if (filter.order === 'newest') all.reverse()
    return all.slice(0, filter.limit)
  }
}

function randomFilter(prng: Prng, size: number): ProjectionFilter {
  const sub = ['a', 'b', 'ab', undefined][prng.int(0, 3)]
  const key = sub === undefined ? undefined : ['k', 'k2', undefined][prng.int(0, 2)]
  return {
    ...(sub === undefined ? {} : { service: sub }),
    ...(key === undefined ? {} : { key }),
    fromIndex: prng.int(0, size),
    toIndex: prng.int(0, size + 50),
    order: prng.int(0, 1) === 0 ? 'oldest' : 'newest',
    limit: prng.int(1, 100),
  }
}

describe('projection', () => {
  it('lists what a model lists, offered or read, over restarts', async () => {
    const prng = testPrng()
    const folder = testFolder()
    const model = new Model()
    const deps = { source: model.source, onFailure: (error: Error) => assert.fail(error) }
    let projection = new Projection({ folder: folder.path }, deps)
    const kinds = await Promise.all(
      ['a', 'b', 'ab'].flatMap((sub) =>
        [undefined, 'k', 'k2'].map(async (key) => ({ ...(await entry(sub, key)), sub, key })),
      ),
    )
    for (let round = 0; round < 120; round++) {
      const shown = `seed ${prng.seed}, round ${round}`
      const block = Array.from(
        { length: prng.int(0, 40) },
        () => kinds[prng.int(0, kinds.length - 1)] ?? assert.fail(),
      )
      const first = model.entries.length
      model.entries.push(...block)
      if (prng.int(0, 4) > 0) projection.offer(first, block)
      if (prng.int(0, 9) === 0) {
        await projection.close()
        projection = new Projection({ folder: folder.path }, deps)
      }
      if (prng.int(0, 3) > 0) continue
      await projection.advance()
      const filter = randomFilter(prng, first)
      const listed = await projection.list(filter)
      const toIndex = Math.min(filter.toIndex, listed.position)
      assert.deepEqual(listed.indexes, model.list({ ...filter, toIndex }), shown)
    }
    await projection.advance()
    await projection.advance()
    assert.equal(projection.position, model.entries.length)
    await projection.close()
    folder.remove()
  })
})
