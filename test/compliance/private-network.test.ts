import assert from 'node:assert/strict'
import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { fromBase64url, parseStatement, verifyPrivatePayload } from '@openbsn/sdk'
import { openKeyEncryption } from '../../src/crypto/key-encryption.ts'
import { attack, leaks } from './attacker.ts'
import { startLoud, startShop } from './shop.ts'

const bytesOf = (text: string) => fromBase64url(text) ?? assert.fail('not base64url')

describe('private payloads of a network', () => {
  it('are erased for ever, in every byte of the data folder, and the rest is whole', async (t) => {
    const { ask, base, home, up } = await startShop(t)
    const subjects = ['customer 4711', 'customer 4712', 'customer 4713']
    const planted: string[] = []
    for (const [i, subject] of subjects.entries()) {
      for (let n = 0; n < 10; n++) {
        const value = `planted ${subject.slice(-4)} ${n}`
        planted.push(value)
        const body = { key: `k${i}`, value, private: { subject } }
        const written = await ask('POST', '/records', body, `${subject} ${n}`.replaceAll(' ', '-'))
        assert.equal(written.status, 201, written.text)
      }
    }
    const before = join(home, '..', 'before')
    cpSync(home, before, { recursive: true })
    const erased = await ask('DELETE', `/subjects/${encodeURIComponent('customer 4712')}`)
    assert.deepEqual([erased.status, erased.json.erased], [200, 10], erased.text)
    assert.equal((await ask('GET', '/records/k1')).status, 410)
    assert.equal((await ask('GET', '/records/k0')).json.value, 'planted 4711 9')
    const retried = { key: 'k1', value: 'planted 4712 0', private: { subject: 'customer 4712' } }
    const again = await ask('POST', '/records', retried, 'customer-4712-0')
    assert.deepEqual([again.status, (await ask('GET', '/records/k1')).status], [200, 410])
    const { index } = again.json
    const entry = await (await fetch(`${base}/entries/${index}`)).json()
    const { payload } = parseStatement(bytesOf(entry.statement))
    const opened = (await ask('GET', `/private/${index - 1}`)).json
    const parts = { salt: bytesOf(opened.salt), payload: bytesOf(opened.payload) }
    const mismatch = { code: 'PRIVATE_PAYLOAD_MISMATCH' }
    const { contentType } = opened
    assert.throws(() => verifyPrivatePayload(payload, { ...parts, contentType }), mismatch)

    // While it runs, and at rest.
    up.child.kill('SIGKILL')
    await up.ended
    const kek = openKeyEncryption(`${home}.kek`, { mayCreate: false })
    const databases = [join(before, 'private.sqlite'), join(home, 'private.sqlite')]
    const scratch = join(home, '..')
    const readBefore = attack({ kek, home: before, scratch }, databases)
    assert.deepEqual(readBefore.map((one) => JSON.parse(one)).sort(), planted.toSorted())
    const readAfter = attack({ kek, home, scratch }, databases).map((one) => JSON.parse(one))
    assert.deepEqual(readAfter.sort(), planted.filter((one) => !one.includes('4712')).sort())
    assert.deepEqual(leaks(home, [...planted, ...subjects]), [])
    const next = await startLoud(t, home)
    const report = await next.run('ledger', 'verify', '--json')
    assert.equal(report.code, 0, report.stderr)
    await next.stop()
  })
})
