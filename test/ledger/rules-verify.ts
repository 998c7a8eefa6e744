import assert from 'node:assert/strict'
import { parseStatement, toHex } from '@openbsn/sdk'
import { decode } from '../../src/ledger/verify/cbor.ts'
import * as f from '../../src/ledger/verify/fields.ts'
import { registerKey } from '../../src/ledger/verify/key-acts.ts'
import { type Placed, Replay } from '../../src/ledger/verify/replay.ts'
import type { LedgerWorld } from '../../src/testing/ledger-world.ts'

/** A statement that was refused, and where it would have stood. */
export type Refused = {
  readonly statement: Uint8Array
  readonly code: string
  readonly index: number
  readonly height: number
  readonly time: number
}

function placed(statement: Uint8Array, at: Omit<Refused, 'statement' | 'code'>): Placed {
  const { kid, contentType, claims } = parseStatement(statement)
  const { iss, sub, aud, iat, exp, cti, credential } = claims
  const author = { kid: toHex(kid), contentType, iss, sub, aud, credential }
  return { author, iat, exp, isAct: cti !== undefined, bytes: () => Buffer.from(statement), ...at }
}

/** The test's own way to make members, which the verifier knows nothing of. */
function addMember({ state }: Replay, statement: Uint8Array): void {
  const payload = decode(Buffer.from(parseStatement(statement).payload))
  assert.ok(payload instanceof Map)
  const id = f.text(payload, 'id')
  f.writeObject(state, `member/${id}`, new Map([['name', id]]))
  const alliance = f.existing(state, 'alliance')
  f.writeObject(state, 'alliance', alliance.set('members', [...f.list(alliance, 'members'), id]))
  registerKey(state, `member/${id}`, payload.get('key'))
}

function apply(replay: Replay, entry: Placed): void {
  if (entry.author.sub === 'bsn:members') addMember(replay, entry.bytes())
  else replay.apply(entry)
}

function replayTo(world: LedgerWorld, size: number): Replay {
  const replay = new Replay(Buffer.from(world.ledger.genesisBytes))
  if (world.ledger.get('module/bsn:members')) {
    f.writeObject(replay.state, 'module/bsn:members', new Map([['versions', [[1, 0]]]]))
  }
  for (let index = 0; index < size; index++) {
    const entry = world.ledger.entry(index)
    assert.ok(entry)
    apply(replay, placed(entry.statement, entry))
    const block = world.block(entry.height)
    if (index < block.firstIndex + block.count - 1) continue
    replay.endBlock(block.firstIndex, index + 1)
    assert.equal(replay.state.root().toString('hex'), toHex(block.stateRoot), `entry ${index}`)
  }
  return replay
}

/**
 * The rules as the verifier has them must take every entry and come to the same roots, and must
 * refuse what the ledger refused.
 */
export function verifyRules(world: LedgerWorld, refused: readonly Refused[], what: string): void {
  const { firstIndex, count } = world.ledger.head
  replayTo(world, firstIndex + count)
  for (const { statement, code, ...at } of refused) {
    const replay = replayTo(world, at.index)
    const said = `${what}: ${code} at ${at.index}`
    assert.throws(() => apply(replay, placed(statement, at)), { code: 'NOT_ALLOWED' }, said)
  }
}
