import assert from 'node:assert/strict'
import { once } from 'node:events'
import { Writable } from 'node:stream'
import { it } from 'node:test'
import { createLogger } from '../gateway/logger.ts'
import { LedgerWorld } from '../testing/ledger-world.ts'
import { carried, Voters } from '../testing/voters.ts'
import type { KeptGroup } from './join-alliance.ts'
import type { OpenEnvironment } from './open-environment.ts'
import { settle } from './settle.ts'

const east = { id: 'east', ledger: `bsn1${'a'.repeat(40)}` }

it('a node waits for the vote that lists its group, and then says that it keeps it', async (t) => {
  const world = await LedgerWorld.create()
  t.after(() => world.remove())
  const voters = new Voters(world)
  await voters.admit('bob')
  const lines: string[] = []
  const stream = new Writable({
    write: (line, _, done) => {
      lines.push(String(line))
      done()
    },
  })
  const told = new EventTarget()
  const said: { readonly groups: readonly KeptGroup[]; readonly isListed: boolean }[] = []
  // Of the ledger only its state is asked; what `join` does has tests of its own.
  const one = {
    ledger: world.ledger,
    network: {},
    isStopped: () => said.some(({ isListed }) => isListed),
    finishErasures: async () => undefined,
    join: async (_gateway: string, _facts: unknown, groups: readonly KeptGroup[]) => {
      said.push({ groups, isListed: world.ledger.objects('group/', undefined, 1).length > 0 })
      told.dispatchEvent(new Event('said'))
      return []
    },
  } as unknown as OpenEnvironment
  const facts = { id: 'n', city: 'x', country: 'XX', latitude: 0, longitude: 0, software: '1' }
  const logger = createLogger({ service: 'bsn', node: 'n' }, { stream })
  const heard = once(told, 'said')
  await settle(one, { gateway: 'http://x', facts, groups: [east] }, logger)
  await heard
  await once(told, 'said')
  assert.equal(lines.filter((line) => line.includes('group.unlisted')).length, 1)
  assert.match(lines.join(''), new RegExp(`propose group east --group-ledger ${east.ledger}`))
  await voters.decide('list', [carried('group-register', east)], ['admin', 'bob'])
  while (!said.some(({ isListed }) => isListed)) await once(told, 'said')
  assert.ok(said.every(({ groups }) => groups.length === 1))
})
