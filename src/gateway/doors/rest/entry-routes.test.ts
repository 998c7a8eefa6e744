import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { parseReceipt } from '@openbsn/sdk'
import { bytesOf, filledGateway } from '../../../testing/gateway.ts'

describe('an entry', () => {
  it('comes as JSON or as its bytes, with its receipt', async () => {
    const { get, statements } = await filledGateway(3)
    const entry = (await get('/entries/1')).json()
    assert.deepEqual([entry.index, entry.height, entry.time], [1, 2, 1_700_000_020])
    assert.deepEqual(Buffer.from(bytesOf(entry.statement)), Buffer.from(statements[1] ?? []))
    const raw = await get('/entries/1', 'application/cose')
    assert.deepEqual(raw.rawPayload, Buffer.from(statements[1] ?? []))
    assert.equal(raw.headers['content-type'], 'application/cose')

    const receipt = await get('/entries/1/receipt')
    assert.equal(parseReceipt(receipt.rawPayload).proof.index, 1)
    const text = (await get('/entries/1/receipt', 'application/json')).json()
    assert.deepEqual(Buffer.from(bytesOf(text.receipt)), receipt.rawPayload)
  })

  it('has codes for what is not there', async () => {
    const { get, ledger } = await filledGateway(1)
    const code = async (path: string, accept?: string) => {
      const answer = await get(path, accept)
      return [answer.statusCode, answer.json().code]
    }
    assert.deepEqual(await code('/entries/1'), [404, 'ENTRY_NOT_FOUND'])
    assert.deepEqual(await code('/entries/1/receipt'), [404, 'ENTRY_NOT_FOUND'])
    assert.deepEqual(await code('/entries/0', 'text/html'), [406, 'NOT_ACCEPTABLE'])
    for (const index of ['-1', '01', '1e0', '0x1', '1.0', '9999999999999999', '٣', 'a']) {
      assert.deepEqual(await code(`/entries/${encodeURIComponent(index)}`), [
        400,
        'REQUEST_INVALID',
      ])
    }
    ledger.isSigning = false
    assert.deepEqual(await code('/entries/0/receipt'), [409, 'RECEIPT_PENDING'])
  })
})
