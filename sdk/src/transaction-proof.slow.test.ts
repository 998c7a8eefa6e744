import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { algorithmByName } from './algorithms.ts'
import { fromHex, utf8 } from './bytes.ts'
import { type CborValue, encodeCbor } from './cbor.ts'
import { thumbprint, toPem } from './cose-key.ts'
import { isCodedError } from './errors.ts'
import { keysFromPem } from './key-bundle.ts'
import { nodeHash } from './merkle.ts'
import { checkpointSigStructure, encodeAnchor, encodeReceipt } from './receipt.ts'
import { sha256 } from './sha256-node.ts'
import { createSigner } from './signer.ts'
import { leafHash, signStatement } from './statement.ts'
import {
  blocksModule,
  blocksRegisterType,
  decodeTransactionProof,
  encodeTransactionLeaf,
  encodeTransactionProof,
  type TransactionProof,
  verifyTransactionProof,
} from './transaction-proof.ts'

const edDsa = algorithmByName('EdDSA') ?? assert.fail()
const validator = createSigner(edDsa, new Uint8Array(32).fill(1))
const operator = createSigner(edDsa, new Uint8Array(32).fill(2))
const keys = keysFromPem(toPem(validator.key))
const ledger = `bsn1${'5'.repeat(40)}`
const invalid = { code: 'TRANSACTION_PROOF_INVALID' }

/** Three transactions in blocks 4, 5 and 5; the second one was reverted. */
const leaves = [4, 5, 5].map((height, i) =>
  encodeTransactionLeaf({
    ...{ transaction: sha256(utf8(`transaction ${i}`)), input: sha256(utf8(`input ${i}`)) },
    ...{ status: i === 1 ? 0 : 1, height },
  }),
)
const [left, right, last] = leaves.map(leafHash) as [Uint8Array, Uint8Array, Uint8Array]
const root = nodeHash(nodeHash(left, right), last)
const paths = [[right, last], [left, last], [nodeHash(left, right)]]
const range = {
  ...{ service: 'coin', chain: 1_234_567_890, generation: 2, first: 4, last: 9, expect: 6 },
  ...{ hash: sha256(utf8('block 9')), root, count: 3 },
}

type Changes = {
  readonly fields?: Readonly<Record<string, CborValue>>
  readonly sub?: string
  readonly contentType?: string
}

/** A statement in a log of its own, with its receipt. */
async function registered({ fields, sub = blocksModule, ...more }: Changes = {}) {
  const contentType = more.contentType ?? blocksRegisterType
  const claims = { iss: 'acme', sub, aud: ledger, iat: 1_760_000_000, cti: utf8('range') }
  const payload = encodeCbor(new Map(Object.entries({ ...range, ...fields })))
  const statement = await signStatement({ contentType, claims, payload }, operator)
  const anchor = { ledger, size: 1, height: 7, time: 1_760_000_001 }
  const stateRoot = new Uint8Array(32).fill(8)
  const header = encodeAnchor({ ...anchor, stateRoot }, edDsa, thumbprint(validator.key))
  const signature = await validator.sign(checkpointSigStructure(header, leafHash(statement)))
  const receipt = encodeReceipt(header, { size: 1, index: 0, path: [] }, signature)
  return { statement, receipts: [receipt] }
}

async function proofOf(index: number, changes?: Changes): Promise<TransactionProof> {
  const leaf = leaves[index] ?? assert.fail()
  return { leaf, index, count: 3, path: paths[index] ?? [], ...(await registered(changes)) }
}

const verify = (proof: TransactionProof) =>
  verifyTransactionProof(encodeTransactionProof(proof), keys)

describe('the proof of a transaction', () => {
  it('says what the ledger registered, by whose word', async () => {
    assert.deepEqual(verify(await proofOf(1)), {
      transaction: `0x${Buffer.from(sha256(utf8('transaction 1'))).toString('hex')}`,
      input: `0x${Buffer.from(sha256(utf8('input 1'))).toString('hex')}`,
      ...{ status: 0, height: 5, chain: 1_234_567_890, service: 'coin', generation: 2 },
      ...{ ledger, index: 0, time: 1_760_000_001, attestedBy: 'acme' },
      signers: [Buffer.from(thumbprint(validator.key)).toString('hex')],
    })
    for (const index of [0, 2]) assert.equal(verify(await proofOf(index)).status, 1)
  })

  it('is read as it was written', async () => {
    const proof = await proofOf(0)
    assert.deepEqual(decodeTransactionProof(encodeTransactionProof(proof)), proof)
  })

  it('fails with any one bit flipped, cut short, or with a byte too many', async () => {
    const bytes = encodeTransactionProof(await proofOf(0))
    const refused = (changed: Uint8Array, what: string) =>
      assert.throws(() => verifyTransactionProof(changed, keys), isCodedError, what)
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const copy = bytes.slice()
      copy[bit >> 3] = (copy[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      refused(copy, `bit ${bit}`)
    }
    for (let length = 0; length < bytes.length; length++) {
      refused(bytes.subarray(0, length), `${length} bytes`)
    }
    refused(Buffer.concat([bytes, Buffer.of(0)]), 'one byte more')
  })

  it('fails in another place, of another size, with another path or leaf', async () => {
    const proof = await proofOf(0)
    const leaf = leaves[1] ?? assert.fail()
    const others: Partial<TransactionProof>[] = [
      { index: 1 },
      { index: 3 },
      { count: 2 },
      { count: 4 },
      { path: [] },
      { path: [right, last, last] },
      { path: [right.subarray(1), last] },
      { leaf },
      { leaf, index: 1 },
    ]
    for (const one of others) assert.throws(() => verify({ ...proof, ...one }), invalid)
  })
})

describe('the statement of a proof', () => {
  it('registers the range that the transaction is in, and nothing else', async () => {
    const wrong: Changes[] = [
      { sub: 'coin' },
      { contentType: 'application/vnd.openbsn.service-create+cbor' },
      { fields: { last: 3 } },
      { fields: { first: 6 } },
      { fields: { count: 4 } },
      { fields: { root: left } },
      { fields: { root: 'text' } },
      { fields: { service: 5 } },
      { fields: { chain: 'x' } },
    ]
    for (const one of wrong) {
      const proof = await proofOf(0, one)
      assert.throws(() => verify(proof), invalid, JSON.stringify(one))
    }
  })

  it('has receipts that are its own', async () => {
    const proof = await proofOf(0)
    const other = await registered({ fields: { expect: 7 } })
    const code = 'RECEIPT_SIGNATURE_INVALID'
    assert.throws(() => verify({ ...proof, statement: other.statement }), { code })
    assert.throws(() => verify({ ...proof, receipts: [] }), { code: 'RECEIPT_MALFORMED' })
  })
})

describe('the form of a proof', () => {
  it('is bounded before it is read', async () => {
    const proof = await proofOf(0)
    const hash = new Uint8Array(32)
    const bytes = (changes: Partial<TransactionProof>) =>
      encodeTransactionProof({ ...proof, ...changes })
    const refused = [
      bytes({ path: Array(54).fill(hash) }),
      bytes({ receipts: Array(1001).fill(hash) }),
      bytes({ statement: new Uint8Array(4 * 1024 * 1024) }),
      fromHex('a6646c6561669b001fffffffffffff') ?? assert.fail(),
      fromHex('a6646c656166409b001fffffffffffff') ?? assert.fail(),
      encodeCbor(new Map([['leaf', hash]])),
      encodeCbor([1]),
      encodeCbor(new Map<string, CborValue>([...Object.entries(proof), ['z', 1]].slice(1) as [])),
    ]
    for (const one of refused) assert.throws(() => decodeTransactionProof(one), invalid)
  })

  it('has a leaf of four elements', async () => {
    const proof = await proofOf(2)
    const hash = new Uint8Array(32)
    const short = hash.subarray(1)
    const odd: CborValue[] = [
      [hash, hash, 1],
      [hash, short, 1, 5],
      [short, hash, 1, 5],
      [hash, hash, 2, 5],
      [hash, hash, 1, -5],
      [hash, hash, 1, 5, 5],
      'leaf',
    ]
    for (const one of odd) {
      assert.throws(() => verify({ ...proof, leaf: encodeCbor(one) }), invalid)
    }
  })
})
