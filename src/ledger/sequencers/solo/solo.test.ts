import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { type CodedError, emptyRoot, emptyStateRoot, utf8 } from '@openbsn/sdk'
import type { CheckedStatement } from '../../../crypto/check-pool.ts'
import { namedSigner } from '../../../testing/named-signer.ts'
import type { Application, Execution, Proposal } from '../../application.ts'
import type { Block } from '../../ledger.ts'
import { Solo, type SoloDeps, type SoloOptions } from './solo.ts'

const authority = { kid: '', algorithm: -8, contentType: 'x', iss: 'x', sub: 'x', aud: 'x' }

function checkedOf(bytes: Uint8Array): CheckedStatement {
  const [identity, content, leaf] = [bytes, bytes, bytes]
  const flags = { isAct: false, isKeyed: false, iat: 0, exp: undefined }
  return { bytes, authority, identity, content, leaf, ...flags }
}

const genesisBlock: Block = {
  height: 0,
  time: 100,
  firstIndex: 0,
  count: 0,
  logRoot: emptyRoot,
  stateRoot: emptyStateRoot,
  appHash: emptyRoot,
  signatures: [],
}

/** An application that appends everything, and holds or fails where a test wants it to. */
class FakeApplication {
  head = genesisBlock
  checking: Promise<void> = Promise.resolve()
  committing: Promise<void> = Promise.resolve()
  /** True where everything is a repeat, which needs no block. */
  repeats = false
  readonly blocks: Block[] = []

  async check(statements: readonly Uint8Array[]) {
    await this.checking
    return statements.map(checkedOf)
  }

  prepare(statements: readonly CheckedStatement[]): number {
    return Math.min(3, statements.length)
  }

  execute({ height, time, statements }: Proposal): Execution {
    const firstIndex = this.head.firstIndex + this.head.count
    const appended = this.repeats ? [] : statements
    const outcome = this.repeats ? ('duplicate' as const) : ('appended' as const)
    const outcomes = statements.map((_, i) => ({ outcome, index: firstIndex + i, height }))
    const block = { ...genesisBlock, height, time, firstIndex, count: appended.length }
    const rest = { log: undefined, state: undefined, overlay: { changes: new Map() } }
    return { block, outcomes, appended, ...rest } as unknown as Execution
  }

  async commit({ block }: Execution, signatures: Block['signatures']): Promise<Block> {
    await this.committing
    this.head = { ...block, signatures }
    this.blocks.push(this.head)
    return this.head
  }
}

let application: FakeApplication
let failures: Error[]
let now: number
let validUntil: number

function soloOf(options: Partial<SoloOptions> = {}, admit?: SoloDeps['admit']): Solo {
  return new Solo(
    { ledger: 'bsn1', groupMs: 0, ...options },
    {
      application: application as unknown as Application,
      clock: { nowSeconds: () => now },
      signer: namedSigner('validator'),
      decidesAlone: (_, height) => height <= validUntil,
      onFailure: (error) => failures.push(error),
      admit,
    },
  )
}

const some = (count: number) => Array.from({ length: count }, (_, i) => utf8(`${i}`))
const until = async (isSo: () => boolean) => {
  for (let i = 0; i < 500 && !isSo(); i++) await new Promise((resolve) => setTimeout(resolve, 2))
  assert.ok(isSo())
}

describe('the solo sequencer', () => {
  beforeEach(() => {
    application = new FakeApplication()
    failures = []
    now = 200
    validUntil = 1e9
  })
  afterEach(() => assert.deepEqual(failures, []))

  it('answers in order, by as many blocks as the application takes', async () => {
    const outcomes = await soloOf().submit(some(8))
    assert.deepEqual(
      outcomes.map((one) => 'index' in one && one.index),
      [0, 1, 2, 3, 4, 5, 6, 7],
    )
    assert.deepEqual(
      application.blocks.map(({ count }) => count),
      [3, 3, 2],
    )
    assert.deepEqual(await soloOf().submit([]), [])
  })

  it('lets no block be older than the one before, whatever the clock says', async () => {
    const solo = soloOf()
    for (const time of [200, 50, 201, 201, 0]) {
      now = time
      await solo.submit(some(1))
    }
    assert.deepEqual(
      application.blocks.map(({ time }) => time),
      [200, 200, 201, 201, 201],
    )
  })

  it('makes no block that its key alone does not make final', async () => {
    const solo = soloOf()
    validUntil = 2
    await solo.submit(some(1))
    await solo.submit(some(1))
    await assert.rejects(solo.submit(some(1)), { code: 'LEDGER_NO_QUORUM', retryable: true })
    validUntil = 3
    await solo.submit(some(1))
    const signatures = application.blocks.map((block) => block.signatures.length)
    assert.deepEqual(signatures, [1, 1, 1])
  })

  it('makes no block of repeats alone', async () => {
    application.repeats = true
    const [outcome] = await soloOf().submit(some(1))
    assert.equal(outcome?.outcome, 'duplicate')
    assert.deepEqual(application.blocks, [])
  })

  it('turns away what is too much, and takes it when there is room', async () => {
    const busy = { code: 'LEDGER_BUSY', retryable: true }
    const held = Promise.withResolvers<void>()
    application.checking = held.promise
    const solo = soloOf({ waitingMax: 10, waitingBytesMax: 100 })
    const first = solo.submit(some(8))
    await assert.rejects(solo.submit(some(3)), busy)
    await assert.rejects(solo.submit([new Uint8Array(93)]), busy)
    const second = solo.submit([new Uint8Array(92)])
    held.resolve()
    await Promise.all([first, second])
    assert.equal((await solo.submit(some(10))).length, 10)
  })

  it('ends after what it took is committed, and takes nothing more', async () => {
    const held = Promise.withResolvers<void>()
    application.checking = held.promise
    const solo = soloOf()
    const first = solo.submit(some(5))
    const closed = solo.close()
    await assert.rejects(solo.submit(some(1)), { code: 'LEDGER_STOPPED', retryable: true })
    held.resolve()
    await closed
    assert.equal((await first).length, 5)
    assert.equal(application.head.count + application.head.firstIndex, 5)
  })
})

describe('a group of the solo sequencer', () => {
  it('waits for no more where enough wait', { timeout: 10_000 }, async () => {
    application = new FakeApplication()
    const solo = soloOf({ groupMs: 60_000, groupEnough: 3 })
    await solo.submit(some(3))
    await solo.submit(some(3))
    assert.equal(application.blocks.length, 2)
  })

  it('waits for nothing while few come', { timeout: 10_000 }, async () => {
    application = new FakeApplication()
    const solo = soloOf({ groupMs: 60_000 })
    for (let i = 0; i < 3; i++) await solo.submit(some(3))
    assert.equal(application.blocks.length, 3)
  })

  it('takes in what comes meanwhile where many come', async () => {
    application = new FakeApplication()
    const solo = soloOf({ groupMs: 500, groupEnough: 3 })
    await solo.submit(some(90))
    const before = application.blocks.length
    const first = solo.submit(some(1))
    await new Promise((resolve) => setTimeout(resolve, 20))
    await Promise.all([first, solo.submit(some(1))])
    assert.equal(application.blocks.length, before + 1)
  })

  it('puts nothing in order that is not admitted, and the others all the same', async () => {
    application = new FakeApplication()
    const refusal = { code: 'RATE_LIMITED', detail: 'Too many.' }
    const solo = soloOf({}, ({ bytes: [first = 0] }) => (first % 2 === 0 ? undefined : refusal))
    const outcomes = await solo.submit(some(5))
    assert.deepEqual(
      outcomes.map((one) => ('index' in one ? one.index : one.code)),
      [0, 'RATE_LIMITED', 1, 'RATE_LIMITED', 2],
    )
    assert.equal(application.head.count, 3)
  })
})

describe('the solo sequencer whose commit fails', () => {
  it('answers nobody that it is registered: neither that group nor those behind it', async () => {
    application = new FakeApplication()
    failures = []
    const failing = Promise.withResolvers<void>()
    application.committing = failing.promise
    const solo = soloOf()
    const unknown = { code: 'LEDGER_STOPPED', retryable: true }
    const inCommit = assert.rejects(solo.submit(some(2)), unknown)
    await until(() => application.blocks.length === 0)
    const behind = assert.rejects(solo.submit(some(7)), unknown)
    const checking = Promise.withResolvers<void>()
    application.checking = checking.promise
    const inCheck = assert.rejects(solo.submit(some(1)), unknown)
    const cause = new Error('the disk is gone') as CodedError
    failing.reject(cause)
    await Promise.all([inCommit, behind])
    checking.resolve()
    await inCheck
    await assert.rejects(solo.submit(some(1)), unknown)
    assert.deepEqual(failures, [cause])
    await solo.close()
  })
})
