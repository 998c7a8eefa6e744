import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { type CborValue, encodeCoseKey, utf8 } from '@openbsn/sdk'
import { type Key, open, type RootDatabase } from 'lmdb'
import { assert } from '../kernel/assert.ts'
import { modules } from '../node/modules.ts'
import { credentialPolicy } from '../services/credential-module.ts'
import { allianceVotes, pointsService, stopsAndMoves, tillRecords } from './busy-acts.ts'
import { testFolder } from './folder.ts'
import { credentialOf, keyOf, kidOf, LedgerWorld } from './ledger-world.ts'
import { namedSigner } from './named-signer.ts'

/** Signers of the busy ledger's credentials, by their id: one of each algorithm. */
const writers = {
  c1: namedSigner('c1'),
  c2: namedSigner('c2', 'ES256'),
  c3: namedSigner('c3', 'ES256K'),
  c4: namedSigner('c4', 'SM2'),
}

/** What every ledger's rules are made of, above its own. */
export const ledgerRules = {
  modules,
  recordPolicy: credentialPolicy,
}

/** Entries of `busyLedger`. */
export const busyEntries = 340

/**
 * A world in which everything happened that can: every kind of act, credentials of every algorithm,
 * other validators, and records with and without a `cti` and a key, counted by day, by credentials
 * and by a city node; `busyEntries` in all. Small dedupe tables, so that runs exist.
 */
export async function busyLedger(): Promise<LedgerWorld> {
  const world = await LedgerWorld.create({ memtableEntries: 64 })
  await world.settle()
  for (let i = 0; i < 16; i++) {
    await world.done('service-create', { id: `service-${i}`, framework: 'records' })
  }
  for (const id of ['c2', 'c3', 'c4'] as const) {
    const keys: CborValue[] = [encodeCoseKey(writers[id].key)]
    await world.done('credential-create', credentialOf(id, { keys, expires: 1_900_000_000 }))
  }
  await records(world, 32, ['c1', 'c2', 'c3', 'c4'])
  await stopsAndMoves(world)
  await pointsService(world)
  await tillRecords(world, 8)
  await world.done('key-register', { owner: 'member/admin', key: keyOf('member 2') })
  const signer = namedSigner('member 2')
  await world.done('key-revoke', { kid: kidOf('member'), expect: 1 }, { signer })
  await world.done('credential-revoke', { id: 'c3', expect: 1 }, { signer })
  const validators: CborValue[] = [[keyOf('validator 2'), 5]]
  await world.done('validators-update', { expect: 1, validators }, { signer })
  world.clock.now += 86_400
  await records(world, 30, ['c1'])
  await world.reopen(namedSigner('validator 2'))
  // Counted on another day: with the next act in the state, and then not yet.
  await tillRecords(world, 4)
  await world.done('service-freeze', { id: 'service-3', expect: 1 }, { signer })
  await allianceVotes(world, signer)
  await tillRecords(world, 3)
  for (const count of [1, 2, 114]) await records(world, count, ['c1', 'c2'])
  // A run is named by a block after the one that filled its table, when its worker is done. There
  // are never as many as are merged, so that those that are named stay.
  while (world.ledger.store.manifest().runs.length < 4 && size(world) < busyEntries - 1) {
    await records(world, 1, ['c2'])
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  await records(world, busyEntries - size(world), ['c2', 'c1'])
  return world
}

const size = ({ ledger }: LedgerWorld) => ledger.head.firstIndex + ledger.head.count

/** One block of so many records of these credentials in turn. */
async function records(world: LedgerWorld, count: number, ids: (keyof typeof writers)[]) {
  const from = size(world)
  const statements = Array.from({ length: count }, (_, i) => {
    const id = ids[i % ids.length] ?? 'c1'
    const cti = i % 3 === 0 ? { cti: utf8(`record ${from + i}`) } : {}
    const key = i % 4 === 0 ? { key: `key ${i % 7}` } : {}
    const text = 'x'.repeat(i % 40)
    return world.record(`${from + i} ${text}`, { iss: id, signer: writers[id], ...cti, ...key })
  })
  await world.recorded(await Promise.all(statements))
}

export type Tables = (name: string) => {
  get(key: Key): Buffer
  put(key: Key, value: Uint8Array): void
  remove(key: Key): void
  keys(): Key[]
}

/** A copy of a ledger's folder that a test may damage. */
export function copyOfLedger(from: string) {
  const folder = testFolder()
  cpSync(from, folder.path, { recursive: true })
  return {
    path: folder.path,
    remove: folder.remove,
    /** Changes what is stored, past everything that guards it. */
    change: async (change: (tables: Tables) => void): Promise<void> => {
      const root: RootDatabase = open({
        path: join(folder.path, 'store'),
        maxDbs: 16,
        encoding: 'binary',
      })
      change(tablesOf(root))
      await root.close()
    },
  }
}

function tablesOf(root: RootDatabase): Tables {
  return (name) => {
    const db = root.openDB<Buffer, Key>({ name, encoding: 'binary' })
    return {
      get: (key) => {
        const value = db.get(key)
        assert(value !== undefined, `${name} has ${String(key)}`)
        return Buffer.from(value)
      },
      put: (key, value) => void db.putSync(key, Buffer.from(value)),
      remove: (key) => void db.removeSync(key),
      keys: () => [...db.getKeys()],
    }
  }
}
