import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { ed25519 } from '@noble/curves/ed25519.js'
import { fromHex, toHex } from './bytes.ts'
import { isStrictPoint, verifyEd25519 } from './ed25519.ts'

const hex = (text: string) => fromHex(text) ?? assert.fail(`not hex: ${text}`)

/** RFC 8032, section 7.1: secret, public key, message, signature. */
const rfc8032 = [
  [
    '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60',
    'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
    '',
    'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155' +
      '5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b',
  ],
  [
    '4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb',
    '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c',
    '72',
    '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da' +
      '085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
  ],
  [
    'c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7',
    'fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025',
    'af82',
    '6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac' +
      '18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a',
  ],
] as const

const file = join(import.meta.dirname, '../../test/vectors/ed25519-encodings.json')
const encodings = JSON.parse(readFileSync(file, 'utf8'))
const smallOrder: string[] = encodings.smallOrder.keys
const notCanonical: string[] = encodings.notCanonical.keys

describe('Ed25519', () => {
  it('signs and verifies the examples of RFC 8032', () => {
    for (const [secret, key, message, signature] of rfc8032) {
      assert.equal(toHex(ed25519.getPublicKey(hex(secret))), key)
      assert.equal(toHex(ed25519.sign(hex(message), hex(secret))), signature)
      assert.ok(verifyEd25519(hex(key), hex(message), hex(signature)))
    }
  })

  it('fails where key, message or signature differ in a bit', () => {
    const [, key, message, signature] = rfc8032[2]
    const parts = [hex(key), hex(message), hex(signature)] as const
    for (const [which, part] of parts.entries()) {
      for (let place = 0; place < part.length; place += 5) {
        part[place] = (part[place] ?? 0) ^ (1 << (place % 8))
        assert.ok(!verifyEd25519(...parts), `part ${which}, byte ${place}`)
        part[place] = (part[place] ?? 0) ^ (1 << (place % 8))
      }
    }
    assert.ok(verifyEd25519(...parts))
  })

  it('takes no key of small order, off the curve, in another encoding or of another length', () => {
    const [, key] = rfc8032[0]
    assert.ok(isStrictPoint(hex(key)))
    const offCurve = '0200000000000000000000000000000000000000000000000000000000000000'
    const lengths = ['', key.slice(2), `${key}00`]
    for (const raw of [...smallOrder, ...notCanonical, offCurve, ...lengths]) {
      assert.ok(!isStrictPoint(hex(raw)), raw)
    }
  })

  it('takes no S of the group order or more, and no R of small order', () => {
    const [, key, message, signature] = rfc8032[0]
    const order = 2n ** 252n + 27742317777372353535851937790883648493n
    const s = BigInt(`0x${toHex(hex(signature).subarray(32).reverse())}`)
    for (const other of [s + order, order, order - 1n, 0n]) {
      const bytes = hex(other.toString(16).padStart(64, '0')).reverse()
      const changed = hex(signature.slice(0, 64) + toHex(bytes))
      assert.ok(!verifyEd25519(hex(key), hex(message), changed), `${other}`)
    }
    for (const r of smallOrder) {
      assert.ok(!verifyEd25519(hex(key), hex(message), hex(r + signature.slice(64))), r)
    }
  })

  it('is false, not an error, for other lengths', () => {
    const [, key, message, signature] = rfc8032[0]
    for (const length of [0, 31, 63]) {
      assert.ok(!verifyEd25519(hex(key), hex(message), hex(signature).subarray(0, length)))
    }
    assert.ok(!verifyEd25519(hex(key), hex(message), hex(`${signature}00`)))
    assert.ok(!verifyEd25519(hex(''), hex(message), hex(signature)))
  })
})
