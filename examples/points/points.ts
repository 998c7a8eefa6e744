import assert from 'node:assert/strict'
import { type Client, controlAct, isCodedError } from '@openbsn/sdk'
import { type Network, newName, refusalOf } from '../network.ts'
import { createReceiver, type Receiver } from './receiver.ts'
import { balanceOf, createTill, type Move, type Till } from './till.ts'

type Say = (line: string) => void

/** Points of a shop's customers: a record for each move, and the balance is what they leave. */
export async function points(network: Network, say: Say): Promise<void> {
  const { administer, newClient, stranger } = network
  const service = newName('points')
  const fields = { id: service, framework: 'records', keyMode: 'key-trust' } as const
  await administer([controlAct('service-create', { ...fields, readers: 'credentials' })])
  const scopes = ['records:write', 'records:read', 'webhooks:write']
  const shop = await newClient({ service, label: 'shop', scopes })
  say(`The shop opens the service ${service}: it alone writes and reads, with its API key.`)
  const { code } = await refusalOf(stranger.records(service).list())
  say(`A stranger who wants to read is refused: ${code}.`)

  const receiver = await createReceiver()
  try {
    const webhook = await createWebhook({ shop, service, receiver }, say)
    const balances = await openShop(createTill(shop.records(service)), say)
    if (webhook) {
      await keepBooks(receiver, balances, say)
      await shop.webhooks(service).delete(webhook)
    }
  } finally {
    receiver.close()
  }
}

type Books = { readonly shop: Client; readonly service: string; readonly receiver: Receiver }

/** Id of the webhook; undefined where the gateway may not send to this machine. */
async function createWebhook(
  { shop, service, receiver }: Books,
  say: Say,
): Promise<string | undefined> {
  try {
    const { id, secret = '' } = await shop.webhooks(service).create({ url: receiver.url })
    receiver.trust(secret)
    say(`A webhook tells the shop's books of every move: ${receiver.url}`)
    return id
  } catch (error) {
    if (!isCodedError(error) || !error.code.startsWith('WEBHOOK_')) throw error
    say(
      `No webhook: the gateway sends nothing to inner addresses such as this one (${error.code}).`,
    )
    say('  To see it, start the network with: npm start -- --webhook-allow 127.0.0.0/8')
    return undefined
  }
}

/** The day of a shop. Returns the balances that it ends with. */
async function openShop(till: Till, say: Say): Promise<Map<string, number>> {
  const earn = (order: string, amount: number): Move => ({ kind: 'earn', points: amount, order })
  const spend = (order: string, amount: number): Move => ({ kind: 'spend', points: amount, order })
  await till.move('ada', earn('order-1', 120))
  await till.move('ada', earn('order-2', 80))
  await till.move('bob', earn('order-3', 50))
  say(`Ada earns 120 and 80, Bob 50. Ada has ${await till.balance('ada')}.`)

  const both = [spend('order-4', 150), spend('order-5', 150)]
  const outcomes = await Promise.all(both.map((move) => till.move('ada', move)))
  assert.deepEqual(outcomes, ['registered', 'declined'])
  say(`Ada spends 150 twice at the same moment: one is ${outcomes.join(', the other ')}.`)

  assert.equal(await till.move('ada', spend('order-4', 150)), 'known')
  say(
    'The first one is asked for again, as after a broken connection: known, nothing more is spent.',
  )
  assert.equal(await till.move('bob', spend('order-6', 60)), 'declined')
  say('Bob wants to spend 60 of his 50: declined.')

  const balances = new Map<string, number>()
  for (const customer of ['ada', 'bob']) balances.set(customer, await till.balance(customer))
  assert.deepEqual([...balances.values()], [50, 50])
  say('Counted again from their histories: Ada has 50, Bob has 50.')
  return balances
}

/** What the webhook told is the same: moves by customer, signed by the gateway. */
async function keepBooks(
  receiver: Receiver,
  balances: ReadonlyMap<string, number>,
  say: Say,
): Promise<void> {
  await receiver.until(4)
  for (const [customer, balance] of balances) {
    const own = receiver.events.filter(({ subject }) => subject === `customer/${customer}`)
    assert.equal(balanceOf(own.map(({ data }) => data as Move)), balance)
  }
  say(`The books were told ${receiver.events.length} moves, and have the same balances.`)

  const headers = { 'webhook-id': 'x', 'webhook-signature': `v1,${btoa('a'.repeat(32))}` }
  const timestamp = { 'webhook-timestamp': String(Math.floor(Date.now() / 1000)) }
  const body = JSON.stringify({ subject: 'customer/bob', data: { kind: 'earn', points: 9999 } })
  const forged = { method: 'POST', headers: { ...headers, ...timestamp }, body }
  const { status } = await fetch(receiver.url, forged)
  assert.deepEqual([status, receiver.refused], [401, ['WEBHOOK_INVALID']])
  assert.equal(receiver.events.length, 4)
  say(`Somebody posts 9999 points for Bob: HTTP ${status}, ${receiver.refused[0]}.`)
}
