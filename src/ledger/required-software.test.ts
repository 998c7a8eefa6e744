import assert from 'node:assert/strict'
import { it } from 'node:test'
import { LedgerWorld } from '../testing/ledger-world.ts'
import { requireSoftware } from './required-software.ts'

it('a node that is too old makes no block from the decided height on', async () => {
  const world = await LedgerWorld.create({ software: '0.1.9' })
  const from = world.ledger.head.height + 3
  await world.done('alliance-software', { software: '0.2.0', from })
  await world.done('service-create', { id: 'x1', framework: 'records' })
  const next = await world.act('service-create', { id: 'x2', framework: 'records' })
  await assert.rejects(world.submitOne(next), { code: 'LEDGER_STOPPED' })
  assert.equal((world.failures[0] as { code?: string }).code, 'SOFTWARE_TOO_OLD')
  await assert.rejects(world.reopen(), { code: 'SOFTWARE_TOO_OLD' })
  const reader = world.open(null)
  assert.equal(reader.head.height, from - 1)
  for (const own of ['0.2.0', '0.10.0', '1.0.0-rc.1']) requireSoftware(reader, from, own)
  requireSoftware(reader, from - 1, '0.1.9')
  for (const own of ['0.1.10', '0.0.3']) {
    assert.throws(() => requireSoftware(reader, from, own), { code: 'SOFTWARE_TOO_OLD' })
  }
  await world.remove()
})
