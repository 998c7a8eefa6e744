import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { after, before, describe, it } from 'node:test'
import { isCodedError, thumbprint } from '@openbsn/sdk'
import { whyUnusable } from '../../crypto/certificates.ts'
import { namedSigner } from '../../testing/named-signer.ts'
import { tlsWorld } from '../../testing/tls-world.ts'
import { Voters } from '../../testing/voters.ts'

type World = Awaited<ReturnType<typeof tlsWorld>>

let tls: World

/** What asking comes to: `issued`, or code and reason. */
async function ask(request: Uint8Array, node = 'rome'): Promise<string> {
  try {
    await tls.issuer(node).issue(request)
    return 'issued'
  } catch (error) {
    assert.ok(isCodedError(error), String(error))
    return `${error.code}: ${error.message}`
  }
}

const nodeAt = (id: string, gateway: string) => ({
  ...{ id, city: 'x', country: 'IT', latitude: 0, longitude: 0, software: 'x' },
  ...{ gateway, frameworks: ['records'] },
})

describe('the issuer of certificates', () => {
  before(async () => {
    tls = await tlsWorld()
  })
  after(() => tls.remove())

  it('is the node that the alliance names, with the key that it trusts', async () => {
    assert.match(await ask(await tls.request()), /^CERTIFICATES_NONE: .*has no issuer/)
    const old = await tls.newRoot()
    assert.match(await ask(await tls.request(), 'oslo'), /^CERTIFICATES_NONE: .* node rome does/)
    assert.equal(await ask(await tls.request()), 'issued')
    await tls.newRoot([old])
    const certificate = await tls.issuer().issue(await tls.request())
    const { key, clock } = tls
    const expected = { key, host: 'oslo.example.org', nowSeconds: clock.now }
    assert.match(whyUnusable(certificate, { ...expected, roots: [old.certificate] }) ?? '', /none/)
  })

  it('gives one for the host that the state has, to the operator of an active node', async () => {
    const root = await tls.newRoot()
    const certificate = await tls.issuer().issue(await tls.request())
    const expected = { roots: [root.certificate], key: tls.key, nowSeconds: tls.clock.now }
    assert.equal(whyUnusable(certificate, { ...expected, host: 'oslo.example.org' }), undefined)
  })

  it('refuses everybody else, and says why', async () => {
    const { world } = tls
    await world.done('node-register', nodeAt('plain', 'http://127.0.0.1:8420'))
    await world.done('node-register', nodeAt('gone', 'https://gone.example'))
    await world.done('node-retire', { id: 'gone', expect: 1 })
    const by = (name: string, id = 'admin') => ({ id, signer: namedSigner(name) })
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-384' })
    const { request } = tls
    const forged = Uint8Array.from(await request())
    forged[forged.length - 1] = (forged[forged.length - 1] ?? 0) ^ 1
    const cases: [Uint8Array, RegExp][] = [
      [new Uint8Array([1, 2, 3]), /./],
      [await world.record('a record'), /no request for a certificate/],
      [forged, /signature does not hold/],
      [await request({ id: 'bsn1of-another' }), /for the ledger bsn1of-another/],
      [await request({ by: by('stranger') }), /No key .* is registered/],
      [await request({ by: by('member') }), /no operator signed it/],
      [await request({ by: by('operator', 'bob') }), /the key is of another operator/],
      [await request({ off: 301 }), /its clock is 301 s ahead/],
      [await request({ off: -301 }), /its clock is 301 s behind/],
      [await request({ publicKey: privateKey }), /none of P-256/],
      [await request({ node: 'nowhere' }), /no active city node nowhere/],
      [await request({ node: 'gone' }), /no active city node gone/],
      [await request({ node: 'plain' }), /the address of plain is http/],
    ]
    for (const [bytes, why] of cases) {
      const told = await ask(bytes)
      assert.match(told, /^CERTIFICATE_REFUSED: /)
      assert.match(told, why)
    }
    assert.equal(await ask(await request({ off: 300 })), 'issued')
    await world.done('key-revoke', { kid: thumbprint(namedSigner('operator').key), expect: 1 })
    assert.match(await ask(await request()), /its key was revoked/)
  })

  it('refuses both of two operators that say the same host', async () => {
    await tls.remove()
    tls = await tlsWorld()
    const { world, request } = tls
    await tls.newRoot()
    await new Voters(world).admit('bob')
    const bob = { iss: 'bob', signer: namedSigner('bob') }
    await world.done('node-register', nodeAt('twin', 'http://oslo.example.org'), bob)
    assert.match(await ask(await request()), /twin says that it is at oslo.example.org too/)
    await world.done('node-retire', { id: 'twin', expect: 1 }, bob)
    assert.equal(await ask(await request()), 'issued')
  })
})
