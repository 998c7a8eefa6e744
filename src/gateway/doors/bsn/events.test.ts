import assert from 'node:assert/strict'
import { it } from 'node:test'
import { common } from '@hyperledger/fabric-protos'
import type { JsonObject } from '../../../kernel/json.ts'
import { openGatewayDatabase } from '../../gateway-database.ts'
import { createAddressPolicy } from '../../webhooks/address-policy.ts'
import { createWriteBehind } from '../../write-behind.ts'
import type { Application } from './application.ts'
import { createEventStore } from './event-store.ts'
import { type EventsDeps, listEvents, registerEvent, removeEvent } from './events.ts'

/** An application whose channel has nine blocks. */
function setUp() {
  const info = new common.BlockchainInfo()
  info.setHeight(9)
  const newProposal = () => ({ evaluate: async () => info.serializeBinary() })
  const network = () => ({ getContract: () => ({ newProposal }) })
  const hosted = { name: 'c', mspId: 'alphaMSP', client: { network } }
  const application = (credential: string) =>
    ({
      ...{ served: { ledger: { id: 'bsn1test' } }, caller: { credential, service: 'coin' } },
      ...{ named: { userCode: 'u', appCode: credential }, hosted },
    }) as unknown as Application
  const database = openGatewayDatabase(':memory:')
  const onError = (error: unknown) => assert.fail(String(error))
  const added: string[] = []
  const deps = {
    access: { whyNoMore: () => undefined },
    clock: { nowSeconds: () => 1_700_000_000 },
    events: createEventStore(database, {
      later: createWriteBehind({ delayMs: 1 }, { database, onError }),
    }),
    notifier: {
      add: ({ id, position }: { id: string; position: number }) => added.push(`${id} ${position}`),
      remove: (id: string) => added.push(`-${id}`),
    },
    policy: createAddressPolicy([]),
    registrationsMax: 2,
  } as unknown as EventsDeps
  const ask = (body: JsonObject, credential = 'a') => ({
    ...{ application: application(credential), body, signed: '' },
  })
  return { ask, deps, added }
}

const event = {
  chainCode: 'kv',
  eventKey: 'set',
  notifyUrl: 'https://example.org/',
  attachArgs: '',
}

it('the same registration is one, others are as many as may be, and each is its own', async () => {
  const { ask, deps, added } = setUp()
  const first = await registerEvent(ask(event), 'contract', deps)
  assert.deepEqual(await registerEvent(ask(event), 'contract', deps), first)
  assert.deepEqual(added, [`${first.eventId} 9`])
  const second = await registerEvent(ask({ ...event, eventKey: 'drop' }), 'contract', deps)
  const third = registerEvent(ask({ ...event, attachArgs: 'x' }), 'contract', deps)
  await assert.rejects(third, { code: 'BSN_EVENTS_TOO_MANY' })
  // Those of another application count for that one.
  await registerEvent(ask(event, 'b'), 'block', deps)
  const listed = listEvents(ask({}), deps) as JsonObject[]
  assert.deepEqual(
    listed.map(({ eventId }) => eventId),
    [first.eventId, second.eventId],
  )
  assert.deepEqual(listed[0], {
    ...{ eventId: first.eventId, eventKey: 'set', notifyUrl: 'https://example.org/' },
    ...{ attachArgs: '', createTime: '2023-11-14 22:13:20', orgCode: 'alphaMSP' },
    ...{ userCode: 'u', appCode: 'a', chainCode: 'kv' },
  })
  const [block] = listEvents(ask({}, 'b'), deps) as JsonObject[]
  assert.deepEqual([block?.eventType, block?.chainCode, block?.eventKey], ['block', '', ''])
  // Nobody ends what is another's.
  assert.equal(removeEvent(ask({ eventId: first.eventId ?? '' }, 'b'), deps), null)
  assert.equal(listEvents(ask({}), deps).length, 2)
  removeEvent(ask({ eventId: first.eventId ?? '' }), deps)
  assert.equal(listEvents(ask({}), deps).length, 1)
  assert.equal(added.at(-1), `-${first.eventId}`)
})
