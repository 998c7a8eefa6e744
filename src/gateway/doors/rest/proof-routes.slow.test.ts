import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  decodeStateProof,
  emptyRoot,
  fromHex,
  fromPem,
  isConsistent,
  leafHash,
  rootFromInclusion,
  verifyCheckpoints,
  verifyKeyBundle,
  verifyStateProof,
} from '@openbsn/sdk'
import { bytesOf, filledGateway } from '../../../testing/gateway.ts'

describe('proofs', () => {
  it('hold against the signed roots', async () => {
    const { get, ledger, statements } = await filledGateway(7)
    const keys = verifyKeyBundle((await get('/keys')).rawPayload, ledger.id)
    const signedRoot = async (height: number) => {
      const checkpoint = (await get(`/checkpoint?height=${height}`)).json()
      return verifyCheckpoints(checkpoint.checkpoints.map(bytesOf), keys).logRoot
    }
    for (let size = 1; size <= 7; size++) {
      const root = await signedRoot(size)
      const index = size - 1
      const { path } = (await get(`/proofs/inclusion?index=${index}&size=${size}`)).json()
      const leaf = leafHash(statements[index] ?? new Uint8Array())
      assert.deepEqual(rootFromInclusion(leaf, { index, size, path: path.map(bytesOf) }), root)
      for (let from = 0; from <= size; from++) {
        const answer = (await get(`/proofs/consistency?from=${from}&to=${size}`)).json()
        const rootBefore = from === 0 ? emptyRoot : await signedRoot(from)
        const proof = { sizeBefore: from, rootBefore, size, root, path: answer.path.map(bytesOf) }
        assert.ok(isConsistent(proof), `${from} to ${size}`)
      }
    }
  })

  it('take the size of the log where none is given, and refuse what cannot be', async () => {
    const { get } = await filledGateway(3)
    assert.equal((await get('/proofs/inclusion?index=0')).json().size, 3)
    assert.equal((await get('/proofs/consistency?from=1')).json().to, 3)
    for (const path of ['inclusion?index=3', 'inclusion?index=0&size=4', 'consistency?from=4']) {
      const answer = await get(`/proofs/${path}`)
      assert.deepEqual([answer.statusCode, answer.json().code], [400, 'PROOF_RANGE_INVALID'], path)
    }
    assert.equal((await get('/checkpoint?height=4')).json().code, 'BLOCK_NOT_FOUND')
  })

  it('give keys as PEM, and state with its proof', async () => {
    const { get } = await filledGateway(1)
    const pem = await get('/keys', 'application/x-pem-file')
    assert.equal(fromPem(pem.payload).length, 1)
    const state = (await get('/state?key=service%2Fflights')).json()
    assert.equal(state.value, null)
    const stateRoot = fromHex(state.checkpoint.stateRoot) ?? new Uint8Array()
    const claim = { stateRoot, key: 'service/flights', value: null }
    assert.doesNotThrow(() => verifyStateProof(decodeStateProof(bytesOf(state.proof)), claim))
  })
})
