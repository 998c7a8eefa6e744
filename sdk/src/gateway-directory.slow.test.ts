import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { algorithmByName } from './algorithms.ts'
import { toBase64url } from './base64url.ts'
import { concat } from './bytes.ts'
import { encodeCbor } from './cbor.ts'
import { createClient } from './client.ts'
import { provenGateways } from './gateway-directory.ts'
import { encodeGenesis, ledgerIdOf, validator } from './genesis.ts'
import { encodeKeyBundle, verifyKeyBundle } from './key-bundle.ts'
import { checkpointSigStructure, encodeAnchor, encodeCheckpoint } from './receipt.ts'
import { sha256 } from './sha256-node.ts'
import { createSigner } from './signer.ts'
import { encodeStateProof, type StateLeaf, stateKeyHash, stateLeafHash } from './state-proof.ts'

const signer = createSigner(algorithmByName('EdDSA') ?? assert.fail(), new Uint8Array(32).fill(1))
const genesis = encodeGenesis({
  ...{ name: 'Harbour', time: 1, nonce: new Uint8Array(16) },
  ...{ member: { id: 'acme', key: signer.key }, validators: [validator(signer.key, 1)] },
})
const ledger = ledgerIdOf(genesis)
const bundle = encodeKeyBundle({ genesis, changes: [] })
const keys = verifyKeyBundle(bundle, ledger)

type Facts = { operator: string; gateway: string; status?: string; latitude?: number }

const bytesOf = ({ operator, gateway, status = 'active', latitude = 1 }: Facts) =>
  encodeCbor(new Map(Object.entries({ operator, gateway, status, latitude, longitude: 2 })))

/** Each node in a state of its own, whose root is the one leaf. */
async function answerOf(key: string, value: Uint8Array) {
  const leaf: StateLeaf = { keyHash: stateKeyHash(key), valueHash: sha256(value) }
  const anchor = { ledger, size: 1, height: 1, time: 9, stateRoot: stateLeafHash(leaf) }
  const { algorithm } = signer.key
  const header = encodeAnchor(anchor, algorithm, validator(signer.key, 1).kid)
  const root = new Uint8Array(32)
  const signature = await signer.sign(checkpointSigStructure(header, root))
  return {
    ...{ key, value: toBase64url(value) },
    proof: toBase64url(encodeStateProof({ siblings: [], leaf })),
    checkpoint: {
      ...{ height: 1, time: 9, size: 1, logRoot: '', stateRoot: '' },
      checkpoints: [toBase64url(encodeCheckpoint(header, root, signature))],
    },
  }
}

/** A gateway that tells of these nodes, as the ledger has them or in its own way. */
function source(nodes: Record<string, Facts>, told: Record<string, Partial<Facts>> = {}) {
  return {
    nodes: async ({ operator }: { readonly operator?: string }) => ({
      nodes: Object.entries(nodes)
        .map(([id, facts]) => ({ id, version: 1, longitude: 2, ...facts, ...told[id] }))
        .filter((one) => operator === undefined || one.operator === operator),
    }),
    state: (key: string) => {
      const id = key.replace('node/', '')
      return answerOf(key, bytesOf(nodes[id] ?? assert.fail()))
    },
  }
}

describe('the directory of gateways', () => {
  it('is what the ledger proves, whatever the gateway tells', async () => {
    const nodes = {
      a: { operator: 'acme', gateway: 'https://a.example' },
      b: { operator: 'mallory', gateway: 'https://b.example' },
      gone: { operator: 'acme', gateway: 'https://gone.example', status: 'retired' },
    }
    const lies = { b: { operator: 'acme' }, gone: { status: 'active' } }
    const found = await provenGateways(source(nodes, lies), keys, { operators: ['acme'] })
    const place = { latitude: 1, longitude: 2 }
    assert.deepEqual(found, [{ url: 'https://a.example', operator: 'acme', place }])
    const every = await provenGateways(source(nodes, lies), keys)
    assert.deepEqual(
      every.map(({ url, operator }) => `${operator} ${url}`),
      ['acme https://a.example', 'mallory https://b.example'],
    )
    const honest = source(nodes)
    const forged = { ...honest, state: () => answerOf('node/a', concat(bytesOf(nodes.b))) }
    await assert.rejects(provenGateways(forged, keys), { code: 'STATE_PROOF_INVALID' })
  })

  it('waits a moment for a block that is not final yet', async () => {
    const honest = source({ a: { operator: 'acme', gateway: 'https://a.example' } })
    let asked = 0
    const state = async (key: string) => {
      const answer = await honest.state(key)
      if (++asked > 2) return answer
      return { ...answer, checkpoint: { ...answer.checkpoint, checkpoints: [] } }
    }
    assert.equal((await provenGateways({ ...honest, state }, keys)).length, 1)
  })

  it('takes only addresses that a key may be sent to', async () => {
    const urls = ['http://a.example', 'http://10.0.0.1', 'ftp://a', 'https://u:p@a', 'https://a/?q']
    const bad = urls.map((gateway, i) => [`n${i}`, { operator: 'acme', gateway }] as const)
    const here = { operator: 'acme', gateway: 'http://127.0.0.1:8420' }
    const found = await provenGateways(source({ ...Object.fromEntries(bad), here }), keys)
    assert.deepEqual(
      found.map(({ url }) => url),
      ['http://127.0.0.1:8420'],
    )
  })

  it('prefers what is near where many are listed', async () => {
    const listed = Array.from({ length: 40 }, (_, i) => {
      const gateway = `https://n${i}.example`
      return [`n${i}`, { operator: 'acme', gateway, latitude: (40 - i) * 1_000_000 }] as const
    })
    const near = { latitude: 0, longitude: 0 }
    const found = await provenGateways(source(Object.fromEntries(listed)), keys, { near })
    assert.equal(found.length, 32)
    assert.equal(found[0]?.url, 'https://n39.example')
  })
})

describe('a client with the directory', () => {
  const nodes = {
    a: { operator: 'acme', gateway: 'https://a.example' },
    b: { operator: 'mallory', gateway: 'https://b.example' },
  }

  /** One that was given, and what it tells of; each says who was asked with the key. */
  function world(seedOperator?: string) {
    const told = source(nodes)
    const asked: string[] = []
    const answers: Record<string, (query: URLSearchParams) => unknown> = {
      '/keys': () => new Response(bundle as Uint8Array<ArrayBuffer>),
      '/nodes': (query) => told.nodes({ operator: query.get('operator') ?? assert.fail() }),
      '/state': (query) => told.state(query.get('key') ?? ''),
    }
    const doFetch = async (url: string, { headers }: RequestInit = {}) => {
      const { host, pathname, searchParams } = new URL(url)
      const path = pathname.replace(`/api/v1/ledgers/${ledger}`, '')
      const hasKey = new Headers(headers).has('authorization')
      asked.push(`${host} ${path}${hasKey ? ' with key' : ''}`)
      const answer = await (answers[path]?.(searchParams) ?? { host })
      return answer instanceof Response ? answer : Response.json(answer)
    }
    const seed = { url: 'https://seed', ...(seedOperator ? { operator: seedOperator } : {}) }
    const client = createClient({
      ...{ gateways: [seed], ledger, directory: true, prefer: 'first' },
      apiKey: { key: 'live_x', operators: ['acme'] },
      fetch: doFetch as typeof fetch,
    })
    return { client, asked }
  }

  it('sends its key to proven gateways of its operators, and to nobody else', async () => {
    const { client, asked } = world()
    assert.deepEqual(await client.records('s').get('k'), { host: 'a.example' })
    const withKey = asked.filter((one) => one.endsWith('with key'))
    assert.deepEqual(withKey, ['a.example /services/s/records/k with key'])
    assert.ok(!asked.some((one) => one.includes('b.example')))
  })

  it('does not wait for it where it has a gateway', async () => {
    const { client, asked } = world('acme')
    assert.deepEqual(await client.records('s').get('k'), { host: 'seed' })
    assert.ok(asked.includes('seed /services/s/records/k with key'))
  })
})
