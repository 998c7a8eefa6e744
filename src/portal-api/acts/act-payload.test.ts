import assert from 'node:assert/strict'
import { it } from 'node:test'
import { payloadOf } from './act-payload.ts'

const bytes = (...values: number[]) => new Uint8Array(values)

it('bytes are where an act has them, and text everywhere else', () => {
  const fields = {
    ...{ id: 'AQ', service: 'AQ', label: 'AQ', scopes: ['AQ'], perSecond: 7 },
    keys: ['AQ', 'Ag'],
    apiKeys: [['AQ', 'AQ']],
  }
  const payload = payloadOf('credential-create', fields)
  assert.deepEqual(payload.get('keys'), [bytes(1), bytes(2)])
  assert.deepEqual(payload.get('apiKeys'), [[bytes(1), 'AQ']])
  const rest = ['id', 'service', 'label', 'scopes', 'perSecond'].map((name) => payload.get(name))
  assert.deepEqual(rest, ['AQ', 'AQ', 'AQ', ['AQ'], 7])
  const roles = [['writer', ['put', 'get']]]
  assert.deepEqual(payloadOf('service-create', { roles, draft: true }).get('roles'), roles)
  assert.deepEqual(payloadOf('participant-invite', { key: 'AQ' }).get('key'), bytes(1))
  assert.deepEqual(payloadOf('account-freeze', { address: 'AQ' }).get('address'), bytes(1))
})

it('what no statement can say is refused, with its place', () => {
  for (const [fields, place] of [
    [{ expect: 1.5 }, 'fields/expect'],
    [{ expect: null }, 'fields/expect'],
    [{ roles: [['a', [{}]]] }, 'fields/roles/0/1/0'],
    [{ id: { $bytes: 'AQ' } }, 'fields/id'],
  ] as const) {
    assert.throws(
      () => payloadOf('service-update', fields as never),
      (error: Error & { code?: string }) =>
        error.code === 'ACT_FIELDS_INVALID' && error.message.startsWith(`${place}:`),
    )
  }
  const invalid = { code: 'ACT_FIELDS_INVALID' }
  assert.throws(() => payloadOf('participant-invite', { key: 'not base64!' }), invalid)
  assert.throws(() => payloadOf('credential-create', { keys: [['AQ']] }), invalid)
})
