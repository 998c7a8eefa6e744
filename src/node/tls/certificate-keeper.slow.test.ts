import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { CodedError } from '@openbsn/sdk'
import { createLogger } from '../../gateway/logger.ts'
import type { Tls } from '../../gateway/tls-files.ts'
import { tlsWorld } from '../../testing/tls-world.ts'
import { createCertificateKeeper } from './certificate-keeper.ts'

const day = 86_400
type World = Awaited<ReturnType<typeof tlsWorld>>

let tls: World
let shown: Tls[]
let lines: string[]
let asked: string[]
let isIssuerThere: boolean
let chance: number

/** A world of its own for each test of a suite. */
function withWorld(): void {
  beforeEach(async () => {
    tls = await tlsWorld()
    ;[shown, lines, asked, isIssuerThere, chance] = [[], [], [], true, 0]
  })
  afterEach(() => tls.remove())
}

function keeperOf(
  node = 'oslo',
  address = `https://${node}.example.org:8420`,
  pause?: (milliseconds: number, signal: AbortSignal) => Promise<void>,
) {
  const { world, operator, kek, clock, issuer } = tls
  const logger = createLogger(
    { service: 'bsn', node },
    { stream: { write: (line) => void lines.push(line) } },
  )
  return createCertificateKeeper(
    { node, file: join(world.folder.path, `${node}.json`), address },
    {
      ...{ ledger: world.ledger, operator, kek, clock, logger },
      own: issuer(node),
      ask: async (gateway, request) => {
        asked.push(gateway)
        if (!isIssuerThere) throw new CodedError('GATEWAY_UNREACHABLE', 'No answer.')
        return issuer('rome').issue(request)
      },
      onCertificate: (one) => void shown.push(one),
      chance: () => chance,
      ...(pause ? { pause } : {}),
    },
  )
}
const serials = () => shown.map(({ cert }) => new X509Certificate(cert).serialNumber)
/** Days after the first certificate at which it is looked at, and how many there are then. */
async function look(keeper: ReturnType<typeof keeperOf>, from: number, days: number[]) {
  const counts: number[] = []
  for (const after of days) {
    tls.clock.now = from + after * day
    await keeper.tick()
    counts.push(shown.length)
  }
  return counts
}

describe('a node keeps the certificate of its gateway', () => {
  withWorld()

  it('asks the issuer, and again when a third of its life is left', async () => {
    await tls.newRoot()
    const keeper = keeperOf()
    assert.equal(keeper.present, undefined)
    const from = tls.clock.now
    assert.deepEqual(await look(keeper, from, [0, 1, 19.9, 20.1, 21, 39.9, 40.2]), [
      ...[1, 1, 1, 2, 2, 2, 3],
    ])
    assert.equal(new Set(serials()).size, 3)
    assert.deepEqual(new Set(asked), new Set(['https://rome.example.org:8420']))
    assert.ok(lines.some((line) => line.includes('"event":"tls.issued"')))
  })

  it('does so by itself for as long as it runs', { timeout: 20_000 }, async () => {
    await tls.newRoot()
    const from = tls.clock.now
    const counts: number[] = []
    const days = [19.9, 20.1, 20.2, 40.3]
    const isOver = Promise.withResolvers<void>()
    const keeper = keeperOf('oslo', undefined, async (milliseconds, signal) => {
      assert.equal(milliseconds, 60_000)
      counts.push(shown.length)
      const after = days.shift()
      if (after !== undefined) tls.clock.now = from + after * day
      else isOver.resolve()
      if (after === undefined && !signal.aborted) {
        await new Promise((done) => signal.addEventListener('abort', done))
      }
    })
    keeper.start()
    await isOver.promise
    await keeper.close()
    assert.deepEqual(counts, [1, 1, 2, 2, 3])
  })

  it('is up to a day earlier by chance, so that not all nodes come at once', async () => {
    await tls.newRoot()
    const from = tls.clock.now
    chance = 0.99
    assert.deepEqual(await look(keeperOf(), from, [0, 18.9, 19.2]), [1, 1, 2])
  })

  it('issues its own where it is the issuer', async () => {
    await tls.newRoot()
    await keeperOf('rome').tick()
    assert.deepEqual([shown.length, asked], [1, []])
  })

  it('goes on with what it has while the issuer is away, and tries ever more slowly', async () => {
    await tls.newRoot()
    const keeper = keeperOf()
    await keeper.tick()
    ;[isIssuerThere, chance] = [false, 0.5]
    tls.clock.now += 25 * day
    const waits: number[] = []
    for (let i = 0; i < 14; i++) waits.push(await keeper.tick())
    assert.deepEqual(waits.slice(0, 4), [500, 1000, 2000, 4000])
    assert.equal(waits.at(-1), 3_600_000)
    assert.ok(keeper.present)
    assert.match(lines.at(-1) ?? '', /"event":"tls.unissued".*not renewed/)
    tls.clock.now += 6 * day
    assert.equal(await keeper.tick(), 30_000)
    assert.equal(keeper.present, undefined)
    isIssuerThere = true
    await keeper.tick()
    assert.equal(shown.length, 2)
  })
})

describe('a certificate that is kept', () => {
  withWorld()

  it('has it at the next start, unless its address is another one', async () => {
    await tls.newRoot()
    await keeperOf().tick()
    const again = keeperOf()
    assert.equal(again.present?.cert, shown[0]?.cert)
    await again.tick()
    assert.equal(shown.length, 1)
    const moved = keeperOf('oslo', 'https://oslo2.example.org')
    assert.equal(moved.present, undefined)
    await moved.tick()
    // The state does not know of the new address yet, so that what is issued is for the old one.
    assert.match(lines.at(-1) ?? '', /cannot be used: it is not for oslo2/)
    assert.equal(shown.length, 1)
  })

  it('gets another one when the alliance trusts another root alone', async () => {
    const old = await tls.newRoot()
    const keeper = keeperOf()
    await keeper.tick()
    await tls.newRoot([old])
    await keeper.tick()
    assert.equal(shown.length, 1)
    await tls.newRoot()
    await keeper.tick()
    assert.equal(shown.length, 2)
  })

  it('waits where the alliance has no issuer, and by a clock that is wrong', async () => {
    const keeper = keeperOf()
    await keeper.tick()
    assert.match(lines.at(-1) ?? '', /CERTIFICATE_FAILED.*does not know of an issuer yet/)
    await tls.newRoot()
    await keeper.tick()
    assert.equal(shown.length, 1)
    // Two months ahead it has nothing that is good; back in time it has what it had.
    tls.clock.now += 60 * day
    assert.equal(keeper.present, undefined)
    tls.clock.now -= 60 * day
    assert.ok(keeper.present)
    tls.clock.now -= day
    assert.equal(keeper.present, undefined)
  })
})
