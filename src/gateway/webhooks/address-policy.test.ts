import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createAddressPolicy } from './address-policy.ts'
import { checkWebhookUrl } from './webhook-url.ts'

const inner = [
  ...['127.0.0.1', '127.255.255.254', '0.0.0.0', '10.1.2.3', '100.64.0.1', '169.254.169.254'],
  ...['172.16.0.1', '172.31.255.255', '192.0.0.1', '192.0.2.1', '192.88.99.1', '192.168.1.1'],
  ...['198.18.0.1', '198.51.100.1', '203.0.113.1', '224.0.0.1', '240.0.0.1', '255.255.255.255'],
  ...['::1', '::', '::127.0.0.1', '::ffff:127.0.0.1', '::ffff:8.8.8.8', '64:ff9b::7f00:1'],
  ...['64:ff9b::8.8.8.8', '64:ff9b:1::1', '100::1', 'fc00::1', 'fd12::1', 'fe80::1', 'fec0::1'],
  ...['ff02::1', '2001::1', '2001:10::1', '2001:db8::1', '2002:7f00:1::', '3fff::1', '5f00::1'],
  ...['fe80::1%lo', '2606:4700::1%lo', 'example.org', '', '127.1'],
]
const outer = ['1.1.1.1', '8.8.8.8', '172.32.0.1', '100.128.0.1', '2606:4700::1111', '2a00::1']

describe('createAddressPolicy', () => {
  it('lets connect to what is reachable for everyone, by TLS', () => {
    const policy = createAddressPolicy([])
    for (const one of inner) assert.equal(policy.mayConnect(one, { isSecure: true }), false, one)
    for (const one of outer) {
      assert.equal(policy.mayConnect(one, { isSecure: true }), true, one)
      assert.equal(policy.mayConnect(one, { isSecure: false }), false, one)
    }
  })

  it('lets connect to ranges that the operator allows, and to nothing beside them', () => {
    const policy = createAddressPolicy(['127.0.0.0/8', 'fd00::/8'])
    for (const one of ['127.0.0.1', '::ffff:127.0.0.1', 'fd12::1']) {
      assert.equal(policy.mayConnect(one, { isSecure: false }), true, one)
    }
    for (const one of ['10.1.2.3', '::1', 'fc00::1', '126.255.255.255']) {
      assert.equal(policy.mayConnect(one, { isSecure: false }), false, one)
    }
    for (const range of ['127.0.0.1', '127.0.0.0/33', 'x/8', '::/129', '1.2.3.4/-1', '::/']) {
      assert.throws(() => createAddressPolicy([range]), { code: 'WEBHOOK_RANGE_INVALID' }, range)
    }
  })
})

describe('checkWebhookUrl', () => {
  it('takes https to names and public addresses', () => {
    const policy = createAddressPolicy([])
    const urls = ['https://example.org/a?b=c', 'https://8.8.8.8:8443/', 'https://[2606:4700::1]/']
    for (const url of urls) assert.equal(checkWebhookUrl(url, policy).href, url)
  })

  it('refuses what cannot be delivered to', () => {
    const policy = createAddressPolicy([])
    const invalid = [
      ...['', 'x', 'http://example.org/', 'ftp://example.org/', 'file:///etc/passwd'],
      ...['https://user@example.org/', 'https://:secret@example.org/', 'https://example.org/#x'],
      ...['https://example.org:22/', 'https://example.org:25/', 'https://example.org:65536/'],
      `https://example.org/${'x'.repeat(2048)}`,
    ]
    for (const url of invalid) {
      assert.throws(() => checkWebhookUrl(url, policy), { code: 'WEBHOOK_URL_INVALID' }, url)
    }
    const refused = [
      ...['https://127.0.0.1/', 'https://0x7f.1/', 'https://0177.0.0.1/', 'https://2130706433/'],
      ...['https://[::]/', 'https://[::ffff:127.0.0.1]/', 'https://169.254.169.254/latest/'],
      ...['https://127.1/', 'https://①②⑦.0.0.1/', 'https://[fe80::1]/', 'https://0/'],
    ]
    for (const url of refused) {
      assert.throws(() => checkWebhookUrl(url, policy), { code: 'WEBHOOK_ADDRESS_REFUSED' }, url)
    }
  })
})
