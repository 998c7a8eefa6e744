import assert from 'node:assert/strict'
import { it } from 'node:test'
import { algorithmByName } from './algorithms.ts'
import { rawSignature } from './fabric/der.ts'
import { fabricSignature } from './fabric/signature.ts'
import { createSigner } from './signer.ts'
import { webCryptoSigner } from './web-crypto-signer.ts'

const message = new TextEncoder().encode('what is signed')
const half = 0x7fffffff800000007fffffffffffffffde737d56d38bcf4279dce5617e3192a8n

it('a key that nobody can read signs, with the lower s on Fabric', async () => {
  const how = { name: 'ECDSA', namedCurve: 'P-256' }
  const signer = await webCryptoSigner(
    await crypto.subtle.generateKey(how, false, ['sign', 'verify']),
  )
  const { algorithm, raw } = signer.key
  assert.equal(algorithm.name, 'ES256')
  assert.ok(algorithm.verify(raw, message, await signer.sign(message)))
  const seen = { low: 0, high: 0 }
  for (let round = 0; round < 32; round++) {
    const own = await signer.sign(message)
    const again = { ...signer, sign: () => own }
    const pair = rawSignature(await fabricSignature(again, message)) ?? new Uint8Array()
    assert.ok(algorithm.verify(raw, message, pair))
    assert.ok(sOf(pair) <= half)
    seen[sOf(own) <= half ? 'low' : 'high']++
  }
  assert.ok(seen.low > 0 && seen.high > 0, JSON.stringify(seen))
})

const sOf = (pair: Uint8Array) => BigInt(`0x${Buffer.from(pair.subarray(32)).toString('hex')}`)

it('keys of another curve are none for Fabric', async () => {
  const how = { name: 'ECDSA', namedCurve: 'P-384' }
  const other = await crypto.subtle.generateKey(how, false, ['sign', 'verify'])
  await assert.rejects(webCryptoSigner(other), { code: 'KEY_INVALID' })
  for (const name of ['EdDSA', 'ES256K']) {
    const algorithm = algorithmByName(name)
    assert.ok(algorithm)
    const signer = createSigner(algorithm, algorithm.generateSecret())
    await assert.rejects(fabricSignature(signer, message), { code: 'KEY_INVALID' })
  }
})
