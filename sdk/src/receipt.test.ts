import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { algorithmByName, algorithms } from './algorithms.ts'
import { concat } from './bytes.ts'
import { type CborMap, type CborValue, encodeCbor, Tagged } from './cbor.ts'
import { decodeCbor } from './cbor-reader.ts'
import { isCodedError } from './errors.ts'
import { nodeHash } from './merkle.ts'
import {
  anchorLabel,
  encodeAnchor,
  encodeCheckpoint,
  encodeReceipt,
  parseCheckpoint,
  parseReceipt,
  rootOfReceipt,
} from './receipt.ts'
import { leafHash } from './statement.ts'

const hash = (n: number) => new Uint8Array(32).fill(n)
const anchor = { ledger: 'bsn1aa', size: 2, height: 5, time: 1_760_000_000, stateRoot: hash(9) }
const edDsa = algorithmByName('EdDSA') ?? assert.fail()
const protectedBytes = encodeAnchor(anchor, edDsa, hash(7))
const proof = { size: 2, index: 1, path: [hash(1)] }
const signature = new Uint8Array(64).fill(4)
const receipt = encodeReceipt(protectedBytes, proof, signature)
const inner = encodeCbor([2, 1, [hash(1)]])

function codeOf(bytes: Uint8Array, parse: (bytes: Uint8Array) => unknown = parseReceipt) {
  try {
    parse(bytes)
    return undefined
  } catch (error) {
    assert.ok(isCodedError(error), String(error))
    return error.code
  }
}

function sign1(...parts: CborValue[]): Uint8Array {
  return encodeCbor(new Tagged(18, parts))
}

const withUnprotected = (header: CborMap) => sign1(protectedBytes, header, null, signature)
const withProofs = (proofs: CborValue) => withUnprotected(new Map([[396, proofs]]))
const withInner = (bytes: Uint8Array) => withProofs(new Map([[-1, [bytes]]]))

function withHeader(label: number, value: CborValue | undefined): Uint8Array {
  const header = decodeCbor(protectedBytes) as CborMap
  if (value === undefined) header.delete(label)
  else header.set(label, value)
  return encodeReceipt(encodeCbor(header), proof, signature)
}

describe('receipt', () => {
  it('is read as it was written, for every algorithm', () => {
    for (const algorithm of algorithms) {
      const header = encodeAnchor(anchor, algorithm, hash(7))
      const read = parseReceipt(encodeReceipt(header, proof, signature))
      const parts = { anchor, algorithm, kid: hash(7), protectedBytes: header, signature, proof }
      assert.deepEqual(read, parts)
    }
  })

  it('leads to a root only as part of the tree that was signed', () => {
    const entry = new Uint8Array(3)
    const root = nodeHash(hash(1), leafHash(entry))
    assert.deepEqual(rootOfReceipt(entry, parseReceipt(receipt)), root)
    const others = [
      { size: 3, index: 1, path: [hash(1)] },
      { size: 1, index: 0, path: [] },
      { size: 2, index: 2, path: [hash(1)] },
      { size: 2, index: 1, path: [] },
      { size: 2, index: 1, path: [hash(1), hash(2)] },
      { size: 2, index: 1, path: [hash(1).subarray(1)] },
    ]
    for (const other of others) {
      const read = parseReceipt(encodeReceipt(protectedBytes, other, signature))
      assert.throws(() => rootOfReceipt(entry, read), { code: 'RECEIPT_PROOF_INVALID' })
    }
  })

  it('holds one inclusion proof and nothing else unprotected', () => {
    assert.equal(codeOf(withProofs(new Map([[-1, [inner]]]))), undefined)
    const proofs: CborMap = new Map([[-1, [inner]]])
    const refused = [
      withUnprotected(new Map()),
      withUnprotected(new Map([[394, [receipt]]])),
      withUnprotected(
        new Map<number, CborValue>([
          [396, proofs],
          [4, hash(7)],
        ]),
      ),
      withUnprotected(
        new Map<number | string, CborValue>([
          [396, proofs],
          ['note', 'x'],
        ]),
      ),
      withProofs(new Map()),
      withProofs(new Map([[-2, [inner]]])),
      withProofs(
        new Map([
          [-1, [inner]],
          [-2, [inner]],
        ]),
      ),
      withProofs(new Map([[-1, []]])),
      withProofs(new Map([[-1, [inner, inner]]])),
    ]
    for (const bytes of refused) assert.equal(codeOf(bytes), 'RECEIPT_UNKNOWN_MEMBER')
  })
})

describe('receipt of another form', () => {
  it('is refused, whatever the shape', () => {
    const header = new Map([[396, new Map([[-1, [inner]]])]])
    const refused = [
      sign1(protectedBytes, header, hash(1), signature),
      sign1(protectedBytes, header, null, signature.subarray(1)),
      sign1(protectedBytes, header, null),
      encodeCbor([protectedBytes, header, null, signature]),
      concat(receipt, Uint8Array.of(0)),
      withProofs([inner]),
      withInner(encodeCbor([2, 1])),
      withInner(encodeCbor([2, 1, [hash(1)], 1])),
      withInner(encodeCbor([-2, 1, []])),
      withInner(encodeCbor([2, 1, Array(54).fill(hash(1))])),
      withInner(Uint8Array.of(0x83, 2, 1, 0x9b, 0, 0x1f, 255, 255, 255, 255, 255, 255)),
      withInner(concat(inner, Uint8Array.of(0))),
      withInner(Uint8Array.of(0x83, 0x18, 2, 1, 0x80)),
    ]
    for (const bytes of refused) assert.equal(codeOf(bytes), 'RECEIPT_MALFORMED')
    for (let length = 0; length < receipt.length; length++) {
      assert.equal(codeOf(receipt.subarray(0, length)), 'RECEIPT_MALFORMED', `${length} bytes`)
    }
  })

  it('is refused where the header has not just the five members', () => {
    const claims = (
      iss: CborValue,
      sub: CborValue,
      iat: CborValue,
      ...more: [number, CborValue][]
    ) => new Map<number, CborValue>([[1, iss], [2, sub], [6, iat], ...more])
    const refused: [number, CborValue | undefined][] = [
      [1, undefined],
      [1, -35],
      [4, hash(7).subarray(1)],
      [15, claims('bsn1aa', 'bsn1bb', 1)],
      [15, claims('bsn1aa', 'bsn1aa', -1)],
      [15, claims(1, 1, 1)],
      [15, claims('bsn1aa', 'bsn1aa', 1, [7, hash(1)])],
      [395, 2],
      [395, undefined],
      [anchorLabel, [2, 5]],
      [anchorLabel, [2, 5, hash(9), 1]],
      [anchorLabel, [2, 5, hash(9).subarray(1)]],
      [anchorLabel, [-2, 5, hash(9)]],
      [anchorLabel - 1, 1],
      [3, 'text/plain'],
    ]
    for (const [label, value] of refused) {
      assert.equal(codeOf(withHeader(label, value)), 'RECEIPT_MALFORMED', `label ${label}`)
    }
  })

  it('says what was wrong below as its cause', () => {
    try {
      parseReceipt(receipt.subarray(0, 40))
      assert.fail('must be refused')
    } catch (error) {
      assert.ok(isCodedError(error) && isCodedError(error.cause))
      assert.equal(error.cause.code, 'CBOR_MALFORMED')
    }
  })
})

describe('checkpoint', () => {
  const checkpoint = encodeCheckpoint(protectedBytes, hash(1), signature)

  it('is read as it was written', () => {
    const read = parseCheckpoint(checkpoint)
    const parts = { anchor, algorithm: edDsa, kid: hash(7), protectedBytes, signature }
    assert.deepEqual(read, { ...parts, logRoot: hash(1) })
  })

  it('is no receipt, and a receipt is no checkpoint', () => {
    assert.equal(codeOf(checkpoint), 'RECEIPT_UNKNOWN_MEMBER')
    assert.equal(codeOf(receipt, parseCheckpoint), 'RECEIPT_UNKNOWN_MEMBER')
    const short = encodeCheckpoint(protectedBytes, hash(1).subarray(1), signature)
    assert.equal(codeOf(short, parseCheckpoint), 'RECEIPT_MALFORMED')
    assert.equal(codeOf(checkpoint.subarray(1), parseCheckpoint), 'RECEIPT_MALFORMED')
  })
})
