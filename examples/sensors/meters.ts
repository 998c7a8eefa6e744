import assert from 'node:assert/strict'
import {
  type Client,
  fromBase64url,
  fromUtf8,
  parseStatement,
  verifyKeyBundle,
  verifyPrivatePayload,
  verifyReceipts,
  type WrittenRecord,
} from '@openbsn/sdk'
import { type Network, refusalOf } from '../network.ts'

/** A resident's meter. `key` is public, so it tells nothing; `resident` is never registered. */
type Meter = { readonly key: string; readonly resident: string }
type Proof = {
  readonly index: number
  readonly statement: Uint8Array
  readonly receipt: Uint8Array
}

/** What belongs to a resident: kept outside the ledger, proven by it, and erased for good. */
export async function meters(
  { stranger, ledger }: Network,
  { box, service }: { readonly box: Client; readonly service: string },
  say: (line: string) => void,
): Promise<void> {
  const records = box.records(service)
  const leaving: Meter = { key: 'meter/7c1f', resident: 'resident 4711' }
  const staying: Meter = { key: 'meter/02ae', resident: 'resident 0815' }
  const proofs = new Map<Meter, Proof>()
  for (const meter of [leaving, staying]) {
    const value = { kWh: meter === leaving ? 11.5 : 7.25 }
    const record = { key: meter.key, value, private: { subject: meter.resident } }
    proofs.set(meter, proofOf(await records.put(record, { receipts: true })))
  }
  const proof = proofs.get(leaving)
  assert.ok(proof)
  say('Two meters report what their residents used, as private values.')
  say(`  The city reads ${leaving.key}: ${JSON.stringify((await records.get(leaving.key)).value)}`)
  const shown = await stranger.records(service).get(leaving.key)
  say(`  A stranger reads a salted commitment: ${shown.value}`)

  const keys = verifyKeyBundle(await stranger.keyBundle(), ledger)
  const opened = await records.open(proof.index)
  verifyReceipts(proof.statement, [proof.receipt], keys)
  verifyPrivatePayload(parseStatement(proof.statement).payload, opened)
  say(`  Opened with its salt, ${fromUtf8(opened.payload)} is what entry ${proof.index} proves.`)

  const { erased } = await records.erase(leaving.resident)
  assert.equal(erased, 1)
  say(`A resident wants to be forgotten: ${erased} value is erased, with the key that read it.`)
  const { code, details } = await refusalOf(records.get(leaving.key))
  assert.deepEqual([code, details.status], ['ERASED', 410])
  assert.equal((await refusalOf(records.open(proof.index))).code, 'ERASED')
  say(`  The city reads ${leaving.key}: HTTP ${details.status}, ${code}.`)

  const { index, time } = verifyReceipts(proof.statement, [proof.receipt], keys)
  assert.equal(index, proof.index)
  const since = new Date(time * 1000).toISOString()
  say(`  Its proof still verifies: there is an entry ${index} since ${since}.`)
  assert.deepEqual((await records.get(staying.key)).value, { kWh: 7.25 })
  say(`  ${staying.key} is another resident's, and reads as before.`)
}

function proofOf({ index, statement = '', receipt = '' }: WrittenRecord): Proof {
  const [bytes, proof] = [fromBase64url(statement), fromBase64url(receipt)]
  assert.ok(bytes && proof, 'one node signs alone, so the receipt comes with the answer')
  return { index, statement: bytes, receipt: proof }
}
