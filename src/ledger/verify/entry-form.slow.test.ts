import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { actContent, parseStatement, sigStructure, statementIdentity } from '@openbsn/sdk'
import { busyLedger } from '../../testing/busy-ledger.ts'
import type { LedgerWorld } from '../../testing/ledger-world.ts'
import { testPrng } from '../../testing/seed.ts'
import { digestsOf, readEntry, signedBytes } from './entry-form.ts'

describe('readEntry', () => {
  let world: LedgerWorld
  let statements: Uint8Array[]
  before(async () => {
    world = await busyLedger()
    statements = [...world.ledger.store.entriesFrom(0)].map(({ bytes }) => bytes)
  })
  after(() => world.remove())

  it('finds the same identity and content as the SDK', () => {
    for (const bytes of statements) {
      const theirs = parseStatement(bytes)
      const ours = readEntry(Buffer.from(bytes))
      const signed = signedBytes(ours.protectedBytes, ours.payload)
      assert.deepEqual(signed, Buffer.from(sigStructure(theirs.protectedBytes, theirs.payload)))
      const { identity, content } = digestsOf(ours, signed)
      assert.deepEqual(identity, Buffer.from(statementIdentity(theirs)))
      const expected = theirs.claims.cti ? actContent(theirs) : new Uint8Array(32)
      assert.deepEqual(content, Buffer.from(expected))
    }
  })

  it('refuses what the SDK refuses, and nothing else', () => {
    const prng = testPrng()
    const reads = (read: () => unknown) => {
      try {
        read()
        return true
      } catch {
        return false
      }
    }
    for (let round = 0; round < 5000; round++) {
      const bytes = Buffer.from(statements[prng.int(0, statements.length - 1)] ?? [])
      // The header is where the rules are.
      bytes[prng.int(0, Math.min(bytes.length - 1, 300))] = prng.int(0, 255)
      const theirs = reads(() => parseStatement(bytes))
      const said = `seed ${prng.seed}, round ${round}: ${bytes.toString('hex')}`
      assert.equal(
        reads(() => readEntry(bytes)),
        theirs,
        said,
      )
    }
  })
})
