import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { credentialOf, LedgerWorld } from '../../../testing/ledger-world.ts'
import { namedSigner } from '../../../testing/named-signer.ts'
import { encodeBundle, encodeSignatures } from './bundle.ts'
import { BundleCheck } from './bundle-check.ts'

const nonce = new Uint8Array(8)

/** Bundles checked by a real ledger, with a count of the statements that it verified. */
async function counted() {
  const world = await (await LedgerWorld.create()).settle()
  const seen = { statements: 0 }
  const { application } = world.ledger
  const bundles = new BundleCheck({
    check: (statements) => {
      seen.statements += statements.length
      return application.check(statements)
    },
  })
  return { world, seen, bundles }
}

describe('the check of bundles', () => {
  it('verifies each signature once, until the bundle is forgotten', async () => {
    const { world, seen, bundles } = await counted()
    const transaction = encodeBundle([await world.record('a'), await world.record('b')], nonce)
    const first = await bundles.check(transaction)
    assert.equal(await bundles.check(transaction), first)
    assert.equal(seen.statements, 2)
    assert.ok(first)
    bundles.forget(first.id)
    await bundles.check(transaction)
    assert.equal(seen.statements, 4)
    await world.remove()
  })

  it('does not verify what this node has checked on its way in', async () => {
    const { world, seen, bundles } = await counted()
    const [checked] = await world.ledger.application.check([await world.record('a')])
    assert.ok(checked && 'bytes' in checked)
    const transaction = encodeBundle([checked.bytes], nonce)
    const id = bundles.add(transaction, [checked])
    assert.equal((await bundles.check(transaction))?.id, id)
    assert.equal(seen.statements, 0)
    await world.remove()
  })

  it('looks again at what an unknown key signed: a block may have registered it', async () => {
    const { world, bundles } = await counted()
    const statement = await world.record('early', { iss: 'c2', signer: namedSigner('c2') })
    const transaction = encodeBundle([statement], nonce)
    const codes = async () =>
      (await bundles.check(transaction))?.results.map((one) => ('code' in one ? one.code : 'held'))
    assert.deepEqual(await codes(), ['KEY_UNKNOWN'])
    await world.done('credential-create', credentialOf('c2'))
    assert.deepEqual(await codes(), ['held'])
    await world.remove()
  })

  it('takes no bundle with a signature that does not hold, and nothing else', async () => {
    const { world, bundles } = await counted()
    const good = await world.record('good')
    const bad = Uint8Array.from(good)
    bad.set([(bad.at(-1) ?? 0) ^ 1], bad.length - 1)
    assert.equal(await bundles.check(encodeBundle([good, bad], nonce)), undefined)
    assert.equal(await bundles.check(encodeBundle([good, new Uint8Array(4)], nonce)), undefined)
    assert.equal(await bundles.check(encodeSignatures(1, [])), undefined)
    assert.equal(await bundles.check(new Uint8Array(9)), undefined)
    await world.remove()
  })

  it('remembers up to 64 MiB, the newest', async () => {
    const { world, seen, bundles } = await counted()
    const [checked] = await world.ledger.application.check([await world.record('a')])
    assert.ok(checked && 'bytes' in checked)
    const small = encodeBundle([checked.bytes], nonce)
    bundles.add(small, [checked])
    // What is remembered is counted by the length of the transaction, whatever is in it.
    const large = (i: number) => Buffer.alloc(16 * 1024 * 1024 - (i < 4 ? small.length : 0), i)
    for (const i of [1, 2, 3]) bundles.add(large(i), [checked])
    await bundles.check(small)
    assert.equal(seen.statements, 0)
    for (const i of [4, 5]) bundles.add(large(i), [checked])
    await bundles.check(small)
    assert.equal(seen.statements, 1)
    await world.remove()
  })
})

describe('a bundle that is being checked', () => {
  it('verifies once what is asked for twice at one time', async () => {
    const { world, seen, bundles } = await counted()
    const transaction = encodeBundle([await world.record('a'), await world.record('b')], nonce)
    const all = await Promise.all([1, 2, 3].map(() => bundles.check(transaction)))
    assert.ok(all[0])
    assert.deepEqual(all, [all[0], all[0], all[0]])
    assert.equal(seen.statements, 2)
    // What the other one found of an unknown key is of the state before.
    const early = encodeBundle([await world.record('c', { iss: 'c2' })], nonce)
    await Promise.all([bundles.check(early), bundles.check(early)])
    assert.equal(seen.statements, 4)
    await world.remove()
  })
})
