import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import {
  type CheckpointAnswer,
  canonicalJson,
  idempotencyActId,
  signStatement,
  toBase64url,
  toHex,
  utf8,
} from '@openbsn/sdk'
import { namedSigner } from '../../src/testing/named-signer.ts'
import type { Line } from './history.ts'
import { judgeCalls, judgeSenders } from './judge-calls.ts'
import { EventIds, judgeEvents, type ReaderHistory } from './judge-events.ts'
import { judgeHeads } from './judge-heads.ts'
import { judgeUsage } from './judge-usage.ts'
import { SeenLog } from './seen-log.ts'

/** A judge that finds nothing wrong proves nothing: each fault is planted here once. */

const signer = namedSigner('judges')
const ledger = 'L'.repeat(44)
const service = 'sensors'
const credential = 'sensors-1'
const valueFor = (n: number) => ({ n, text: `value ${n}` })

/** The entry of the request `k<n>`, as a city node signs it. */
function entryOf(n: number, value: unknown = valueFor(n)): Promise<Uint8Array> {
  const claims = { iss: 'member', sub: service, aud: ledger, iat: 1, credential }
  const cti = idempotencyActId(`k${n}`)
  const payload = utf8(canonicalJson(value))
  const contentType = 'application/json'
  return signStatement({ contentType, claims: { ...claims, cti }, payload }, signer)
}

/** Control statements and other services lie between. */
function strangerOf(n: number): Promise<Uint8Array> {
  const claims = { iss: 'other', sub: 'elsewhere', aud: ledger, iat: 1 }
  return signStatement({ contentType: 'text/plain', claims, payload: utf8(`${n}`) }, signer)
}

/** Requests k0 … k4 at the entries 0, 2, 4, 6, 8. */
async function logOf(count = 5): Promise<SeenLog> {
  const log = new SeenLog()
  for (let n = 0; n < count; n++) {
    log.take(2 * n, await entryOf(n))
    log.take(2 * n + 1, await strangerOf(n))
  }
  return log
}

const asked = (n: number): Line => {
  return { kind: 'asked', key: `k${n}`, service, credential, value: valueFor(n) }
}
const answered = (n: number, status: number, index?: number): Line => {
  return { kind: 'answered', key: `k${n}`, status, ...(index === undefined ? {} : { index }) }
}
const looked = (n: number, state: string, index?: number, ms = 10): Line => {
  return { kind: 'looked', key: `k${n}`, state, ms, ...(index === undefined ? {} : { index }) }
}

describe('the judges', () => {
  it('know nothing of the server: they import what clients have, and chance', () => {
    const files = readdirSync(import.meta.dirname).filter((name) => name.startsWith('judge-'))
    assert.equal(files.length, 4)
    const own = /^(node:[a-z_/]+|@openbsn\/sdk|\.\/(history|judge-[a-z]+|seen-log)\.ts)$/
    for (const name of [...files, 'checker.ts', 'seen-log.ts', 'history.ts']) {
      const text = readFileSync(join(import.meta.dirname, name), 'utf8')
      const imports = [...text.matchAll(/^(?:import|export|\}).* from '([^']+)'$/gm)]
      const others = imports.flatMap(([, from = '']) => (own.test(from) ? [] : [from]))
      const chance = name === 'checker.ts' ? ['../../src/testing/prng.ts'] : []
      assert.deepEqual(others, chance, name)
    }
  })
})

describe('the judge of calls', () => {
  /** All five requests as they may go: at once, at the second try, refused, found, sent again. */
  const honest = [
    ...[asked(0), answered(0, 201, 0), asked(0), answered(0, 200, 0)],
    ...[asked(1), answered(1, 503), asked(1), answered(1, 201, 2)],
    ...[asked(2), looked(2, 'pending'), looked(2, 'committed', 4)],
    ...[asked(3), looked(3, 'not_sent'), asked(3), answered(3, 201, 6)],
    ...[asked(4), answered(4, 201, 8), looked(4, 'committed', 8)],
    ...[asked(7), answered(7, 400), asked(8), looked(8, 'rejected'), asked(9), answered(9, 503)],
    looked(9, 'not_sent'),
  ]

  it('has nothing against an honest server', async () => {
    const log = await logOf()
    assert.equal(judgeCalls(ledger, log, honest), 5)
    judgeSenders(ledger, log, { service, histories: [honest] })
  })

  const planted: readonly (readonly [string, readonly Line[], RegExp])[] = [
    ['an acknowledged write is lost', [asked(5), answered(5, 201, 10)], /it is lost/],
    ['it is another one', [asked(5), answered(5, 201, 8)], /entry 8 and is undefined/],
    ['one is told at two places', [asked(1), answered(1, 200, 4)], /as entry 4 and is 2/],
    ['one is told twice to be new', [answered(0, 201, 0)], /told to be new/],
    ['a fate is not known', [asked(5), answered(5, 503)], /k5 is still not known/],
    ['a fate is only pending', [asked(5), looked(5, 'pending')], /k5 is still not known/],
    ['a fate is known late', [asked(5), looked(5, 'not_sent', undefined, 30_001)], /30001 ms/],
    ['not sent, and it is there', [looked(0, 'not_sent')], /acknowledged, and then: not_sent/],
    ['refused, and it is there', [answered(0, 403)], /acknowledged, and then: HTTP 403/],
  ]
  for (const [what, lines, message] of planted) {
    it(`finds it where ${what}`, async () => {
      const log = await logOf()
      assert.throws(() => judgeCalls(ledger, log, [...honest, ...lines]), message)
    })
  }

  it('finds a refused request in the log, and a changed value', async () => {
    const log = await logOf()
    const refused = [asked(0), looked(0, 'not_sent')]
    assert.throws(() => judgeCalls(ledger, log, refused), /k0 has no effect, and is entry 0/)
    log.take(10, await entryOf(5, { n: 'other' }))
    const changed = [asked(5), answered(5, 201, 10)]
    assert.throws(() => judgeCalls(ledger, log, changed), /entry 10 with another value/)
  })

  it('finds a record that nobody asked for', async () => {
    const log = await logOf(6)
    const histories = [[...honest]]
    assert.throws(() => judgeSenders(ledger, log, { service, histories }), /by nobody/)
  })
})

describe('the log that was seen', () => {
  it('finds an act that is there twice, an entry that changed, one that was skipped', async () => {
    const log = await logOf()
    const again = await entryOf(3)
    assert.throws(() => log.take(10, again), /entry 6 is in the log twice, as 10 too/)
    const other = await strangerOf(99)
    assert.throws(() => log.take(3, other), /entry 3 is another one/)
    assert.throws(() => log.take(12, other))
  })
})

describe('the judge of events', () => {
  const had = async (n: number, position = 2 * n, id = `${ledger}:${position}`): Promise<Line> => {
    const payload = toBase64url(utf8(canonicalJson(valueFor(n))))
    return { kind: 'had', position, id, payload }
  }
  const opened = (from?: number): Line => {
    return { kind: 'opened', ...(from === undefined ? {} : { from }) }
  }
  const judge = async (
    kind: ReaderHistory['kind'],
    lines: readonly (Line | Promise<Line>)[],
    from = 0,
  ) => {
    const history = await Promise.all(lines)
    const reader = { name: 'reader', service, history, from, kind }
    return judgeEvents(await logOf(), reader, new EventIds())
  }
  const all = [0, 1, 2, 3, 4]

  it('has nothing against a stream that is resumed where it was, or a little before', async () => {
    const resumed = [opened(2), had(1), had(2), opened(3), had(2), had(3), opened(), had(3)]
    assert.equal(await judge('stream', [opened(0), had(0), ...resumed, had(4)]), 5)
    assert.equal(await judge('stream', [opened(3), had(2), had(3), had(4)], 3), 3)
  })

  it('has nothing against a webhook that repeats', async () => {
    assert.equal(await judge('webhook', [...[0, 1, 1, 2, 1, 2, 3, 4].map((n) => had(n))]), 5)
  })

  const planted: readonly (readonly [
    string,
    ReaderHistory['kind'],
    readonly (Line | Promise<Line>)[],
    RegExp,
  ])[] = [
    ['a gap', 'stream', [opened(), had(0), had(2)], /had 4 and not 2: a gap/],
    ['a gap', 'webhook', [had(0), had(2), had(1), had(3), had(4)], /had 4 and not 2: a gap/],
    ['a gap over a resumption', 'stream', [opened(), had(0), opened(2), had(2)], /not 2: a gap/],
    ['a reordering', 'stream', [opened(), had(0), had(1), had(0)], /had 0 after 2: out of order/],
    ['a repeat', 'stream', [opened(), had(0), had(0)], /had 0 after 0: out of order/],
    ['a loss at the end', 'stream', [opened(), had(0)], /never had event 2/],
    ['a loss at the end', 'webhook', [had(0), had(1), had(2), had(3)], /never had event 8/],
    ['what was not asked for', 'stream', [opened(0), had(0), opened(2), had(0)], /from 2 on/],
    ['an event of others', 'webhook', [had(0), had(0, 1)], /had an event 1, which is none/],
    ['another payload', 'webhook', [had(1, 0)], /another event 0 than the entry/],
    ['an id that changed', 'webhook', [had(0), had(0, 0, 'x')], /had the id L+:0 before/],
    ['an id used twice', 'webhook', [had(0, 0, 'x'), had(1, 2, 'x')], /was the one of 0 before/],
  ]
  for (const [what, kind, lines, message] of planted) {
    it(`finds ${what} of a ${kind}`, async () => {
      await assert.rejects(judge(kind, lines), message)
    })
  }

  it('finds two readers with different ids for one event', async () => {
    const log = await logOf()
    const ids = new EventIds()
    const history = await Promise.all(all.map((n) => had(n)))
    const reader = { name: 'one', service, history, from: 0, kind: 'webhook' } as const
    judgeEvents(log, reader, ids)
    const other = [await had(0, 0, 'another'), ...history.slice(1)]
    assert.throws(() => judgeEvents(log, { ...reader, history: other }, ids), /had the id L+:0/)
  })
})

describe('the judge of heads', () => {
  const headOf = (log: SeenLog, size: number): CheckpointAnswer => {
    const logRoot = toHex(log.root(size))
    return { height: size, time: size, size, logRoot, stateRoot: '', checkpoints: [] }
  }

  it('has nothing against a log that only grows', async () => {
    const log = await logOf()
    judgeHeads(
      log,
      [1, 2, 2, 5, 7, 10].map((size) => headOf(log, size)),
    )
  })

  it('finds a head that goes back, is cut off, or is of another log', async () => {
    const log = await logOf()
    const heads = [1, 5].map((size) => headOf(log, size))
    assert.throws(() => judgeHeads(log, [...heads, headOf(log, 4)]), /size 4, time 4 after 5/)
    const longer = headOf(await logOf(6), 12)
    assert.throws(() => judgeHeads(log, [...heads, longer]), /the log has 10 entries/)
    const forked = { ...headOf(log, 7), logRoot: toHex(log.root(6)) }
    assert.throws(() => judgeHeads(log, [...heads, forked]), /another root/)
  })
})

describe('the judge of usage', () => {
  it('finds one write too many, too few, and one of another credential', async () => {
    const log = await logOf()
    const usage = (writes: number, name = credential) => [
      { service, credential: name, writes },
      { service: 'elsewhere', credential: 'other', writes: 77 },
    ]
    judgeUsage(log, service, usage(5))
    for (const wrong of [usage(4), usage(6), usage(5, 'sensors-2'), []]) {
      assert.throws(() => judgeUsage(log, service, wrong), /is not what the ledger has/)
    }
  })
})
