import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { describe, it, type TestContext } from 'node:test'
import {
  type Client,
  CodedError,
  fromBase64url,
  isCodedError,
  type Outcome,
  toBase64url,
  verifyKeyBundle,
} from '@openbsn/sdk'
import { collect } from '../../testing/chunks.ts'
import { testFolder } from '../../testing/folder.ts'
import { createMemoryLedger } from '../../testing/memory-ledger.ts'
import { namedSigner } from '../../testing/named-signer.ts'
import { createLineVerifier, type NumberedLine, receiptLines } from '../receipt-lines.ts'
import { openInput } from '../rows/input.ts'
import { type PutDeps, putRows } from './put-rows.ts'
import { openReceiptsFile } from './receipts-file.ts'
import { createStatementWriter } from './row-writer.ts'

/** A client that speaks to the ledger at once, as a gateway would. */
type TestClient = Pick<Client, 'submit' | 'receipt'>
function clientOf(ledger: ReturnType<typeof createMemoryLedger>): TestClient {
  return {
    receipt: async (index) => {
      const [receipt] = ledger.receipts(index)
      if (receipt) return receipt
      throw new CodedError('RECEIPT_PENDING', 'not yet')
    },
    submit: async (statements, { receipts = false } = {}) => {
      const outcomes = await ledger.submit(statements)
      return outcomes.map((outcome): Outcome => {
        if (outcome.outcome === 'refused' || !receipts) return outcome
        const [receipt] = ledger.receipts(outcome.index)
        const statement = ledger.entry(outcome.index)?.statement ?? new Uint8Array()
        return {
          ...outcome,
          statement: toBase64url(statement),
          receipt: receipt ? toBase64url(receipt) : 'pending',
        }
      })
    },
  }
}

const options = { statementsMax: 10, batchBytesMax: 100_000, inFlightMax: 3 }
const rowsText = (count: number) =>
  JSON.stringify(Array.from({ length: count }, (_, i) => ({ i: i % 7 })))

function setup(t: TestContext) {
  const folder = testFolder()
  t.after(folder.remove)
  const ledger = createMemoryLedger()
  const path = folder.file('out.ndjson')
  const scope = { ledger: ledger.id, service: 'flights', credential: 'cred_test' }
  const counted = { add: 0, skip: 0 }
  const count = (what: keyof typeof counted, rows: number) => {
    counted[what] += rows
  }

  type More = Partial<Omit<PutDeps, 'client'>> & { withReceipts?: boolean; client?: TestClient }
  async function put(text: string, { client = clientOf(ledger), ...more }: More = {}) {
    const file = folder.file('in.json', text)
    const { input } = await openInput({ path: file, format: undefined }, Readable.from([]))
    const receipts = more.withReceipts === false ? undefined : await openReceiptsFile(path, scope)
    const context = {
      ...scope,
      signer: namedSigner('cred_test'),
      clock: { nowSeconds: () => 1_700_000_500 },
      keyField: undefined,
    }
    try {
      return await putRows([input], options, {
        client,
        writer: createStatementWriter({ client, context }),
        receipts,
        concernsSender: (code) => code === 'KEY_REVOKED',
        progress: { add: (rows) => count('add', rows), skip: (rows) => count('skip', rows) },
        signal: new AbortController().signal,
        ...more,
      })
    } finally {
      await receipts?.close()
    }
  }

  /** Indexes of the lines, after verifying each. */
  async function provenIndexes(): Promise<number[]> {
    const verifier = createLineVerifier(verifyKeyBundle(ledger.keyBundle(), ledger.id))
    const lines: NumberedLine[] = await collect(receiptLines(path))
    return lines.map((line) => verifier.verify(line).index)
  }

  return { ledger, put, provenIndexes, counted }
}

const upTo = (count: number) => Array.from({ length: count }, (_, i) => i)

describe('putRows', () => {
  it('registers every row, equal ones too, with receipts in the order of the rows', async (t) => {
    const world = setup(t)
    const report = await world.put(rowsText(57))
    const none = { duplicates: 0, skipped: 0, refused: [], interrupted: false }
    assert.deepEqual(report, { appended: 57, ...none })
    assert.deepEqual(await world.provenIndexes(), upTo(57))
    assert.deepEqual(world.counted, { add: 57, skip: 0 })
  })

  it('registers nothing twice, with or without its receipts', async (t) => {
    const world = setup(t)
    await world.put(rowsText(25))
    const again = await world.put(rowsText(25))
    assert.deepEqual([again.appended, again.duplicates, again.skipped], [0, 0, 25])
    const bare = await world.put(rowsText(25), { withReceipts: false })
    assert.deepEqual([bare.appended, bare.duplicates, bare.skipped], [0, 25, 0])
    assert.equal(world.ledger.head.firstIndex + world.ledger.head.count, 25)
  })

  it('goes on where it was interrupted', async (t) => {
    const world = setup(t)
    const interruption = new AbortController()
    const add = () => interruption.abort()
    const progress = { add, skip: () => undefined }
    const first = await world.put(rowsText(200), { signal: interruption.signal, progress })
    assert.equal(first.interrupted, true)
    assert.ok(first.appended > 0 && first.appended < 200, `${first.appended}`)
    const second = await world.put(rowsText(200))
    assert.deepEqual([second.skipped, second.appended], [first.appended, 200 - first.appended])
    assert.deepEqual(await world.provenIndexes(), upTo(200))
  })

  it('goes on after a failure, though later batches had arrived', async (t) => {
    const world = setup(t)
    const real = clientOf(world.ledger)
    let requests = 0
    const submit: TestClient['submit'] = (statements, how) => {
      if (++requests === 2) throw new CodedError('GATEWAY_UNREACHABLE', 'gone')
      return real.submit(statements, how)
    }
    const failing = world.put(rowsText(60), {
      client: { ...real, submit: async (...a) => submit(...a) },
    })
    const { failure } = await failing
    assert.ok(isCodedError(failure) && failure.code === 'GATEWAY_UNREACHABLE')
    const second = await world.put(rowsText(60))
    assert.equal(second.skipped, 10)
    assert.ok(second.duplicates > 0)
    assert.equal((await world.provenIndexes()).length, 60)
    assert.equal(world.ledger.head.firstIndex + world.ledger.head.count, 60)
  })
})

describe('putRows, where something is wrong', () => {
  it('tells refused rows, registers the others, and tries them again', async (t) => {
    const world = setup(t)
    const rows = [1, 2, 3, 'x'.repeat(70_000), 5]
    const report = await world.put(JSON.stringify(rows))
    assert.equal(report.appended, 4)
    const [refused] = report.refused
    assert.deepEqual([refused?.file, refused?.row], ['in.json', 4])
    assert.equal(refused?.code, 'STATEMENT_PAYLOAD_TOO_LARGE')
    assert.deepEqual(await world.provenIndexes(), [0, 1, 2, 3])
    const again = await world.put(JSON.stringify(rows))
    assert.deepEqual([again.skipped, again.duplicates, again.refused.length], [3, 1, 1])
    assert.deepEqual(await world.provenIndexes(), [0, 1, 2, 3])
  })

  it('stops at a refusal that every row would meet', async (t) => {
    const world = setup(t)
    let requests = 0
    const submit = async (statements: readonly Uint8Array[]): Promise<Outcome[]> => {
      requests++
      return statements.map(() => ({ outcome: 'refused', code: 'KEY_REVOKED', detail: 'no' }))
    }
    const client = { ...clientOf(world.ledger), submit }
    const { failure, refused } = await world.put(rowsText(500), { client })
    assert.ok(isCodedError(failure) && failure.code === 'KEY_REVOKED')
    assert.equal(refused.length, requests * 10)
    assert.ok(requests <= 5)
  })

  it('waits for receipts that are pending', async (t) => {
    const world = setup(t)
    world.ledger.isSigning = false
    setTimeout(() => {
      world.ledger.isSigning = true
    }, 50)
    await world.put(rowsText(3))
    assert.deepEqual(await world.provenIndexes(), [0, 1, 2])
  })

  it('takes no receipt for other bytes than it sent', async (t) => {
    const world = setup(t)
    const real = clientOf(world.ledger)
    const changed = async (change: (statement: Uint8Array) => void) => {
      const submit: TestClient['submit'] = async (statements, how) =>
        (await real.submit(statements, how)).map((outcome) => {
          const bytes = fromBase64url('statement' in outcome ? (outcome.statement ?? '') : '')
          if (!bytes || outcome.outcome === 'refused') return outcome
          change(bytes)
          return { ...outcome, statement: toBase64url(bytes) }
        })
      const { failure } = await world.put(rowsText(3), { client: { ...real, submit } })
      throw failure
    }
    const wrong = { code: 'GATEWAY_ANSWER_WRONG' }
    // Another signature byte: fine in a duplicate, which may be signed anew, wrong in an append.
    await assert.rejects(
      changed((bytes) => bytes.fill(1, -1)),
      wrong,
    )
    await assert.rejects(
      changed((bytes) => bytes.fill(0x61, -68, -67)),
      wrong,
    )
  })
})
