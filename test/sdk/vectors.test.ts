import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import {
  algorithmByName,
  type CborValue,
  decodeCbor,
  decodeCoseKey,
  fromHex,
  isConsistent,
  leafHash,
  parseStatement,
  rootFromInclusion,
  sigStructure,
  Tagged,
  toHex,
} from '@openbsn/sdk'
import { createMerkleModel } from './merkle-model.ts'

const hex = (text: string) => fromHex(text) ?? assert.fail(`not hex: ${text}`)
const empty = new Uint8Array(0)

function vectors<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(`../vectors/${name}.json`, import.meta.url), 'utf8')) as T
}

type Speccheck = {
  cases: { case: number; message: string; publicKey: string; signature: string; valid: boolean }[]
}

describe('ed25519-speccheck', () => {
  it('is answered as libsodium answers it: case 3 alone is a signature', () => {
    const { cases } = vectors<Speccheck>('ed25519-speccheck')
    const { verify } = algorithmByName('EdDSA') ?? assert.fail()
    assert.equal(cases.length, 12)
    for (const { case: number, message, publicKey, signature, valid } of cases) {
      const holds = verify(hex(publicKey), hex(message), hex(signature))
      assert.equal(holds, valid, `case ${number}`)
    }
  })
})

type Cose = {
  keys: Record<string, string>
  messages: {
    title: string
    key: string
    algorithm: string
    emptyProtected?: boolean
    toBeSigned?: string
    cbor: string
    refusedAsStatement: string
  }[]
}

describe('COSE_Sign1 examples', () => {
  const { keys, messages } = vectors<Cose>('cose-sign1')

  it('verify with our Sig_structure, keys and algorithms', () => {
    const signed = messages.filter(({ toBeSigned }) => toBeSigned)
    for (const { title, key, algorithm, emptyProtected, toBeSigned, cbor } of signed) {
      const message = decodeCbor(hex(cbor))
      assert.ok(message instanceof Tagged && Array.isArray(message.value))
      const [header, , payload, signature] = message.value as [
        Uint8Array,
        CborValue,
        Uint8Array,
        Uint8Array,
      ]
      // RFC 9052, section 4.4: an empty protected header is signed as empty bytes.
      const toSign = sigStructure(emptyProtected ? empty : header, payload)
      assert.equal(toHex(toSign), toBeSigned, title)
      const { algorithm: found, raw } = decodeCoseKey(hex(keys[key] ?? ''))
      assert.equal(found.name, algorithm)
      assert.ok(found.verify(raw, toSign, signature), title)
    }
  })

  it('are refused as statements, which are stricter', () => {
    for (const { title, cbor, refusedAsStatement: code } of messages) {
      assert.throws(() => parseStatement(hex(cbor)), { code }, title)
    }
  })
})

type Merkle = {
  leaves: string[]
  roots: string[]
  inclusion: { index: number; size: number; path: string[] }[]
  consistency: { sizeBefore: number; size: number; path: string[] }[]
}

describe('RFC 6962 reference tree', () => {
  const { leaves, roots, inclusion, consistency } = vectors<Merkle>('merkle-rfc6962')
  const entries = leaves.map(hex)
  const root = (size: number) => hex(roots[size] ?? '')
  const model = createMerkleModel(entries)

  it('has the known roots', () => {
    for (const [size, expected] of roots.entries()) assert.equal(toHex(model.root(size)), expected)
  })

  it('has the known inclusion paths', () => {
    for (const { index, size, path } of inclusion) {
      assert.deepEqual(model.inclusion(index, size).map(toHex), path)
      const leaf = leafHash(entries[index] ?? empty)
      assert.deepEqual(rootFromInclusion(leaf, { index, size, path: path.map(hex) }), root(size))
    }
  })

  it('has the known consistency paths', () => {
    for (const { sizeBefore, size, path } of consistency) {
      assert.deepEqual(model.consistency(sizeBefore, size).map(toHex), path)
      const roots = { rootBefore: root(sizeBefore), root: root(size) }
      assert.ok(isConsistent({ sizeBefore, size, ...roots, path: path.map(hex) }))
    }
  })
})
