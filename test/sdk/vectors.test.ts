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

type CoseParts = [protectedBytes: Uint8Array, CborValue, payload: Uint8Array, Uint8Array]

function coseParts({ cbor }: Cose['messages'][number]): CoseParts {
  const message = decodeCbor(hex(cbor))
  assert.ok(message instanceof Tagged && Array.isArray(message.value))
  return message.value as CoseParts
}

describe('COSE_Sign1 examples', () => {
  const { keys, messages } = vectors<Cose>('cose-sign1')
  const named = (title: string) => messages.find((one) => one.title === title) ?? assert.fail(title)
  const keyOf = ({ key }: Cose['messages'][number]) => decodeCoseKey(hex(keys[key] ?? ''))

  for (const message of messages.filter(({ toBeSigned }) => toBeSigned)) {
    it(`${message.title} verifies with our Sig_structure, key and algorithm`, () => {
      const [header, , payload, signature] = coseParts(message)
      // RFC 9052, section 4.4: an empty protected header is signed as empty bytes.
      const toSign = sigStructure(message.emptyProtected ? empty : header, payload)
      assert.equal(toHex(toSign), message.toBeSigned)
      const { algorithm, raw } = keyOf(message)
      assert.equal(algorithm.name, message.algorithm)
      assert.ok(algorithm.verify(raw, toSign, signature))
    })
  }

  it('fail changed as sign1-tests/sign-fail-02, 06 and 07 change them', () => {
    const plain = named('RFC 9052, C.2.1: single ECDSA signature')
    const typed = named('ecdsa-examples/ecdsa-sig-01')
    const change = (message: typeof plain, made: (parts: CoseParts) => CoseParts) => {
      const [header, , payload, signature] = made(coseParts(message))
      const { algorithm, raw } = keyOf(message)
      return algorithm.verify(raw, sigStructure(header, payload), signature)
    }
    const same = (parts: CoseParts) => parts
    assert.ok(change(plain, same) && change(typed, same))
    // 02: another last byte of the signature. 06: content type 0 is added to the protected header.
    const last = ([p, u, payload, s]: CoseParts): CoseParts => {
      const other = s.with(-1, (s.at(-1) ?? 0) ^ 1)
      return [p, u, payload, other]
    }
    assert.ok(!change(plain, last))
    const headerOf =
      (header: string) =>
      ([, u, payload, s]: CoseParts): CoseParts => [hex(header), u, payload, s]
    assert.ok(!change(plain, headerOf('a201260300')))
    // 07: the content type is taken out of it.
    assert.ok(!change(typed, headerOf('a10126')))
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
