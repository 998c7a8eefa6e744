import assert from 'node:assert/strict'
import { createHash, generateKeyPairSync } from 'node:crypto'
import { describe, it } from 'node:test'
import { p256, p384 } from '@noble/curves/nist.js'
import { secp256k1 } from '@noble/curves/secp256k1.js'
import { signLowS } from './low-s.ts'

const curves = { prime256v1: p256, secp384r1: p384, secp256k1 }

describe('a signature for Fabric', () => {
  for (const [namedCurve, curve] of Object.entries(curves)) {
    it(`by a key of ${namedCurve} holds, and has the lower of the two s`, () => {
      const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve })
      const { x = '', y = '' } = publicKey.export({ format: 'jwk' })
      const [own, parts] = [Buffer.of(4), [x, y].map((part) => Buffer.from(part, 'base64url'))]
      const point = Buffer.concat([own, ...parts])
      for (let round = 0; round < 10; round++) {
        const message = Buffer.from(`message ${round}`)
        const digest = createHash('sha256').update(message).digest()
        const signature = signLowS(message, privateKey)
        const how = { prehash: false, lowS: true, format: 'der' } as const
        assert.ok(curve.verify(signature, digest, point, how), `round ${round}`)
      }
    })
  }
})
