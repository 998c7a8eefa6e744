import assert from 'node:assert/strict'
import { it } from 'node:test'
import { createSelfSigned, newCertificateKey, pemOf } from '../../../../crypto/certificates.ts'
import { putCredential, putObject } from '../../../../testing/access.ts'
import { bsnRequest } from '../../../../testing/bsn-client.ts'
import { madeAt as now, requestFor, usersGateway } from '../../../../testing/users-gateway.ts'

it('certifies the key of a user, and a name keeps its key', async (t) => {
  const { ask } = await usersGateway(t)
  const shown = { name: 'ann', commonName: 'ann@c-key', mspId: 'alphaMSP', channel: 'coin-channel' }
  assert.deepEqual(await ask('GET', 'users/ann'), { status: 200, ...shown })
  const other = await ask('PUT', 'users/ann', { request: await requestFor('bob@c-key') })
  assert.deepEqual([other.status, other.code], [422, 'CERTIFICATE_REQUEST_INVALID'])
  const own = { request: await requestFor('ann@c-key') }
  // Its authority is away: the name is kept for this key, and can be asked for again.
  for (const _ of [1, 2])
    assert.equal((await ask('PUT', 'users/ann', own)).code, 'FABRIC_ENROLL_FAILED')
  const stolen = await ask('PUT', 'users/ann', { request: await requestFor('ann@c-key') })
  assert.deepEqual([stolen.status, stolen.code], [409, 'USER_EXISTS'])
  assert.equal((await ask('PUT', 'users/a%20b', own)).code, 'REQUEST_INVALID')
})

it('no secret of such a user is told to old clients', async (t) => {
  const { ask, send, client } = await usersGateway(t)
  await ask('PUT', 'users/ann', {
    request: await requestFor('ann@c-key'),
  })
  for (const secret of ['', 'mine']) {
    const request = bsnRequest(client, 'user/register', { name: 'ann', secret })
    const { header } = await send('/api/fabric/v1/user/register', request)
    assert.equal(header.errCode, 'USER_EXISTS')
  }
})

it('endorses proposals of users of who asks, made just now', async (t) => {
  const { ask, user, propose } = await usersGateway(t)
  const ann = await user('ann')
  const refused = async (parts: Parameters<typeof propose>[0], why: RegExp) => {
    const { code, detail } = await ask('POST', 'proposals', propose(parts))
    assert.equal(code, 'PROPOSAL_INVALID', String(why))
    assert.match(detail, why)
  }
  await refused({ by: ann, channel: 'other' }, /another channel/)
  await refused({ by: ann, mspId: 'betaMSP' }, /another organisation/)
  await refused({ by: ann, time: now - 901 }, /901 s before/)
  await refused({ by: ann, time: now + 901 }, /901 s/)
  await refused({ by: { ...ann, key: newCertificateKey() } }, /signature/)
  await refused({ by: ann, nonce: Buffer.alloc(8) }, /nonce/)
  const foreign = pemOf(await createSelfSigned('ann@d-key', ann.key, now))
  await refused({ by: { ...ann, certificate: foreign } }, /another application/)
  const replaced = await user('ann', ann.key)
  await refused({ by: ann }, /replaced/)
  const nobody = pemOf(await createSelfSigned('eve@c-key', ann.key, now))
  const strange = propose({ by: { ...ann, certificate: nobody } })
  assert.equal((await ask('POST', 'proposals', strange)).code, 'USER_UNKNOWN')
  const system = propose({ by: replaced, contract: 'qscc' })
  assert.equal((await ask('POST', 'proposals', system)).code, 'CONTRACT_UNKNOWN')
  // It is as it has to be, and its peer is away.
  const good = await ask('POST', 'proposals', propose({ by: replaced }))
  assert.deepEqual([good.status, good.code], [503, 'CALL_NOT_SENT'])
})

it('takes transactions that a user signed, and no other form', async (t) => {
  const { ask } = await usersGateway(t)
  const codeOf = async (body: Record<string, string>) =>
    (await ask('POST', 'transactions', body)).code
  assert.equal(await codeOf({ raw: '0x' }), 'TRANSACTION_INVALID')
  assert.equal(await codeOf({ raw: '0x0a01ff' }), 'TRANSACTION_INVALID')
  assert.equal(await codeOf({ to: 'kv' }), 'REQUEST_INVALID')
  assert.equal(await codeOf({ raw: '0x', to: 'kv' }), 'REQUEST_INVALID')
})

it('is for the node, the mode and the rights that fit', async (t) => {
  const trusted = await usersGateway(t, { keyMode: 'key-trust' })
  assert.equal((await trusted.ask('GET', 'users/ann')).code, 'KEY_MODE_DIFFERS')
  const far = await usersGateway(t, { nodes: ['far'] })
  putObject(far.ledger, 'node/far', { operator: 'a', gateway: 'https://far.example.org' })
  const { code, gateways } = await far.ask('GET', 'users/ann')
  assert.deepEqual([code, gateways], ['SERVICE_ELSEWHERE', ['https://far.example.org']])
  const { ask, user, propose, ledger } = await usersGateway(t)
  const proposal = propose({ by: await user('ann') })
  putCredential(ledger, 'none', { service: 'coin', scopes: ['webhooks:write'] })
  assert.equal((await ask('POST', 'proposals', proposal, 'none')).code, 'SCOPE_MISSING')
  putCredential(ledger, 'reader', { service: 'coin', scopes: ['records:read'] })
  const read = await ask('POST', 'proposals', proposal, 'reader')
  // It may ask, but ann is no user of its own.
  assert.equal(read.code, 'PROPOSAL_INVALID')
  assert.equal((await ask('PUT', 'users/ann', { request: 'x' }, 'reader')).code, 'SCOPE_MISSING')
  assert.equal((await ask('POST', 'transactions', { raw: '0x' }, 'reader')).code, 'SCOPE_MISSING')
})
