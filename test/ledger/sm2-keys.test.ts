import assert from 'node:assert/strict'
import { it } from 'node:test'
import { type CborValue, encodeCoseKey, verifyReceipts } from '@openbsn/sdk'
import { verifyLedger } from '../../src/ledger/verify/verify-ledger.ts'
import { credentialOf, LedgerWorld, resultOf } from '../../src/testing/ledger-world.ts'
import { namedSigner } from '../../src/testing/named-signer.ts'

const signerOf = (name: string) => namedSigner(name, 'SM2')
const coseKeyOf = (name: string): CborValue => encodeCoseKey(signerOf(name).key)

it('members, operators, credentials, validators may have keys of SM2; receipts hold', async () => {
  const world = await (await LedgerWorld.create()).settle()
  await world.done('key-register', { owner: 'member/admin', key: coseKeyOf('member') })
  const by = { signer: signerOf('member') }
  await world.done('operator-key-register', { key: coseKeyOf('operator') }, by)
  await world.done('credential-create', credentialOf('c2', { keys: [coseKeyOf('c2')] }), by)
  const validators: CborValue[] = [[coseKeyOf('validator'), 1]]
  await world.done('validators-update', { expect: 1, validators }, by)
  await world.done('service-create', { id: 'till', framework: 'records' }, by)
  await world.reopen(signerOf('validator'))

  const record = await world.record('paid', { iss: 'c2', signer: signerOf('c2') })
  const broken = record.with(-1, (record.at(-1) ?? 0) ^ 1)
  assert.equal(resultOf(await world.submitOne(broken)), 'SIGNATURE_INVALID')
  const outcome = await world.submitOne(record)
  assert.ok(outcome.outcome === 'appended')
  assert.equal(resultOf(await world.submitOne(record)), 'duplicate')

  const receipts = world.ledger.receipts(outcome.index)
  assert.equal(verifyReceipts(record, receipts, world.keys).index, outcome.index)
  const [receipt = new Uint8Array()] = receipts
  const changed = receipt.with(-1, (receipt.at(-1) ?? 0) ^ 1)
  assert.throws(() => verifyReceipts(record, [changed], world.keys), { code: /^RECEIPT_/ })

  const { ok, finding } = await verifyLedger(world.folder.path, { workers: 1, ledger: world.id })
  assert.deepEqual([ok, finding], [true, undefined])
  await world.remove()
})
