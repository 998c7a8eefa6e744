import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  addValidator,
  algorithmByName,
  type CborMap,
  type CborValue,
  createSigner,
  encodeCoseKey,
  encodeValidators,
  removeValidator,
  sha256,
  toBase64url,
  toHex,
  type Validator,
  validator,
} from '@openbsn/sdk'
import type { AllianceNow, Proposable } from './act-form.ts'
import { certificatesIn, certificatesText, checkCertificates } from './certificate-pem.ts'
import { changedFields } from './changed-fields.ts'
import { changedObject } from './changed-object.ts'
import { type ProposableKind, proposable } from './proposable.ts'
import { readableObject } from './readable-object.ts'

const algorithm = algorithmByName('EdDSA')
assert.ok(algorithm)
const keyOf = (number: number) => createSigner(algorithm, new Uint8Array(32).fill(number)).key
const bare = (number: number, power: number) => validator(keyOf(number), power)
const voting = (number: number, power = 10): Validator => {
  return { ...bare(number, power), consensusKey: new Uint8Array(32).fill(number) }
}
const objectOf = (fields: Readonly<Record<string, CborValue>>): CborMap =>
  new Map(Object.entries(fields))
const setOf = (...set: readonly Validator[]) =>
  objectOf({ version: 4, sets: [[1, encodeValidators(set)]], changes: [] })

const nodes = [1, 2, 3].map((number) => ({
  ...{ id: `node-${number}`, status: number === 3 ? 'retired' : 'active', version: 1 },
  validator: toHex(voting(number).kid),
}))

function nowOf(validators: CborMap, roots: CborMap = new Map()): AllianceNow {
  const alliance = { locks: {} } as unknown as AllianceNow['alliance']
  const read = async (key: string) => {
    const number = Number(key.replace('node/node-', ''))
    const facts = { validatorKey: encodeCoseKey(keyOf(number)), consensusKey: new Uint8Array(32) }
    return objectOf({ ...facts, consensusKey: voting(number).consensusKey ?? null })
  }
  return { alliance, members: [], nodes, validators, roots, read }
}

type Typed = Readonly<Record<string, string>>

async function proposed(kind: ProposableKind, now: AllianceNow, typed: Typed = {}) {
  const { fields, act }: Proposable = proposable[kind]
  const first = fields(now).map(({ name, initial = '' }) => [name, initial])
  return await act({ ...Object.fromEntries(first), ...typed }, now)
}

const isOffered = (kind: ProposableKind, now: AllianceNow) => {
  const one: Proposable = proposable[kind]
  return one.isOffered?.(now)
}

describe('a proposal about validators', () => {
  const network = setOf(voting(1))
  const both = setOf(voting(1), voting(2))

  it('makes a node one by both of its keys, and unmakes it', async () => {
    const added = await proposed('promote', nowOf(network))
    assert.deepEqual(added, addValidator(network, voting(2)))
    assert.equal(await proposed('promote', nowOf(both), { node: 'node-1' }), undefined)
    const other = await proposed('promote', nowOf(both), { node: 'node-1', power: '7' })
    assert.deepEqual(other, addValidator(both, voting(1, 7)))
    const left = await proposed('demote', nowOf(both), { node: 'node-2' })
    assert.deepEqual(left, removeValidator(both, voting(2)))
    assert.equal(await proposed('demote', nowOf(network), { node: 'node-1' }), undefined)
  })

  it('goes by keys alone where there is no network', async () => {
    const solo = setOf(bare(1, 5), bare(2, 1))
    const typed = { key: toBase64url(encodeCoseKey(keyOf(4))) }
    const added = await proposed('add-validator', nowOf(solo), typed)
    assert.deepEqual(added, addValidator(solo, bare(4, 1)))
    const removed = await proposed('remove-validator', nowOf(solo))
    assert.deepEqual(removed, removeValidator(solo, bare(2, 1)))
    const kinds = ['promote', 'demote', 'add-validator', 'remove-validator'] as const
    const offered = (now: AllianceNow) => kinds.filter((kind) => isOffered(kind, now))
    assert.deepEqual(offered(nowOf(solo)), ['add-validator', 'remove-validator'])
    assert.deepEqual(offered(nowOf(setOf(bare(1, 5)))), ['add-validator'])
    assert.deepEqual(offered(nowOf(both)), ['promote', 'demote'])
    assert.deepEqual(offered(nowOf(network)), ['promote'])
  })

  it('shows who is one then, by name', async () => {
    const act = await proposed('promote', nowOf(network))
    assert.ok(act)
    const { key, before, after } = changedObject('promote', act, nowOf(network)) ?? {}
    const [old, next] = [before, after].map((one) => readableObject(String(key), one, nodes))
    assert.deepEqual([old, next], [{ 'node-1': 10 }, { 'node-1': 10, 'node-2': 10 }])
    const added = { name: 'node-2', before: undefined, after: '10' }
    assert.deepEqual(changedFields(old, next), [added])
  })
})

it('a change of the rules is shown rule by rule', () => {
  const rules = { quorum: [1, 2], deadlineMin: 60 }
  const locks = (seconds: number) => [
    ['members', seconds],
    ['stop', 0],
  ]
  const [before, after] = [10, 20].map((seconds) =>
    readableObject('alliance', { ...rules, locks: locks(seconds) }, nodes),
  )
  const shown = { quorum: '1/2', deadlineMin: 60, 'lock members': 10, 'lock stop': 0 }
  assert.deepEqual(before, shown)
  const changed = { name: 'lock members', before: '10', after: '20' }
  assert.deepEqual(changedFields(before, after), [changed])
})

/** What begins as every certificate does. */
function certificate(fill: number, length = 300): Uint8Array {
  const bytes = new Uint8Array(length + 4).fill(fill)
  bytes.set([0x30, 0x82, length >> 8, length & 255])
  return bytes
}

describe('a proposal about certificates', () => {
  it('names the issuer and all roots, which are there to be added to', async () => {
    const none = nowOf(setOf(voting(1)))
    const one = certificate(1)
    const first = await proposed('roots', none, { roots: certificatesText([one]) })
    const fields = { expect: 0, issuer: 'node-1', roots: [one] }
    assert.deepEqual(first?.payload, objectOf(fields))
    const roots = objectOf({ issuer: 'node-1', roots: [one], version: 3 })
    const now = nowOf(setOf(voting(1)), roots)
    assert.equal(await proposed('roots', now), undefined)
    const text = `${certificatesText([certificate(2)])}\n${certificatesText([one])}\n`
    const act = await proposed('roots', now, { roots: text })
    assert.equal(act?.payload.get('expect'), 3)
    assert.deepEqual(act?.payload.get('roots'), [certificate(2), one])
    assert.ok(act)
    const { after } = changedObject('roots', act, now) ?? {}
    const hashes = [certificate(2), one].map((bytes) => toHex(sha256(bytes)))
    const shown = readableObject('roots', after, nodes)
    assert.deepEqual(shown, { issuer: 'node-1', roots: hashes, version: 3 })
  })

  it('takes whole certificates alone', () => {
    const text = certificatesText([certificate(1), certificate(2)])
    assert.deepEqual(certificatesIn(text), [certificate(1), certificate(2)])
    assert.equal(checkCertificates(text), undefined)
    assert.equal(checkCertificates(' ')?.what, 'empty')
    for (const wrong of [
      'certificate',
      `${text}\nand more`,
      certificatesText([certificate(1).subarray(0, 200)]),
      certificatesText([certificate(1, 2045)]),
      text.replace('AQ', '!'),
    ]) {
      assert.equal(checkCertificates(wrong)?.what, 'like', wrong)
    }
    const five = certificatesText([1, 2, 3, 4, 5].map((fill) => certificate(fill)))
    assert.deepEqual(checkCertificates(five), { what: 'many', count: 4 })
  })
})
