import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  type Algorithm,
  algorithmByName,
  algorithms,
  anchorLabel,
  createSigner,
  decodeStateProof,
  encodeReceipt,
  encodeStateProof,
  isCodedError,
  keysFromPem,
  type PublicKey,
  parseReceipt,
  type Signer,
  thumbprint,
  toHex,
  toPem,
  utf8,
  verifyReceipts,
  verifyStateProof,
} from '@openbsn/sdk'
import { proveState } from '../src/ledger/state/state-tree.ts'
import { needs } from '../src/testing/needs.ts'
import type { Prng } from '../src/testing/prng.ts'
import { testPrng } from '../src/testing/seed.ts'
import { StatePages } from './ledger/state-pages.ts'
import { python } from './python/python.ts'
import { scittCose } from './python/scitt-cose.ts'
import { createBlock } from './sdk/sample-block.ts'
import { createStateModel } from './sdk/state-model.ts'

const named = (name: string): Algorithm => algorithmByName(name) ?? assert.fail(name)
const signerOf = (name: string, n: number) => createSigner(named(name), new Uint8Array(32).fill(n))
/** What scitt-cose knows; pycose is told of one more. */
const names = ['EdDSA', 'ES256']
const count = 11 // No power of two: its last entries have short paths.
const payloads = Array.from({ length: count }, (_, i) => utf8(`{"row":${i}}`))

function flipped(bytes: Uint8Array, byte: number): Uint8Array {
  const out = bytes.slice()
  out[byte] = (out[byte] ?? 0) ^ 1
  return out
}

/** Statements and receipts of every pair of algorithms, with the keys that verify them. */
async function samples(names: readonly string[]) {
  const pairs = names.flatMap((log) => names.map((issuer) => [log, issuer] as const))
  const blocks = pairs.map(async ([log, issuer]) => {
    const [validator, author] = [signerOf(log, 1), signerOf(issuer, 2)] as const
    const block = await createBlock({ payloads, issuer: author, validator })
    return block.statements.map((statement, i) => ({
      statement,
      receipt: block.receipt(i),
      validator,
      author,
    }))
  })
  return (await Promise.all(blocks)).flat()
}

const pemOf = ({ key }: Signer) => toPem(key)

describe('scitt-cose, an independent verifier of receipts', async () => {
  const all = await samples(names)

  it('accepts every statement and receipt, and reads from them what we do', (t) => {
    if (!needs(t, 'python3', 'python3-venv')) return
    const verdicts = scittCose().verifyAll(
      all.map(({ validator, author, ...bytes }) => ({
        ...bytes,
        logKey: pemOf(validator),
        issuerKey: pemOf(author),
      })),
    )
    for (const [i, verdict] of verdicts.entries()) {
      const { statement, receipt, validator } = all[i] ?? assert.fail()
      const ours = verifyReceipts(statement, [receipt], keysFromPem(pemOf(validator)))
      assert.deepEqual(verdict, {
        ...{ ok: true, failedAt: null, errors: [], statementOk: true },
        ...{ root: toHex(ours.logRoot), size: count, index: i % count, time: ours.time },
        ...{ issuer: ours.ledger, subject: ours.ledger },
        header: {
          4: toHex(thumbprint(validator.key)),
          [anchorLabel]: [ours.size, ours.height, toHex(ours.stateRoot)],
        },
      })
    }
  })

  it('refuses a flipped byte, another statement and another key', (t) => {
    if (!needs(t, 'python3', 'python3-venv')) return
    const prng = testPrng()
    const cases = all.flatMap(({ statement, receipt, validator }, i) => {
      const logKey = pemOf(validator)
      const other = all[(i + 1) % all.length]?.statement ?? assert.fail()
      // In the path and the signature; of what else is unprotected, see the next test.
      const byte = receipt.length - 1 - prng.int(0, 63)
      const pathByte = receipt.length - 67 - prng.int(0, 31)
      return [
        { statement, receipt: flipped(receipt, byte), logKey },
        { statement, receipt: flipped(receipt, pathByte), logKey },
        {
          statement,
          receipt: flipped(receipt, prng.int(0, parseReceipt(receipt).protectedBytes.length)),
          logKey,
        },
        { statement: flipped(statement, prng.int(0, statement.length - 1)), receipt, logKey },
        { statement: other, receipt, logKey },
        { statement, receipt, logKey: pemOf(signerOf('EdDSA', 9)) },
      ]
    })
    for (const [i, { ok }] of scittCose().verifyAll(cases).entries()) {
      assert.ok(!ok, `seed ${prng.seed}, case ${i}`)
    }
  })

  it('does not know the signed size, which we hold the proof to', (t) => {
    if (!needs(t, 'python3', 'python3-venv')) return
    const { statement, receipt, validator } = all[3] ?? assert.fail()
    const { proof, protectedBytes, signature } = parseReceipt(receipt)
    const other = encodeReceipt(protectedBytes, { ...proof, size: count - 1 }, signature)
    assert.ok(scittCose().verify(statement, other, pemOf(validator)).ok)
    const keys = keysFromPem(pemOf(validator))
    assert.throws(() => verifyReceipts(statement, [other], keys), { code: 'RECEIPT_PROOF_INVALID' })
  })

  it('is called for one receipt as for many', (t) => {
    if (!needs(t, 'python3', 'python3-venv')) return
    const { statement, receipt, validator } = all[3] ?? assert.fail()
    const verdict = scittCose().verify(statement, receipt, pemOf(validator))
    assert.ok(verdict.ok)
    assert.equal(verdict.index, parseReceipt(receipt).proof.index)
  })
})

/** Curve, x and y in hex. */
function pycoseKey({ algorithm, raw }: PublicKey): string[] {
  if (algorithm.kty === 1) return ['Ed25519', toHex(raw), '']
  const curve = algorithm.name === 'ES256K' ? 'secp256k1' : 'P-256'
  return [curve, toHex(raw.subarray(1, 33)), toHex(raw.subarray(33))]
}

describe('pycose, a second opinion on signatures', () => {
  it('accepts statements and receipts of each algorithm of COSE, no flipped byte', async (t) => {
    if (!needs(t, 'python3', 'python3-venv')) return
    const pycose = python('pycose==1.1.0', 'cbor2==5.4.6')
    const prng = testPrng()
    // COSE has no SM2: of that the second opinion is OpenSSL's command, in test/sdk/sm2.test.ts.
    const every = algorithms.map(({ name }) => name).filter((name) => name !== 'SM2')
    assert.deepEqual(every, ['EdDSA', 'ES256', 'ES256K'])
    const cases = (await samples(every)).map(({ statement, receipt, validator, author }) => ({
      statement: toHex(statement),
      receipt: toHex(receipt),
      logKey: pycoseKey(validator.key),
      issuerKey: pycoseKey(author.key),
    }))
    const damaged = cases.map((one) => {
      const bytes = Buffer.from(one.statement, 'hex')
      return { ...one, statement: toHex(flipped(bytes, prng.int(0, bytes.length - 1))) }
    })
    const verdicts = pycose.answers('verify_with_pycose.py', [...cases, ...damaged])
    for (const [i, verdict] of verdicts.entries()) {
      const expected = i < cases.length
      const both = { statementOk: expected, receiptOk: expected }
      assert.deepEqual(verdict, both, `seed ${prng.seed}, case ${i}`)
    }
  })
})

type StateVerdict = { ok: boolean; why: string }
type StateCase = { root: Uint8Array; key: string; value: Uint8Array | null; proof: Uint8Array }

/** A true statement about a random state, or one with one part of it changed. */
function stateCase(prng: Prng): StateCase {
  const keyCount = prng.int(0, 40)
  const state = new Map(
    Array.from({ length: keyCount }, (_, i) => [`key/${prng.int(0, 60)}`, utf8(`value ${i}`)]),
  )
  const { stateRoot: root, proof } = createStateModel(state)
  const key = `key/${prng.int(0, 60)}`
  const good = { root, key, value: state.get(key) ?? null, proof: encodeStateProof(proof(key)) }
  const changes: (() => Partial<StateCase>)[] = [
    () => ({}),
    () => ({}),
    () => ({ value: good.value ? null : utf8('x') }),
    () => ({ value: utf8('another value') }),
    () => ({ key: `key/${prng.int(0, 60)}` }),
    () => ({ root: flipped(root, prng.int(0, 31)) }),
    () => ({ proof: flipped(good.proof, prng.int(0, good.proof.length - 1)) }),
    () => ({ proof: good.proof.subarray(0, prng.int(0, good.proof.length - 1)) }),
    () => ({ proof: Uint8Array.of(...good.proof, 0) }),
    () => ({ proof: encodeStateProof(proof(`key/${prng.int(0, 60)}`)) }),
  ]
  return { ...good, ...changes[prng.int(0, changes.length - 1)]?.() }
}

function weAccept({ root, key, value, proof }: StateCase): boolean {
  try {
    verifyStateProof(decodeStateProof(proof), { stateRoot: root, key, value })
    return true
  } catch (error) {
    assert.ok(isCodedError(error), String(error))
    return false
  }
}

const stateLine = ({ root, key, value, proof }: StateCase) => ({
  ...{ root: toHex(root), key, proof: toHex(proof) },
  value: value && toHex(value),
})

/** What the ledger's own tree says of a key, true; or, with another value, not. */
function ofTree(pages: StatePages, key: string, value = pages.values.get(key) ?? null): StateCase {
  return { root: pages.root, key, value, proof: encodeStateProof(proveState(key, pages)) }
}

describe('the second checker of state proofs, in Python', () => {
  it('agrees with ours on presence, absence and what is neither', (t) => {
    if (!needs(t, 'python3')) return
    const prng = testPrng()
    const cases = Array.from({ length: 400 }, () => stateCase(prng))
    const lines = cases.map(stateLine)
    const verdicts = python().answers<StateVerdict>('check_state_proof.py', lines)
    const ours = cases.map(weAccept)
    for (const [i, { ok, why }] of verdicts.entries()) {
      assert.equal(ok, ours[i], `seed ${prng.seed}, case ${i}: Python says ${why ?? 'ok'}`)
    }
    const accepted = ours.filter(Boolean).length
    assert.ok(accepted > 60 && accepted < 300, `${accepted} of ${cases.length} were accepted`)
  })

  it('accepts what the tree of a ledger proves: presence, deletion, absence', (t) => {
    if (!needs(t, 'python3')) return
    const prng = testPrng()
    const pages = new StatePages()
    const cases: { of: string; isTrue: boolean; one: StateCase }[] = []
    const add = (of: string, isTrue: boolean, one: StateCase) => cases.push({ of, isTrue, one })
    for (let round = 0; round < 60; round++) {
      const [kept, gone] = [`kept/${round}`, `gone/${round}`]
      const value = utf8(`${prng.int(0, 1e9)}`)
      pages.apply(new Map([kept, gone].map((key) => [key, value])))
      add('there', true, ofTree(pages, gone))
      const before = ofTree(pages, gone)
      pages.apply(new Map([[gone, null]]))
      add('there', true, ofTree(pages, kept))
      add('deleted', true, ofTree(pages, gone))
      add('deleted, said to be there', false, ofTree(pages, gone, value))
      add('deleted, by its proof from before', false, { ...before, root: pages.root })
      add('never there', true, ofTree(pages, `never/${round}`))
      add('there, said to be absent', false, { ...ofTree(pages, kept), value: null })
    }
    const lines = cases.map(({ one }) => stateLine(one))
    const verdicts = python().answers<StateVerdict>('check_state_proof.py', lines)
    for (const [i, { of, isTrue, one }] of cases.entries()) {
      const { ok, why } = verdicts[i] ?? assert.fail()
      const what = `seed ${prng.seed}, case ${i}, ${of}: Python says ${why ?? 'ok'}`
      assert.deepEqual([ok, weAccept(one)], [isTrue, isTrue], what)
    }
  })
})
