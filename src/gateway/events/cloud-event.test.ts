import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { utf8 } from '@openbsn/sdk'
import type { LedgerEvent } from '../../frameworks/framework.ts'
import { cloudEvent } from './cloud-event.ts'

const ledger = `bsn1${'a'.repeat(40)}`
const place = { transaction: '7', height: 3, time: 1_700_000_000 } as LedgerEvent['place']

/** What a reader of CloudEvents gets of a payload. */
function eventOf(contentType: string, payload: Uint8Array): Record<string, unknown> {
  const said = { id: 'x-1', type: 'record', service: 'shop', issuer: 'c1', position: 9 }
  return JSON.parse(cloudEvent({ ...said, contentType, payload, place }, ledger))
}

/** The data alone. */
function dataOf(contentType: string, payload: Uint8Array | string): unknown {
  const bytes = typeof payload === 'string' ? utf8(payload) : payload
  const { data, data_base64: base64 } = eventOf(contentType, bytes)
  assert.equal((data === undefined) !== (base64 === undefined), true, 'one of the two')
  return data ?? { base64 }
}

const base64 = (bytes: Uint8Array) => ({ base64: Buffer.from(bytes).toString('base64') })

describe('an event as CloudEvents 1.0', () => {
  it('has its context attributes in the forms of the specification', () => {
    const { data: _, ...context } = eventOf('text/plain', utf8('x'))
    assert.deepEqual(context, {
      ...{ specversion: '1.0', id: 'x-1', source: `/ledgers/${ledger}/services/shop` },
      ...{ type: 'org.openbsn.record', time: '2023-11-14T22:13:20Z' },
      ...{ datacontenttype: 'text/plain', ledger, service: 'shop', issuer: 'c1' },
      ...{ position: '9', height: '3', transaction: '7' },
    })
  })

  it('has JSON as a value, whatever the type says behind it', () => {
    for (const type of [
      'application/json',
      'application/json; charset=utf-8',
      'Application/JSON',
      'application/ld+json',
    ]) {
      assert.deepEqual(dataOf(type, '{"a":[1,null]}'), { a: [1, null] }, type)
    }
    assert.equal(dataOf('application/json', '0'), 0)
  })

  it('has text as text, and everything else in base64', () => {
    assert.equal(dataOf('text/plain; charset=utf-8', 'Grüße'), 'Grüße')
    const [bytes, broken] = [Uint8Array.of(0, 255), Uint8Array.of(0xc3, 0x28)]
    assert.deepEqual(dataOf('application/octet-stream', bytes), base64(bytes))
    assert.deepEqual(dataOf('text/plain', broken), base64(broken))
    for (const wrong of ['{"a":', '{"a":1,"a":2}']) {
      assert.deepEqual(dataOf('application/json', wrong), base64(utf8(wrong)), wrong)
    }
  })
})
