import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { algorithms } from './algorithms.ts'
import { utf8 } from './bytes.ts'
import { createSigner } from './signer.ts'

describe('createSigner', () => {
  it('signs with a copy of the secret, for every algorithm', async () => {
    for (const algorithm of algorithms) {
      const secret = new Uint8Array(32).fill(5)
      const { key, sign } = createSigner(algorithm, secret)
      secret.fill(0)
      const signature = await sign(utf8('message'))
      assert.ok(algorithm.verify(key.raw, utf8('message'), signature), algorithm.name)
    }
  })

  it('refuses what is no secret key', () => {
    for (const algorithm of algorithms) {
      const lengths = [new Uint8Array(0), new Uint8Array(31).fill(1), new Uint8Array(33).fill(1)]
      const scalars = [new Uint8Array(32), new Uint8Array(32).fill(255)]
      // Every 32 bytes are an Ed25519 secret: they are hashed first.
      for (const secret of algorithm.kty === 1 ? lengths : [...lengths, ...scalars]) {
        assert.throws(() => createSigner(algorithm, secret), { code: 'KEY_INVALID' })
      }
    }
  })
})
