import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { namedSigner } from '../../testing/named-signer.ts'
import { BlockEntries } from './block-entries.ts'

/** A ledger of `count` registered ranges, and what an index was told of them. */
function world(count: number) {
  let length = count
  const told: number[] = []
  const held = { lists: Promise.resolve() }
  const entries = new BlockEntries({
    ledger: {
      get head() {
        return { firstIndex: length, count: 0 } as never
      },
      entry: (index) => ({ index, statement: Uint8Array.of(index) }) as never,
    },
    lists: {
      list: async ({ fromIndex, toIndex }) => {
        await held.lists
        const indexes = Array.from({ length: toIndex - fromIndex }, (_, i) => fromIndex + i)
        return { indexes }
      },
    },
    index: {
      nextEntry: 0,
      registered: (own) => void told.push(...own.map(({ index }) => index)),
    },
  })
  const { key } = namedSigner('node 1')
  const authority = { sub: 'bsn:blocks', key } as never
  const register = () => {
    entries.committed(length++, [{ bytes: Uint8Array.of(1), authority }])
  }
  return { entries, told, held, register }
}

describe('entries of blocks', () => {
  it('come to the index once and in order, those from before and those from now on', async () => {
    const { entries, told, register } = world(2)
    register()
    assert.deepEqual(told, [])
    await entries.catchUp()
    register()
    assert.deepEqual(told, [0, 1, 2, 3])
  })

  it('are kept from an index that closes while the ledger goes on', async () => {
    const { entries, told, register } = world(2)
    await entries.catchUp()
    entries.close()
    register()
    await entries.catchUp()
    assert.deepEqual(told, [0, 1])
  })

  it('are not told where the lists answer after the close', async () => {
    const { entries, told, held } = world(2)
    const { promise, resolve } = Promise.withResolvers<void>()
    held.lists = promise
    const running = entries.catchUp()
    entries.close()
    resolve()
    await running
    assert.deepEqual(told, [])
  })
})
