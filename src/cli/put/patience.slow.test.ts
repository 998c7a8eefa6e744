import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { describe, it, type TestContext } from 'node:test'
import { type Client, CodedError, createClient, isCodedError, type Outcome } from '@openbsn/sdk'
import { Buckets } from '../../gateway/access/buckets.ts'
import { apiKeyOf, putCredential } from '../../testing/access.ts'
import { testFolder } from '../../testing/folder.ts'
import { testGatewayDeps } from '../../testing/gateway.ts'
import { createMemoryLedger } from '../../testing/memory-ledger.ts'
import { namedSigner } from '../../testing/named-signer.ts'
import { recordsGateway } from '../../testing/records-gateway.ts'
import { openInput } from '../rows/input.ts'
import { createPatience } from './patience.ts'
import { defaultPutOptions, putRows } from './put-rows.ts'
import { createJsonWriter, createStatementWriter, type RowWriter } from './row-writer.ts'

/** A clock that only waiting moves. */
function setup(t: TestContext) {
  const folder = testFolder()
  t.after(folder.remove)
  const clock = { ms: 0 }
  const buckets = new Buckets({ nowMs: () => clock.ms })
  const interruption = new AbortController()
  const waits: number[] = []
  async function put(count: number, client: Pick<Client, 'receipt'>, writer: RowWriter) {
    const path = folder.file('in.json', JSON.stringify(Array.from({ length: count }, (_, i) => i)))
    const { input } = await openInput({ path, format: undefined }, Readable.from([]))
    return putRows([input], defaultPutOptions, {
      client,
      writer,
      receipts: undefined,
      concernsSender: () => false,
      progress: { add: () => undefined, skip: () => undefined },
      signal: interruption.signal,
      pause: async (seconds) => {
        waits.push(seconds)
        clock.ms += seconds * 1000
      },
    })
  }
  return { clock, buckets, waits, put, interruption }
}

describe('rows beyond a limit of a second', () => {
  it('are all registered in one run with an API key', async (t) => {
    const { buckets, waits, put } = setup(t)
    const parts = testGatewayDeps()
    const gateway = await recordsGateway({ ...parts, deps: { ...parts.deps, buckets } })
    t.after(() => gateway.app.close())
    putCredential(gateway.ledger, 'c1', { perSecond: 100 })
    const address = await gateway.app.listen({ host: '127.0.0.1', port: 0 })
    const client = createClient({
      ...{ ledger: gateway.ledger.id, gateways: [{ url: address, operator: 'founder' }] },
      ...{ apiKey: { key: apiKeyOf('c1'), operators: ['founder'] }, attemptsMax: 1 },
    })
    const writer = createJsonWriter({ client, service: 'flights', keyField: undefined })
    const report = await put(600, client, writer)
    assert.deepEqual([report.failure, report.refused], [undefined, []])
    assert.equal(report.appended, 600)
    assert.equal(gateway.ledger.head.firstIndex + gateway.ledger.head.count, 600)
    assert.ok(waits.length >= 5 && waits.length < 20, `${waits.length} waits`)
  })

  it('are all registered in one run with a key that signs', async (t) => {
    const { buckets, waits, put } = setup(t)
    const ledger = createMemoryLedger()
    const submit = async (statements: readonly Uint8Array[]): Promise<Outcome[]> => {
      const { granted } = buckets.take('c', 100, statements.length)
      const refused = statements.slice(granted)
      const code = 'RATE_LIMITED'
      return [
        ...(await ledger.submit(statements.slice(0, granted))),
        ...refused.map((): Outcome => ({ outcome: 'refused', code, detail: 'later' })),
      ]
    }
    const client = { submit, receipt: () => assert.fail('nobody asked for receipts') }
    const scope = { ledger: ledger.id, service: 'flights', credential: 'cred_test' }
    const clock = { nowSeconds: () => 1_700_000_500 }
    const context = { ...scope, signer: namedSigner('cred_test'), clock, keyField: undefined }
    const report = await put(600, client, createStatementWriter({ client, context }))
    assert.deepEqual([report.appended, report.duplicates, report.failure], [600, 0, undefined])
    assert.equal(waits.length, 5)
  })

  it('end the run where somebody else uses the limit up', async (t) => {
    const { waits, put, interruption } = setup(t)
    const details = { status: 429, retryAfter: 3 }
    const send = async () => {
      throw new CodedError('RATE_LIMITED', 'later', { retryable: true, details })
    }
    const ledger = createMemoryLedger()
    const scope = { ledger: ledger.id, service: 'flights', credential: 'cred_test' }
    const clock = { nowSeconds: () => 1_700_000_500 }
    const context = { ...scope, signer: namedSigner('cred_test'), clock, keyField: undefined }
    const client = { submit: send, receipt: () => assert.fail('nobody asked for receipts') }
    const writer = createStatementWriter({ client, context })
    const report = await put(3, client, writer)
    assert.deepEqual(waits, Array(30).fill(3))
    assert.ok(isCodedError(report.failure) && report.failure.code === 'RATE_LIMITED')
    assert.equal(report.refused.length, 3)
    interruption.abort()
    const stopped = await createPatience({ send, signal: interruption.signal }).send([], false)
    assert.deepEqual(stopped, [])
  })
})
