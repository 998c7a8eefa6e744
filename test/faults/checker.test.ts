import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { type Client, toBase64url, utf8 } from '@openbsn/sdk'
import { LedgerWorld } from '../../src/testing/ledger-world.ts'
import { createPrng } from '../../src/testing/prng.ts'
import { Checker } from './checker.ts'
import type { Line, Told } from './history.ts'

/** As for the other judges (judges.test.ts): each fault is planted here once. */

let world: LedgerWorld
/** Of the records r0 … r4: what was sent, and where it stands. */
const records: { readonly act: string; readonly sent: Uint8Array; readonly index: number }[] = []
/** The act of r0, signed again at another time. */
let again: Uint8Array

const record = (act: string, at = 0) =>
  world.record(act, { cti: utf8(act), iat: world.clock.now - at })

before(async () => {
  world = await (await LedgerWorld.create()).settle()
  for (let n = 0; n < 5; n++) {
    const sent = await record(`r${n}`)
    const { ledger } = world
    await world.recorded([sent])
    records.push({ act: `r${n}`, sent, index: ledger.head.firstIndex })
  }
  again = await record('r0', 1)
})
after(() => world.remove())

const bytesAt = (index: number) => world.ledger.entry(index)?.statement ?? assert.fail()
const receiptAt = (index: number) => world.ledger.receipts(index)[0] ?? assert.fail()
const one = (n: number) => records[n] ?? assert.fail()

/** A checker that has read the whole log. */
function checker(): Checker {
  const own = new Checker(world.id)
  const { firstIndex, count } = world.ledger.head
  for (let index = 0; index < firstIndex + count; index++) own.log.take(index, bytesAt(index))
  return own
}

/** What an honest gateway answers, with a list of all records; `more` is what a false one says. */
function client(more: Partial<Client> = {}): Client {
  const entries = records.map(({ index }) => ({ index }))
  const honest = {
    keyBundle: async () => world.ledger.keyBundle(),
    receipt: async (index: number) => receiptAt(index),
    list: async () => ({ entries }),
  }
  return { ...honest, ...more } as unknown as Client
}

const sentLine = (n: number, sent = one(n).sent): Line => {
  return { kind: 'sent', act: one(n).act, statement: toBase64url(sent) }
}

function toldLine(n: number, more: Partial<Exclude<Told['outcome'], { outcome: 'refused' }>> = {}) {
  const { act, index } = one(n)
  const said = { statement: toBase64url(bytesAt(index)), receipt: toBase64url(receiptAt(index)) }
  const outcome = { outcome: 'appended', index, height: index + 1, ...said, ...more }
  return { kind: 'told', act, outcome } as Line
}

const text = (index: number) => toBase64url(bytesAt(index))
const judge = (...lines: Line[]) => checker().judge([lines], client())

describe('the checker', () => {
  it('has nothing against an honest server, and counts what was acknowledged', async () => {
    const repeated = [sentLine(0, again), toldLine(0, { outcome: 'duplicate' })]
    const pending = [sentLine(1), toldLine(1, { receipt: 'pending' })]
    const histories = [[sentLine(0), toldLine(0), ...repeated, sentLine(4)], pending]
    assert.equal(await checker().judge(histories, client()), 3)
    await checker().judgeLists(client())
  })

  it('finds an acknowledged entry that the log does not have', async () => {
    const { size } = checker()
    const lost = judge(sentLine(4), toldLine(4, { index: size }))
    await assert.rejects(lost, new RegExp(`r4 was acknowledged as entry ${size} .* it is lost`))
  })

  it('finds one that is at another place, and one of another act', async () => {
    await assert.rejects(judge(sentLine(1), toldLine(1, { index: one(2).index })), /^\w+.*: r1$/s)
    const taken = { index: one(2).index, statement: text(one(2).index) }
    await assert.rejects(judge(sentLine(1), toldLine(1, taken)), /r1 is not what stands at/)
  })

  it('finds an answer with other bytes than those that are registered', async () => {
    const repeat = toldLine(0, { outcome: 'duplicate', statement: toBase64url(again) })
    await assert.rejects(judge(sentLine(0, again), repeat), /r0/)
  })

  it('finds a repeat that was told to be new, and an act that nobody sent', async () => {
    await assert.rejects(
      judge(sentLine(0, again), toldLine(0)),
      /r0 was appended at .* another one/,
    )
    await assert.rejects(judge(toldLine(0)), /r0 was sent/)
  })

  it('finds a refusal of what nothing is wrong with', async () => {
    const refused = { outcome: 'refused', code: 'KEY_UNKNOWN', detail: '' } as const
    await assert.rejects(judge({ kind: 'told', act: 'r0', outcome: refused }), /KEY_UNKNOWN/)
  })

  it('finds a receipt of another entry, one that is damaged, keys of another ledger', async () => {
    const other = toBase64url(receiptAt(one(3).index))
    await assert.rejects(judge(sentLine(0), toldLine(0, { receipt: other })), /RECEIPT|receipt/)
    const damaged = receiptAt(one(0).index).slice()
    damaged.fill(0, -8)
    const late = [sentLine(0), toldLine(0, { receipt: 'pending' })]
    const lying = client({ receipt: async () => damaged })
    await assert.rejects(checker().judge([late], lying), { code: 'RECEIPT_SIGNATURE_INVALID' })
    const elsewhere = new Checker('L'.repeat(44))
    await assert.rejects(elsewhere.judge([], client()), { code: 'KEY_BUNDLE_INVALID' })
  })

  it('finds a list that lacks a record, has one twice or in another order', async () => {
    const [first, ...rest] = records.map(({ index }) => ({ index }))
    assert.ok(first)
    for (const entries of [rest, [first, first, ...rest], [...rest, first], []]) {
      const lying = client({ list: async () => ({ entries }) } as unknown as Partial<Client>)
      await assert.rejects(checker().judgeLists(lying), { code: 'ERR_ASSERTION' })
    }
  })

  it('finds a head that goes back', async () => {
    const own = new Checker(world.id)
    const at = (height: number, size: number) => {
      const head = { height, size, time: 1, logRoot: '', stateRoot: '', checkpoints: [] }
      return client({ checkpoint: async () => head })
    }
    // Nothing is read of a log of no entries, so nobody has to listen at the address.
    await own.observe('http://127.0.0.1:1', at(5, 0), createPrng(1))
    await assert.rejects(own.observe('', at(4, 0), createPrng(1)), /height 4 after 5/)
    await assert.rejects(own.observe('', at(6, -1), createPrng(1)), /size -1 after 0/)
  })
})
