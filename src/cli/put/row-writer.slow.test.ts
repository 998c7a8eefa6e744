import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { describe, it, type TestContext } from 'node:test'
import {
  type Client,
  CodedError,
  canonicalJson,
  idempotencyActId,
  isCodedError,
  type RecordOutcome,
  type Records,
  rowActId,
  signStatement,
  toBase64url,
  utf8,
} from '@openbsn/sdk'
import { testFolder } from '../../testing/folder.ts'
import { createMemoryLedger } from '../../testing/memory-ledger.ts'
import { namedSigner } from '../../testing/named-signer.ts'
import { openInput } from '../rows/input.ts'
import { putRows } from './put-rows.ts'
import { openReceiptsFile } from './receipts-file.ts'
import { createJsonWriter } from './row-writer.ts'

/** A city node that signs JSON records into a ledger, by the rules of the REST door. */
function cityNode() {
  const ledger = createMemoryLedger()
  const requests: { key: string; rows: number }[] = []
  const state = { isForging: false, breaksAfter: Number.POSITIVE_INFINITY }

  const putMany: Records['putMany'] = async (records, { idempotencyKey: key = '' } = {}) => {
    if (requests.length >= state.breaksAfter) throw new CodedError('GATEWAY_UNREACHABLE', 'gone')
    requests.push({ key, rows: records.length })
    const outcomes: RecordOutcome[] = []
    for (const [row, { value, key: about }] of records.entries()) {
      const cti = rowActId(idempotencyActId(key), row)
      const payload = utf8(state.isForging ? '{"forged":true}' : canonicalJson(value))
      const names = { iss: 'founder', sub: 'flights', aud: ledger.id, credential: 'cred_test' }
      const claims = { ...names, iat: 1, cti, ...(about === undefined ? {} : { key: about }) }
      const input = { contentType: 'application/json', claims, payload }
      const statement = await signStatement(input, namedSigner('founder'))
      const [outcome] = await ledger.submit([statement])
      assert.ok(outcome && outcome.outcome !== 'refused')
      const registered = ledger.entry(outcome.index)?.statement ?? new Uint8Array()
      const receipt = toBase64url(ledger.receipts(outcome.index)[0] ?? new Uint8Array())
      const place = { ...outcome, time: 1 }
      outcomes.push({ ...place, statement: toBase64url(registered), receipt })
    }
    return { outcomes, request: key }
  }
  const client = { records: () => ({ putMany }) } as unknown as Pick<Client, 'records'>
  return { ledger, requests, state, client }
}

function setup(t: TestContext) {
  const folder = testFolder()
  t.after(folder.remove)
  const node = cityNode()
  const scope = { ledger: node.ledger.id, service: 'flights', credential: 'cred_test' }
  const lines = folder.file('out.ndjson')
  async function put(count: number) {
    const text = JSON.stringify(Array.from({ length: count }, (_, id) => ({ n: 1, id })))
    const path = folder.file('in.json', text)
    const { input } = await openInput({ path, format: undefined }, Readable.from([]))
    const receipts = await openReceiptsFile(lines, scope)
    try {
      return await putRows(
        [input],
        { statementsMax: 10, batchBytesMax: 1000, inFlightMax: 1 },
        {
          client: { receipt: () => assert.fail('receipts come with the answer') },
          writer: createJsonWriter({ client: node.client, service: 'flights', keyField: 'id' }),
          receipts,
          concernsSender: () => false,
          progress: { add: () => undefined, skip: () => undefined },
          signal: new AbortController().signal,
        },
      )
    } finally {
      await receipts.close()
    }
  }
  return { ...node, put, lines }
}

describe('rows as JSON', () => {
  it('are sent in groups that are the same in every run, and go on where they were', async (t) => {
    const { put, requests, state } = setup(t)
    state.breaksAfter = 1
    const { failure } = await put(250)
    assert.ok(isCodedError(failure) && failure.code === 'GATEWAY_UNREACHABLE')
    state.breaksAfter = Number.POSITIVE_INFINITY
    const again = await put(250)
    assert.deepEqual([again.skipped, again.appended, again.duplicates], [100, 150, 0])
    assert.deepEqual(
      requests.map(({ rows }) => rows),
      [100, 100, 50],
    )
    assert.equal(new Set(requests.map(({ key }) => key)).size, 3)
    assert.equal((await put(250)).skipped, 250)
    assert.equal(requests.length, 3)
  })

  it('are believed only as they were sent', async (t) => {
    const { put, state } = setup(t)
    state.isForging = true
    const { failure } = await put(3)
    assert.ok(isCodedError(failure) && failure.code === 'GATEWAY_ANSWER_WRONG')
  })
})
