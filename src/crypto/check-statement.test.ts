import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import {
  type Algorithm,
  algorithmByName,
  algorithms,
  checkpointSigStructure,
  concat,
  createSigner,
  decodeCoseKey,
  encodeAnchor,
  encodeCoseKey,
  encodeReceipt,
  keysFromPem,
  leafHash,
  parseStatement,
  signStatement,
  thumbprint,
  toPem,
  utf8,
  verifyReceipts,
} from '@openbsn/sdk'
import { checkSignature, digestsBytes, readStatement } from './check-statement.ts'
import { createNativeSigner, createVerifier } from './native.ts'

const es256 = algorithmByName('ES256') ?? assert.fail()
const marked = (message: Uint8Array) => concat(utf8('not as ES256 signs: '), message)

/** As any new one: ids for private use, a curve and a prefix of its own, other signatures. */
const added: Algorithm = {
  ...es256,
  id: -65_600,
  name: 'TEST',
  curve: -65_600,
  spkiPrefix: Uint8Array.of(0x30, 0x44, 0x42),
  sign: (secret, message) => es256.sign(secret, marked(message)),
  verify: (raw, message, signature) => es256.verify(raw, marked(message), signature),
}

const signer = createNativeSigner(added, new Uint8Array(32).fill(5))
const claims = { iss: 'c-1', sub: 'flights', aud: 'bsn1', iat: 1_800_000_000 }
const input = { contentType: 'text/plain', claims, payload: utf8('x') }

describe('an algorithm that is a row of the table and nothing more', () => {
  const table = algorithms as Algorithm[]
  let statement: Uint8Array
  before(async () => {
    statement = await signStatement(input, signer)
    assert.deepEqual(readStatement(statement), {
      code: 'ALGORITHM_UNKNOWN',
      detail:
        'Algorithm -65600 is not known here: use one of EdDSA (-8), ES256 (-7), ES256K (-47), ' +
        'SM2 (-67336).',
    })
    table.push(added)
  })
  after(() => {
    assert.equal(table.pop(), added)
  })

  const check = (bytes: Uint8Array, algorithm = added.id) => {
    const parsed = readStatement(bytes)
    assert.ok(!('code' in parsed))
    const key = { algorithm, verifier: createVerifier(added, signer.key.raw) }
    return checkSignature(bytes, parsed, key, new Uint8Array(digestsBytes))?.code
  }

  it('signs statements that are parsed and verified', () => {
    const { algorithm, kid, claims: read } = parseStatement(statement)
    assert.equal(algorithm, added)
    assert.deepEqual(kid, thumbprint(signer.key))
    assert.deepEqual(read, claims)
    assert.equal(check(statement), undefined)
    assert.equal(check(statement.with(-1, (statement.at(-1) ?? 0) ^ 1)), 'SIGNATURE_INVALID')
    assert.equal(check(statement, es256.id), 'ALGORITHM_MISMATCH')
  })

  it('has keys as COSE_Key and PEM, none of them those of another', () => {
    const { key } = signer
    assert.deepEqual(decodeCoseKey(encodeCoseKey(key)), key)
    const other = createSigner(es256, new Uint8Array(32).fill(5)).key
    assert.deepEqual(other.raw, key.raw)
    assert.notDeepEqual(thumbprint(other), thumbprint(key))
  })

  it('signs receipts that verify', async () => {
    const kid = thumbprint(signer.key)
    const at = { ledger: 'bsn1', size: 1, height: 1, time: 1_800_000_001, stateRoot: kid }
    const header = encodeAnchor(at, added, kid)
    const signature = await signer.sign(checkpointSigStructure(header, leafHash(statement)))
    const receipt = encodeReceipt(header, { size: 1, index: 0, path: [] }, signature)
    const keys = keysFromPem(toPem(signer.key))
    assert.equal(verifyReceipts(statement, [receipt], keys).index, 0)
    const broken = receipt.with(-1, (receipt.at(-1) ?? 0) ^ 1)
    assert.throws(() => verifyReceipts(statement, [broken], keys), { code: /^RECEIPT_/ })
  })
})
