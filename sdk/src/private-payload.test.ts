import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { it } from 'node:test'
import { toBase64url } from './base64url.ts'
import { utf8 } from './bytes.ts'
import { commitPrivatePayload, verifyPrivatePayload } from './private-payload.ts'

const salt = new Uint8Array(randomBytes(32))
const opened = { salt, contentType: 'application/json', payload: utf8('{"name":"Ada"}') }
const refused = { code: 'PRIVATE_PAYLOAD_MISMATCH' }

it('a private payload is that of its record, and no other', () => {
  const record = utf8(JSON.stringify(toBase64url(commitPrivatePayload(opened))))
  // As anyone computes it who has a SHA-256 and nothing of ours.
  const hash = createHash('sha256').update(salt).update('application/json\0{"name":"Ada"}').digest()
  assert.deepEqual(commitPrivatePayload(opened), new Uint8Array(hash))
  verifyPrivatePayload(record, opened)
  const others = [
    { ...opened, salt: new Uint8Array(randomBytes(32)) },
    { ...opened, salt: salt.subarray(1) },
    { ...opened, contentType: 'text/plain' },
    { ...opened, contentType: '' },
    { ...opened, contentType: 'application/json\0' },
    { ...opened, payload: utf8('{"name":"Bob"}') },
    // The same bytes one after the other, cut elsewhere.
    { ...opened, contentType: 'application/json{', payload: utf8('"name":"Ada"}') },
  ]
  for (const other of others) assert.throws(() => verifyPrivatePayload(record, other), refused)
  assert.throws(() => verifyPrivatePayload(record.subarray(1), opened), refused)
})
