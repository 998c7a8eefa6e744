import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { algorithmByName } from './algorithms.ts'
import { toBase64url } from './base64url.ts'
import { utf8 } from './bytes.ts'
import { encodeCbor } from './cbor.ts'
import { encodeGenesis, type Genesis, ledgerIdOf, validator } from './genesis.ts'
import { encodeKeyBundle } from './key-bundle.ts'
import { provenRoots } from './proven-roots.ts'
import { checkpointSigStructure, encodeAnchor, encodeCheckpoint } from './receipt.ts'
import { sha256 } from './sha256-node.ts'
import { createSigner } from './signer.ts'
import { encodeStateProof, type StateLeaf, stateKeyHash, stateLeafHash } from './state-proof.ts'

const signerOf = (seed: number) =>
  createSigner(algorithmByName('EdDSA') ?? assert.fail(), new Uint8Array(32).fill(seed))

/** A ledger whose state is the one object `roots`, signed by its one validator. */
function ledgerOf(seed: number, more: Partial<Genesis> = {}) {
  const signer = signerOf(seed)
  const genesis = encodeGenesis({
    ...{ name: 'Harbour', time: 1, nonce: new Uint8Array(16) },
    ...{ member: { id: 'acme', key: signer.key }, validators: [validator(signer.key, 1)] },
    ...more,
  })
  const id = ledgerIdOf(genesis)
  const value = encodeCbor(new Map([['roots', [Uint8Array.of(seed)]]]))
  const state = async () => {
    const leaf: StateLeaf = { keyHash: stateKeyHash('roots'), valueHash: sha256(value) }
    const anchor = { ledger: id, size: 1, height: 1, time: 9, stateRoot: stateLeafHash(leaf) }
    const { kid } = validator(signer.key, 1)
    const header = encodeAnchor(anchor, signer.key.algorithm, kid)
    const root = new Uint8Array(32)
    const signature = await signer.sign(checkpointSigStructure(header, root))
    const checkpoint = {
      ...{ height: 1, time: 9, size: 1, logRoot: '', stateRoot: '' },
      checkpoints: [toBase64url(encodeCheckpoint(header, root, signature))],
    }
    const proof = toBase64url(encodeStateProof({ siblings: [], leaf }))
    return utf8(JSON.stringify({ key: 'roots', value: toBase64url(value), proof, checkpoint }))
  }
  return { id, keys: encodeKeyBundle({ genesis, changes: [] }), state }
}

describe('the roots of certificates', () => {
  const root = ledgerOf(1)
  const group = ledgerOf(2, { root: root.id })
  const lone = ledgerOf(3)

  /** A gateway that answers for its ledgers as it likes. */
  const gateway = (answers: Record<string, ReturnType<typeof ledgerOf>>) => {
    return (ledger: string, path: string) => {
      const found = answers[ledger] ?? assert.fail(`asked for ${ledger}`)
      return path === '/keys' ? Promise.resolve(found.keys) : found.state()
    }
  }

  it('are those of the ledger, and of a group those of the root that its id pins', async () => {
    const ask = gateway({ [root.id]: root, [group.id]: group, [lone.id]: lone })
    assert.deepEqual(await provenRoots(ask, { ledger: lone.id }), [Uint8Array.of(3)])
    assert.deepEqual(await provenRoots(ask, { ledger: group.id }), [Uint8Array.of(1)])
  })

  it('are not those that a gateway shows of another ledger', async () => {
    for (const lie of [{ [group.id]: lone }, { [group.id]: group, [root.id]: lone }]) {
      await assert.rejects(provenRoots(gateway(lie), { ledger: group.id }), {
        code: 'KEY_BUNDLE_INVALID',
      })
    }
  })
})
