import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { utf8 } from './bytes.ts'
import { verifyWebhook } from './webhook.ts'

// The example of the Standard Webhooks specification.
const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'
const body = '{"test": 2432232314}'
const headers = {
  'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
  'webhook-timestamp': '1614265330',
  'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
}
const now = { nowSeconds: 1_614_265_330 }

describe('verifyWebhook', () => {
  it('takes what was signed by one of the secrets, whatever form the parts have', async () => {
    const found = { id: headers['webhook-id'], timestamp: 1_614_265_330 }
    assert.deepEqual(await verifyWebhook({ headers, body, secrets: [secret] }, now), found)
    const two = { ...headers, 'webhook-signature': `v1,AAAA v2,x ${headers['webhook-signature']}` }
    const given = { headers: new Headers(two), body: utf8(body), secrets: ['whsec_AAAA', secret] }
    assert.deepEqual(await verifyWebhook(given, { nowSeconds: 1_614_265_330 + 300 }), found)
  })

  it('refuses everything else', async () => {
    const right = { headers, body, secrets: [secret] }
    const cases = [
      [{ ...right, body: `${body} ` }, now],
      [{ ...right, secrets: ['whsec_AAAA'] }, now],
      [{ ...right, secrets: [] }, now],
      [{ ...right, secrets: ['whsec_%'] }, now],
      [{ ...right, headers: { ...headers, 'webhook-id': 'msg_other' } }, now],
      [{ ...right, headers: { ...headers, 'webhook-timestamp': '1614265331' } }, now],
      [{ ...right, headers: { ...headers, 'webhook-timestamp': 'x' } }, now],
      [{ ...right, headers: { ...headers, 'webhook-signature': '' } }, now],
      [right, { nowSeconds: 1_614_265_330 + 301 }],
      [right, { nowSeconds: 1_614_265_330 - 301 }],
    ] as const
    for (const [given, when] of cases) {
      await assert.rejects(verifyWebhook(given, when), { code: 'WEBHOOK_INVALID' })
    }
  })
})
