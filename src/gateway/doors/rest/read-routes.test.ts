import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  decodeStateProof,
  emptyRoot,
  fromBase64url,
  fromHex,
  fromPem,
  isConsistent,
  leafHash,
  parseReceipt,
  rootFromInclusion,
  verifyCheckpoints,
  verifyKeyBundle,
  verifyStateProof,
} from '@openbsn/sdk'
import { testGateway, testStatement } from '../../../testing/gateway.ts'
import { readBatch } from '../../batch.ts'

const bytes = (text: string) => fromBase64url(text) ?? new Uint8Array()

/** A gateway over a log of `size` entries, each a block of its own. */
async function filled(size: number) {
  const gateway = await testGateway()
  const { ledger, app, base } = gateway
  const statements: Uint8Array[] = []
  for (let i = 0; i < size; i++) statements.push(await testStatement(ledger, `entry ${i}`))
  for (const one of statements) await ledger.submit([one])
  const get = (path: string, accept?: string) =>
    app.inject({ url: base + path, headers: accept === undefined ? {} : { accept } })
  return { ...gateway, statements, get }
}

describe('ledgers', () => {
  it('are listed, and described', async () => {
    const { app, ledger, get } = await filled(2)
    const { ledgers } = (await app.inject('/api/v1/ledgers')).json()
    const summary = {
      id: ledger.id,
      name: 'Test alliance',
      environment: 'live',
      height: 2,
      size: 2,
    }
    assert.deepEqual(ledgers, [summary])
    const info = (await get('')).json()
    assert.equal(info.time, 1_700_000_020)
    assert.equal(info.logRoot, Buffer.from(ledger.head.logRoot).toString('hex'))
    assert.deepEqual([info.validators.length, info.validators[0].algorithm], [1, 'EdDSA'])
  })

  it('are not found by another id', async () => {
    const { app } = await testGateway()
    for (const id of ['bsn1', 'constructor', '__proto__', '%00', 'a'.repeat(90)]) {
      const answer = await app.inject(`/api/v1/ledgers/${id}`)
      assert.equal(answer.statusCode, 404, id)
      assert.equal(answer.json().code, 'LEDGER_NOT_FOUND', id)
    }
  })
})

describe('an entry', () => {
  it('comes as JSON or as its bytes, with its receipt', async () => {
    const { get, statements } = await filled(3)
    const entry = (await get('/entries/1')).json()
    assert.deepEqual([entry.index, entry.height, entry.time], [1, 2, 1_700_000_020])
    assert.deepEqual(Buffer.from(bytes(entry.statement)), Buffer.from(statements[1] ?? []))
    const raw = await get('/entries/1', 'application/cose')
    assert.deepEqual(raw.rawPayload, Buffer.from(statements[1] ?? []))
    assert.equal(raw.headers['content-type'], 'application/cose')

    const receipt = await get('/entries/1/receipt')
    assert.equal(parseReceipt(receipt.rawPayload).proof.index, 1)
    const text = (await get('/entries/1/receipt', 'application/json')).json()
    assert.deepEqual(Buffer.from(bytes(text.receipt)), receipt.rawPayload)
  })

  it('has codes for what is not there', async () => {
    const { get, ledger } = await filled(1)
    const code = async (path: string, accept?: string) => {
      const answer = await get(path, accept)
      return [answer.statusCode, answer.json().code]
    }
    assert.deepEqual(await code('/entries/1'), [404, 'ENTRY_NOT_FOUND'])
    assert.deepEqual(await code('/entries/1/receipt'), [404, 'ENTRY_NOT_FOUND'])
    assert.deepEqual(await code('/entries/0', 'text/html'), [406, 'NOT_ACCEPTABLE'])
    for (const index of ['-1', '01', '1e0', '0x1', '1.0', '9999999999999999', '٣', 'a']) {
      assert.deepEqual(await code(`/entries/${encodeURIComponent(index)}`), [
        400,
        'REQUEST_INVALID',
      ])
    }
    ledger.isSigning = false
    assert.deepEqual(await code('/entries/0/receipt'), [409, 'RECEIPT_PENDING'])
  })
})

describe('proofs', () => {
  it('hold against the signed roots', async () => {
    const { get, ledger, statements } = await filled(7)
    const keys = verifyKeyBundle((await get('/keys')).rawPayload, ledger.id)
    const signedRoot = async (height: number) => {
      const checkpoint = (await get(`/checkpoint?height=${height}`)).json()
      return verifyCheckpoints(checkpoint.checkpoints.map(bytes), keys).logRoot
    }
    for (let size = 1; size <= 7; size++) {
      const root = await signedRoot(size)
      const index = size - 1
      const { path } = (await get(`/proofs/inclusion?index=${index}&size=${size}`)).json()
      const leaf = leafHash(statements[index] ?? new Uint8Array())
      assert.deepEqual(rootFromInclusion(leaf, { index, size, path: path.map(bytes) }), root)
      for (let from = 0; from <= size; from++) {
        const answer = (await get(`/proofs/consistency?from=${from}&to=${size}`)).json()
        const rootBefore = from === 0 ? emptyRoot : await signedRoot(from)
        const proof = { sizeBefore: from, rootBefore, size, root, path: answer.path.map(bytes) }
        assert.ok(isConsistent(proof), `${from} to ${size}`)
      }
    }
  })

  it('take the size of the log where none is given, and refuse what cannot be', async () => {
    const { get } = await filled(3)
    assert.equal((await get('/proofs/inclusion?index=0')).json().size, 3)
    assert.equal((await get('/proofs/consistency?from=1')).json().to, 3)
    for (const path of ['inclusion?index=3', 'inclusion?index=0&size=4', 'consistency?from=4']) {
      const answer = await get(`/proofs/${path}`)
      assert.deepEqual([answer.statusCode, answer.json().code], [400, 'PROOF_RANGE_INVALID'], path)
    }
    assert.equal((await get('/checkpoint?height=4')).json().code, 'BLOCK_NOT_FOUND')
  })

  it('give keys as PEM, and state with its proof', async () => {
    const { get } = await filled(1)
    const pem = await get('/keys', 'application/x-pem-file')
    assert.equal(fromPem(pem.payload).length, 1)
    const state = (await get('/state?key=service%2Fflights')).json()
    assert.equal(state.value, null)
    const stateRoot = fromHex(state.checkpoint.stateRoot) ?? new Uint8Array()
    const claim = { stateRoot, key: 'service/flights', value: null }
    assert.doesNotThrow(() => verifyStateProof(decodeStateProof(bytes(state.proof)), claim))
  })
})

describe('tiles', () => {
  it('are served by path, full and in part', async () => {
    const { get, ledger, statements } = await filled(3)
    const submitted = Array.from({ length: 255 }, (_, i) => testStatement(ledger, `more ${i}`))
    await ledger.submit(await Promise.all(submitted))
    const full = await get('/tile/0/000')
    assert.equal(full.rawPayload.length, 256 * 32)
    assert.deepEqual(
      full.rawPayload.subarray(0, 32),
      Buffer.from(leafHash(statements[0] ?? full.rawPayload)),
    )
    assert.match(String(full.headers['cache-control']), /immutable/)
    assert.equal((await get('/tile/0/001.p/2')).rawPayload.length, 64)
    assert.equal((await get('/tile/1/000.p/1')).rawPayload.length, 32)
    const entries = await get('/tile/entries/000.p/3')
    assert.deepEqual(
      readBatch(entries.rawPayload).map((one) => Buffer.from(one)),
      statements.map((one) => Buffer.from(one)),
    )
  })

  it('are 404 beyond the log and for other paths', async () => {
    const { get } = await filled(3)
    for (const path of ['0/000', '0/000.p/4', '1/000.p/1', '0/x001/000', 'entries/000', '0/../0']) {
      assert.equal((await get(`/tile/${path}`)).statusCode, 404, path)
    }
    assert.equal((await get('/tile/64/000')).json().code, 'REQUEST_INVALID')
    assert.equal((await get('/tile/0/0')).json().code, 'TILE_NOT_FOUND')
  })
})
