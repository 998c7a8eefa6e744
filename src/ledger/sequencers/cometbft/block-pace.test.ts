import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { BlockPace } from './block-pace.ts'

async function waited(pace: BlockPace): Promise<number> {
  const began = performance.now()
  await pace.due()
  return performance.now() - began
}

describe('the pace of blocks', () => {
  it('waits for nothing at rest, and after a few statements', async () => {
    const pace = new BlockPace({ paceMs: 60_000, many: 3 })
    await pace.due()
    pace.decided(2)
    await pace.due()
    pace.decided(0)
    await pace.due()
  })

  it('is kept from a block with many on, and over empty ones', async () => {
    const pace = new BlockPace({ paceMs: 40, many: 3 })
    pace.decided(3)
    assert.ok((await waited(pace)) > 30)
    pace.decided(0)
    assert.ok((await waited(pace)) > 30)
    pace.decided(1)
    assert.ok((await waited(pace)) < 30)
  })
})
