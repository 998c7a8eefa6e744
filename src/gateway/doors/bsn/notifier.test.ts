import assert from 'node:assert/strict'
import { it } from 'node:test'
import { common } from '@hyperledger/fabric-protos'
import { bytesOfKey, newCertificateKey } from '../../../crypto/certificates.ts'
import { secretIn } from '../../../crypto/native.ts'
import type { HostedChannel } from '../../../frameworks/fabric/hosted-channel.ts'
import { openGatewayDatabase } from '../../gateway-database.ts'
import type { Posted, PostResult } from '../../webhooks/sender.ts'
import { createWriteBehind } from '../../write-behind.ts'
import type { Application } from './application.ts'
import { createEventStore, type Registration } from './event-store.ts'
import { macSigner } from './mac.ts'
import { Notifier } from './notifier.ts'

function blockOf(number: number): common.Block {
  const header = new common.BlockHeader()
  header.setNumber(number)
  const block = new common.Block()
  block.setHeader(header)
  return block
}

/** A channel of so many blocks, which says where it was read from. */
function channelOf(blocks: number, from: number[]): HostedChannel {
  const network = () => ({
    async getBlockEvents({ startBlock }: { readonly startBlock: bigint }) {
      from.push(Number(startBlock))
      const { promise, resolve } = Promise.withResolvers<void>()
      async function* read() {
        for (let i = Number(startBlock); i < blocks; i++) yield blockOf(i)
        await promise
      }
      return Object.assign(read(), { close: resolve })
    },
  })
  return { name: 'c', mspId: 'alphaMSP', client: { network } } as unknown as HostedChannel
}

const registration: Registration = {
  ...{ ledger: 'bsn1test', application: 'a', id: 'e1', service: 'coin', userCode: 'u' },
  ...{ kind: 'block', contract: '', eventKey: '', url: 'http://127.0.0.1/', attached: 'x' },
  ...{ created: 0, position: 2 },
}

function setUp(react: (posted: Posted) => PostResult, refusal?: { code: string; detail: string }) {
  const database = openGatewayDatabase(':memory:')
  const later = createWriteBehind(
    { delayMs: 1 },
    { database, onError: (error) => assert.fail(String(error)) },
  )
  const store = createEventStore(database, { later })
  const [from, posts]: [number[], Posted[]] = [[], []]
  const hosted = channelOf(4, from)
  const macOf = macSigner(secretIn(bytesOfKey(newCertificateKey())))
  const application = { hosted, keys: [{ algorithm: 'ES256' }], served: {}, caller: {} }
  const notifier = new Notifier(
    { waitsMs: [1, 2, 3, 4] },
    {
      ...{ store, onProblem: (_one, problem) => assert.fail(String(problem)) },
      sender: {
        post: async (posted) => {
          posts.push(posted)
          return react(posted)
        },
        close: () => undefined,
      },
      gatewayKeys: { of: async () => ({ macOf, shown: '' }) },
      access: { whyNoMore: () => refusal },
      applicationOf: () => application as unknown as Application,
    },
  )
  store.add(registration)
  notifier.add(registration)
  const reached = () => {
    later.flush()
    return store.ofLedger('bsn1test')[0]?.position
  }
  const wait = async (position: number) => {
    while (reached() !== position) await new Promise((resolve) => setTimeout(resolve, 5))
    await notifier.close()
    database.close()
  }
  return { posts, from, wait, later }
}

const heightOf = ({ body }: Posted) => JSON.parse(body).body.blockNumber

it('each block is told once where it is acknowledged, from the one that is next', async () => {
  const { posts, from, wait } = setUp(() => ({ status: 200 }))
  await wait(4)
  assert.deepEqual([posts.map(heightOf), from], [[2, 3], [2]])
  assert.ok(posts.every(({ expects }) => expects === 'success'))
})

it('what is not acknowledged is told five times, the same each time, and given up', async () => {
  const { posts, wait } = setUp((posted) =>
    heightOf(posted) === 2 ? { status: 200, reason: 'not_acknowledged' } : { status: 200 },
  )
  await wait(4)
  assert.deepEqual(posts.map(heightOf), [2, 2, 2, 2, 2, 3])
  assert.equal(new Set(posts.map(({ body }) => body)).size, 2)
})

it('nothing is told to whoever may not be told', async () => {
  const { posts, wait } = setUp(() => ({ status: 200 }), { code: 'CREDENTIAL_FROZEN', detail: '' })
  await wait(4)
  assert.deepEqual(posts, [])
})
