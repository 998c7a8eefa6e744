import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { algorithmByName } from './algorithms.ts'
import { concat, toHex, utf8 } from './bytes.ts'
import { type CborValue, encodeCbor } from './cbor.ts'
import { toPem } from './cose-key.ts'
import {
  encodeGenesis,
  encodeValidators,
  ledgerIdOf,
  type Validator,
  validator,
} from './genesis.ts'
import {
  encodeKeyBundle,
  type KeyBundle,
  keysFromPem,
  validatorDelay,
  validatorsModule,
  validatorsUpdateType,
  verifyCheckpoints,
  verifyKeyBundle,
  verifyReceipts,
} from './key-bundle.ts'
import { nodeHash } from './merkle.ts'
import { checkpointSigStructure, encodeAnchor, encodeCheckpoint, encodeReceipt } from './receipt.ts'
import { createSigner, type Signer } from './signer.ts'
import { leafHash, signStatement } from './statement.ts'

const edDsa = algorithmByName('EdDSA') ?? assert.fail()
const es256 = algorithmByName('ES256') ?? assert.fail()
const hash = (n: number) => new Uint8Array(32).fill(n)
/** Four validators, with 3 of 12, 3, 2 and 4 of the power. */
const [one, two, three, four] = [1, 2, 3, 4].map((n) =>
  createSigner(n === 4 ? es256 : edDsa, hash(n)),
) as [Signer, Signer, Signer, Signer]
const validators = [
  validator(one.key, 3),
  validator(two.key, 3),
  validator(three.key, 2),
  validator(four.key, 4),
]
const genesis = encodeGenesis({
  ...{ name: 'Harbour', time: 1, nonce: new Uint8Array(16) },
  ...{ member: { id: 'm-1', key: one.key }, validators },
})
const ledger = ledgerIdOf(genesis)
const keys = verifyKeyBundle(encodeKeyBundle({ genesis, changes: [] }), ledger)
const entry = utf8('any bytes')

type Place = {
  level: number
  height: number
  ledger?: string
  time?: number
  sibling?: number
  state?: number
}

/**
 * A block whose last entry has index 2^level, so that its path is one hash: the root of all the
 * entries before it.
 */
function block(
  bytes: Uint8Array,
  { level, height, time = 9, sibling = 5, state = 8, ...place }: Place,
) {
  const size = 2 ** level + 1
  const path = [hash(sibling)]
  const logRoot = nodeHash(hash(sibling), leafHash(bytes))
  const anchor = { ledger: place.ledger ?? ledger, size, height, time, stateRoot: hash(state) }
  return { anchor, logRoot, proof: { size, index: size - 1, path } }
}

async function receipt(
  bytes: Uint8Array,
  signer: Signer,
  place: Place,
  algorithm = signer.key.algorithm,
): Promise<Uint8Array> {
  const { anchor, logRoot, proof } = block(bytes, place)
  const header = encodeAnchor(anchor, algorithm, validator(signer.key, 1).kid)
  return encodeReceipt(header, proof, await signer.sign(checkpointSigStructure(header, logRoot)))
}

async function checkpoint(signer: Signer, place: Place): Promise<Uint8Array> {
  const { anchor, logRoot } = block(entry, place)
  const header = encodeAnchor(anchor, signer.key.algorithm, validator(signer.key, 1).kid)
  return encodeCheckpoint(
    header,
    logRoot,
    await signer.sign(checkpointSigStructure(header, logRoot)),
  )
}

const place = { level: 3, height: 7 }
const receipts = (...signers: Signer[]) =>
  Promise.all(signers.map((signer) => receipt(entry, signer, place)))

describe('verifyReceipts', () => {
  it('says where and when the entry stands, and who signed', async () => {
    const { anchor, logRoot } = block(entry, place)
    const verified = verifyReceipts(entry, await receipts(one, two, four), keys)
    const signers = [one, two, four].map(({ key }) => toHex(validator(key, 1).kid))
    assert.deepEqual(verified, { ...anchor, index: 8, logRoot, signers })
  })

  it('needs more than two thirds of the power', async () => {
    const enough = [
      [one, two, four],
      [one, two, three, four],
      [four, three, one],
    ]
    for (const signers of enough) verifyReceipts(entry, await receipts(...signers), keys)
    const tooFew = [
      [one, two, three],
      [four, three],
      [four],
      [four, four, four],
      [one, one, two, two],
    ]
    for (const signers of tooFew) {
      const given = await receipts(...signers)
      assert.throws(() => verifyReceipts(entry, given, keys), { code: 'RECEIPT_NOT_FINAL' })
    }
    // Two thirds to the point, 8 of 12, are not more than two thirds.
    const details = { signed: 8, total: 12 }
    const eight = await receipts(one, two, three)
    assert.throws(() => verifyReceipts(entry, eight, keys), { details })
  })

  it('refuses other keys, another ledger, another signature, and no receipt at all', async () => {
    const stranger = createSigner(edDsa, hash(77))
    const three = await receipts(one, two, four)
    const elsewhere = await receipt(entry, one, { ...place, ledger: 'bsn1bb' })
    const [first = assert.fail()] = three
    const broken = first.slice()
    broken[broken.length - 1] = (broken.at(-1) ?? 0) ^ 1
    const cases: [string, readonly Uint8Array[]][] = [
      ['RECEIPT_WRONG_KEY', [await receipt(entry, stranger, place)]],
      ['RECEIPT_WRONG_KEY', [...three, await receipt(entry, stranger, place)]],
      ['RECEIPT_WRONG_KEY', [await receipt(entry, one, place, es256)]],
      ['RECEIPT_WRONG_LEDGER', [elsewhere]],
      ['RECEIPT_SIGNATURE_INVALID', [broken, ...three]],
      ['RECEIPT_MALFORMED', []],
    ]
    for (const [code, given] of cases) {
      assert.throws(() => verifyReceipts(entry, given, keys), { code })
    }
    const another = utf8('other bytes')
    const code = 'RECEIPT_SIGNATURE_INVALID'
    assert.throws(() => verifyReceipts(another, three, keys), { code })
  })

  it('takes only receipts of one place, where a log has one entry twice', async () => {
    const leaf = leafHash(entry)
    const logRoot = nodeHash(leaf, leaf)
    const anchor = { ledger, size: 2, height: 7, time: 9, stateRoot: hash(8) }
    const at = async (signer: Signer, index: number) => {
      const header = encodeAnchor(anchor, signer.key.algorithm, validator(signer.key, 1).kid)
      const signature = await signer.sign(checkpointSigStructure(header, logRoot))
      return encodeReceipt(header, { size: 2, index, path: [leaf] }, signature)
    }
    const same = await Promise.all([at(one, 1), at(two, 1), at(four, 1)])
    assert.equal(verifyReceipts(entry, same, keys).index, 1)
    const mixed = await Promise.all([at(one, 0), at(two, 1), at(four, 1)])
    assert.throws(() => verifyReceipts(entry, mixed, keys), { code: 'RECEIPT_PROOF_INVALID' })
  })

  it('takes only receipts of one block', async () => {
    const first = await receipt(entry, one, place)
    const others = [
      { ...place, height: 8 },
      { ...place, time: 10 },
      { ...place, state: 9 },
      { ...place, level: 4 },
      { ...place, sibling: 6 },
    ]
    for (const other of others) {
      const given = [first, await receipt(entry, two, other), await receipt(entry, four, other)]
      assert.throws(() => verifyReceipts(entry, given, keys), { code: 'RECEIPT_PROOF_INVALID' })
    }
  })
})

describe('verifyCheckpoints', () => {
  it('needs the same quorum over one root', async () => {
    const all = await Promise.all([one, two, four].map((signer) => checkpoint(signer, place)))
    const { anchor, logRoot } = block(entry, place)
    const { signers, ...verified } = verifyCheckpoints(all, keys)
    assert.deepEqual(verified, { ...anchor, logRoot })
    assert.equal(signers.length, 3)
    const code = 'RECEIPT_NOT_FINAL'
    assert.throws(() => verifyCheckpoints(all.slice(1), keys), { code })
    const fork = await checkpoint(two, { ...place, sibling: 6 })
    const mixed = [all[0] ?? assert.fail(), fork]
    assert.throws(() => verifyCheckpoints(mixed, keys), { code: 'RECEIPT_PROOF_INVALID' })
  })
})

async function change(
  next: readonly Validator[],
  by: Signer[],
  at: Place,
  { contentType = validatorsUpdateType, sub = validatorsModule, expect = 1 } = {},
) {
  const payload = encodeCbor(
    new Map<string, CborValue>([
      ['expect', expect],
      ['validators', encodeValidators(next)],
    ]),
  )
  const claims = { iss: 'm-1', sub, aud: ledger, iat: 1 }
  const statement = await signStatement({ contentType, claims, payload }, one)
  const given = await Promise.all(by.map((signer) => receipt(statement, signer, at)))
  return { statement, receipts: given }
}

const bundle = (...changes: KeyBundle['changes']) => encodeKeyBundle({ genesis, changes })
const five = createSigner(edDsa, hash(5))
const onlyFive = [validator(five.key, 1)]
const onlySix = [validator(createSigner(edDsa, hash(6)).key, 1)]

describe('verifyKeyBundle', () => {
  it('follows a change from two blocks after it, and no earlier', async () => {
    const changed = verifyKeyBundle(bundle(await change(onlyFive, [one, two, four], place)), ledger)
    assert.equal(validatorDelay, 2)
    const first = place.height + 2
    for (const height of [0, place.height, first - 1]) {
      assert.deepEqual(changed.validatorsAt(height), validators, `height ${height}`)
    }
    assert.deepEqual(changed.validatorsAt(first), onlyFive)
    const before = { ...place, height: first - 1 }
    const after = { ...place, height: first }
    const by = async (signer: Signer, at: Place) => [await receipt(entry, signer, at)]
    verifyReceipts(entry, await by(five, after), changed)
    for (const given of [await by(five, before), await by(one, after)]) {
      assert.throws(() => verifyReceipts(entry, given, changed), { code: 'RECEIPT_WRONG_KEY' })
    }
  })

  it('lets the validators of the time vouch for each change', async () => {
    const first = await change(onlyFive, [one, two, four], place)
    const later = { level: 4, height: place.height + validatorDelay }
    const second = { expect: 2 }
    const chain = bundle(first, await change(onlySix, [five], later, second))
    assert.deepEqual(verifyKeyBundle(chain).validatorsAt(100), onlySix)
    const byOld = bundle(first, await change(onlySix, [one, two, four], later, second))
    assert.throws(() => verifyKeyBundle(byOld), { code: 'RECEIPT_WRONG_KEY' })
    const tooFew = bundle(await change(onlyFive, [one, two], place))
    assert.throws(() => verifyKeyBundle(tooFew), { code: 'RECEIPT_NOT_FINAL' })
  })

  it('takes changes in the order of the log, also within one block', async () => {
    const sameBlock = { ...place, level: 4 }
    const first = await change(onlyFive, [one, two, four], place)
    const second = await change(onlySix, [one, two, four], sameBlock, { expect: 2 })
    assert.deepEqual(verifyKeyBundle(bundle(first, second)).validatorsAt(100), onlySix)
    const code = 'KEY_BUNDLE_INVALID'
    for (const wrong of [bundle(second, first), bundle(first, first)]) {
      assert.throws(() => verifyKeyBundle(wrong), { code })
    }
    const earlier = await change(onlySix, [one, two, four], { level: 5, height: 3 }, { expect: 2 })
    assert.throws(() => verifyKeyBundle(bundle(first, earlier)), { code })
  })

  it('misses a change that was left out', async () => {
    const second = await change(onlySix, [one, two, four], place, { expect: 2 })
    assert.throws(() => verifyKeyBundle(bundle(second)), { code: 'KEY_BUNDLE_INVALID' })
  })

  it('refuses what is no bundle, of another ledger, or holds another act', async () => {
    const act = (what: object) => change(onlyFive, [one, two, four], place, what)
    const statement = utf8('x')
    const refused = [
      bundle(await act({ contentType: 'application/json' })),
      bundle(await act({ sub: 'flights' })),
      encodeCbor(['openbsn-keys-2', genesis, []]),
      encodeCbor(['openbsn-keys-1', genesis]),
      encodeCbor(['openbsn-keys-1', genesis, [], 1]),
      encodeCbor(['openbsn-keys-1', genesis, [[statement]]]),
      encodeCbor(['openbsn-keys-1', genesis, [[statement, [1]]]]),
      encodeCbor(['openbsn-keys-1', genesis, [[statement, [], 1]]]),
      encodeCbor('openbsn-keys-1'),
    ]
    for (const bytes of refused) {
      assert.throws(() => verifyKeyBundle(bytes), { code: 'KEY_BUNDLE_INVALID' })
    }
    const wrongId = { code: 'KEY_BUNDLE_INVALID' }
    assert.throws(() => verifyKeyBundle(bundle(), `bsn1${'0'.repeat(40)}`), wrongId)
    const trailing = concat(bundle(), Uint8Array.of(0))
    assert.throws(() => verifyKeyBundle(trailing), { code: 'CBOR_TRAILING_BYTES' })
  })
})

describe('keysFromPem', () => {
  it('trusts bare keys of equal weight, each once, of any ledger', async () => {
    const pem = [one, two, one, one].map(({ key }) => toPem(key)).join('')
    const bare = keysFromPem(pem)
    assert.equal(bare.validatorsAt(5).length, 2)
    assert.equal(bare.ledger, null)
    verifyReceipts(entry, await receipts(one, two), bare)
    const alone = await receipts(one)
    assert.throws(() => verifyReceipts(entry, alone, bare), { code: 'RECEIPT_NOT_FINAL' })
    verifyReceipts(entry, alone, keysFromPem(toPem(one.key)))
  })
})
