import assert from 'node:assert/strict'
import {
  CborReader,
  type CheckpointAnswer,
  type Client,
  equalBytes,
  fromBase64url,
  isConsistent,
  parseStatement,
  statementIdentity,
  type TrustedKeys,
  toBase64url,
  toHex,
  verifyKeyBundle,
  verifyReceipts,
} from '@openbsn/sdk'
import type { Prng } from '../../src/testing/prng.ts'
import type { Line, Told } from './history.ts'
import { judgeHeads } from './judge-heads.ts'
import { SeenLog } from './seen-log.ts'

type Acknowledged = Exclude<Told['outcome'], { outcome: 'refused' }>

/**
 * Judges a ledger by what clients wrote down and what can be read over HTTP: nothing of the
 * server's memory or files. Kept over restarts, so that it sees what goes back.
 */
export class Checker {
  readonly #ledger: string
  /** All that was read of the log so far. */
  readonly log = new SeenLog()
  readonly #checkpoints = new Map<number, CheckpointAnswer>()
  #last = { height: 0, size: 0 }

  constructor(ledger: string) {
    this.#ledger = ledger
  }

  get size(): number {
    return this.log.size
  }

  /** Reads what is new and looks at the old: nothing may have gone back or changed. */
  async observe(gateway: string, client: Client, prng: Prng): Promise<void> {
    const head = await client.checkpoint()
    assert.ok(head.height >= this.#last.height, `height ${head.height} after ${this.#last.height}`)
    assert.ok(head.size >= this.#last.size, `size ${head.size} after ${this.#last.size}`)
    this.#last = { height: head.height, size: head.size }
    this.#checkpoints.set(head.height, head)
    for (const known of this.#checkpoints.values()) {
      assert.deepEqual(factsOf(await client.checkpoint(known.height)), factsOf(known))
    }
    const old = prng.int(0, Math.max(0, Math.floor(this.size / 256) - 1))
    await this.#read(gateway, old, head.size)
    for (let tile = Math.floor(this.size / 256); tile * 256 < head.size; tile++) {
      await this.#read(gateway, tile, head.size)
    }
  }

  /** One tile of entries; those that are known must be the same. */
  async #read(gateway: string, tile: number, size: number): Promise<void> {
    const width = Math.min(256, size - tile * 256)
    if (width <= 0) return
    const name = tilePath(tile) + (width < 256 ? `.p/${width}` : '')
    const address = `${gateway}/api/v1/ledgers/${this.#ledger}/tile/entries/${name}`
    const response = await fetch(address)
    assert.equal(response.status, 200, address)
    const reader = new CborReader(new Uint8Array(await response.arrayBuffer()))
    for (let i = 0; i < width; i++) this.log.take(tile * 256 + i, reader.readBytes().slice())
    reader.end()
  }

  /** All that clients were told must be so. Returns how many acts were acknowledged. */
  async judge(histories: readonly Iterable<Line>[], client: Client): Promise<number> {
    const keys = verifyKeyBundle(await client.keyBundle(), this.#ledger)
    let count = 0
    for (const history of histories) {
      for (const { act, sent, outcome } of answersOf(history)) {
        this.#judgeOne(act, outcome, sent)
        // Verifying every receipt in JavaScript would take longer than making them.
        if (count++ % 16 === 0) judgeReceipt(act, await whole(outcome, client), keys)
      }
    }
    return count
  }

  /** The lists, which no crash may leave wrong: every record of the service, once, in order. */
  async judgeLists(client: Client): Promise<void> {
    const wanted = this.log.recordsOf('flights')
    const listed: number[] = []
    for (let cursor: string | undefined; ; ) {
      const query = { service: 'flights', limit: 1000, ...(cursor ? { cursor } : {}) }
      const { entries, next } = await client.list(query)
      listed.push(...entries.map(({ index }) => index))
      if (next === undefined) break
      cursor = next
    }
    assert.deepEqual(listed, wanted)
  }

  /** Every head that was seen, over all lives, is one of this log. */
  async judgeHeads(client: Client): Promise<void> {
    const heads = [...this.#checkpoints.values()]
    judgeHeads(this.log, heads)
    const last = heads.at(-1)
    assert.ok(last, 'a head was seen')
    for (const { size, logRoot } of heads) {
      const path = await client.consistency(size, last.size)
      const [rootBefore, root] = [logRoot, last.logRoot].map((hex) => Buffer.from(hex, 'hex'))
      assert.ok(rootBefore && root)
      const roots = { rootBefore, root }
      assert.ok(isConsistent({ sizeBefore: size, size: last.size, ...roots, path }), `size ${size}`)
    }
  }

  #judgeOne(act: string, { index, outcome, statement }: Acknowledged, sent?: Uint8Array): void {
    const entry = this.log.entry(index)
    assert.ok(entry, `${act} was acknowledged as entry ${index} of ${this.size}: it is lost`)
    assert.ok(sent, `${act} was sent`)
    assert.ok(equalBytes(entry, bytesOf(statement)), act)
    const identities = [entry, sent].map((one) => toHex(statementIdentity(parseStatement(one))))
    assert.equal(identities[0], identities[1], `${act} is not what stands at ${index}`)
    if (outcome !== 'appended') return
    const [stands, told] = [entry, sent].map(toHex)
    assert.equal(stands, told, `${act} was appended at ${index} as another one of the same act`)
  }
}

type Answer = { readonly act: string; readonly sent?: Uint8Array; readonly outcome: Acknowledged }

/** Each answer with what it is an answer to: the last statement sent for that act. */
function* answersOf(history: Iterable<Line>): Generator<Answer> {
  const sent = new Map<string, Uint8Array>()
  for (const line of history) {
    if (line.kind === 'sent') sent.set(line.act, bytesOf(line.statement))
    if (line.kind !== 'told') continue
    const { act, outcome } = line
    assert.ok(outcome.outcome !== 'refused', JSON.stringify(line))
    const statement = sent.get(act)
    yield { act, outcome, ...(statement ? { sent: statement } : {}) }
  }
}

/** In a network a receipt may come a moment after the answer. */
async function whole(outcome: Acknowledged, client: Client): Promise<Acknowledged> {
  if (outcome.receipt !== 'pending') return outcome
  return { ...outcome, receipt: toBase64url(await client.receipt(outcome.index)) }
}

function judgeReceipt(act: string, outcome: Acknowledged, keys: TrustedKeys): void {
  const { statement, receipt, index } = outcome
  const verified = verifyReceipts(bytesOf(statement), [bytesOf(receipt)], keys)
  assert.equal(verified.index, index, act)
}

/** In a network more validators may sign afterwards; what they sign stays. */
function factsOf({ checkpoints, ...facts }: CheckpointAnswer) {
  return facts
}

const bytesOf = (text = '') => fromBase64url(text) ?? new Uint8Array()

/** As in C2SP tlog-tiles: 3 digits a step, all but the last with an x. */
function tilePath(tile: number): string {
  const text = String(tile).padStart(Math.ceil(String(tile).length / 3) * 3, '0')
  const steps = text.match(/\d{3}/g) ?? []
  return steps.map((step, i) => (i < steps.length - 1 ? `x${step}` : step)).join('/')
}
