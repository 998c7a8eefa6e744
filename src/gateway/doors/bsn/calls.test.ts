import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { it } from 'node:test'
import { newCertificateKey } from '../../../crypto/certificates.ts'
import { awayChannel } from '../../../testing/bsn-gateway.ts'
import { selfSigned } from '../../../testing/self-signed.ts'
import { openGatewayDatabase } from '../../gateway-database.ts'
import type { Application } from './application.ts'
import { createBsnStore } from './bsn-store.ts'
import { type CallDeps, callAsUser } from './calls.ts'

it('a nonce of a user counts once, and a signed text once, whatever became of it', async (t) => {
  const identity = { certificate: selfSigned().cert, key: newCertificateKey() }
  const deps = {
    store: createBsnStore(openGatewayDatabase(':memory:')),
    users: { identity: async () => identity },
    access: { whyNoMore: () => undefined },
    usage: { today: () => ({ transactions: 0 }), add: () => assert.fail('nothing was done') },
  } as unknown as CallDeps
  const application = {
    ...{ served: { ledger: { id: 'bsn1test' } }, caller: { credential: 'a', service: 'coin' } },
    ...{ service: { keyMode: 'key-trust' }, hosted: awayChannel(t) },
  } as unknown as Application
  const [nonce, other] = [randomBytes(24), randomBytes(24)].map((one) => one.toString('base64'))
  const codeOf = async (userName: string, nonceText = '', signed = '') => {
    const call = { userName, nonce: nonceText, chainCode: 'kv', funcName: 'get', args: ['a'] }
    const called = callAsUser({ application, body: call, signed }, deps)
    return called.then(
      () => 'done',
      ({ code }) => code,
    )
  }
  // Its peer is away: what was claimed stays so, since nobody knows who sends it again.
  assert.equal(await codeOf('ann', nonce, 'text 1'), 'CALL_NOT_SENT')
  assert.equal(await codeOf('ann', nonce, 'text 1'), 'BSN_NONCE_USED')
  assert.equal(await codeOf('ann', nonce, 'text 2'), 'BSN_NONCE_USED')
  assert.equal(await codeOf('ann', other, 'text 1'), 'BSN_NONCE_USED')
  assert.equal(await codeOf('bob', nonce, 'text 3'), 'CALL_NOT_SENT')
  assert.equal(await codeOf('ann', other, 'text 4'), 'CALL_NOT_SENT')
})
