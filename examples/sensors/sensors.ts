import assert from 'node:assert/strict'
import {
  type Client,
  controlAct,
  newIdempotencyKey,
  type Records,
  type ServiceEvent,
} from '@openbsn/sdk'
import { wholeHistory } from '../history.ts'
import { type Network, newName } from '../network.ts'
import { meters } from './meters.ts'

type Reading = { readonly sensor: string; readonly number: number; readonly value: number }

const sensorNames = ['air/market', 'noise/bridge', 'water/harbour']
const readings: readonly Reading[] = Array.from({ length: 30 }, (_, i) => ({
  sensor: sensorNames[i % 3] ?? '',
  number: Math.floor(i / 3),
  value: 20 + (i % 7) / 2,
}))

/** Readings of a city's sensors: each once, in order, live; and what belongs to residents. */
export async function sensors(network: Network, say: (line: string) => void): Promise<void> {
  const { administer, newClient, stranger } = network
  const service = newName('city')
  const fields = { id: service, framework: 'records', keyMode: 'key-trust' } as const
  await administer([controlAct('service-create', { ...fields, readers: 'anyone' })])
  say(`The city opens the service ${service}: the city node signs, whoever has an API key writes.`)
  const scopes = ['records:write', 'records:read']
  const box = await newClient({ service, label: 'box at the market', scopes })
  const screen = await newClient({ service, label: 'screen', scopes: ['events:read'] })

  const { size: start } = await stranger.checkpoint()
  const [seen, last] = await Promise.all([
    watch(screen, service, { from: start, count: 10 }),
    sendAll(box.records(service), say),
  ])
  const next = Number(seen.at(-1)?.position) + 1
  say(`The screen saw ${seen.length} readings live, then it was unplugged, at position ${next}.`)
  const rest = await watch(screen, service, { from: next, count: readings.length - seen.length })
  assert.deepEqual(
    [...seen, ...rest].map(({ data }) => data),
    readings,
  )
  say(`Plugged in again it gets the other ${rest.length}: all in order, each once.`)

  const [sensor = ''] = sensorNames
  const open = stranger.records(service)
  const history = await wholeHistory(open, { key: sensor, upTo: last })
  const expected = readings.filter((one) => one.sensor === sensor)
  assert.deepEqual(
    history.map(({ value }) => value),
    expected,
  )
  say(`Anyone reads the history of ${sensor}: ${expected.map(({ value }) => value).join(', ')}`)

  await meters(network, { box, service }, say)
}

/**
 * Sends the readings; one is sent twice, as a box does that did not hear the answer. Returns the
 * index of the last.
 */
async function sendAll(records: Records, say: (line: string) => void): Promise<number> {
  const run = newIdempotencyKey()
  const send = (reading: Reading) =>
    records.put(
      { key: reading.sensor, value: reading },
      { idempotencyKey: `${run}/${reading.sensor}/${reading.number}` },
    )
  const indexes: number[] = []
  for (const reading of readings) {
    const { outcome, index } = await send(reading)
    assert.equal(outcome, 'appended')
    indexes.push(index)
  }
  say(`The box sent ${readings.length} readings of ${sensorNames.length} sensors.`)
  const [first] = readings
  assert.ok(first)
  const again = await send(first)
  assert.deepEqual([again.outcome, again.index], ['duplicate', indexes[0]])
  say(`It sends one again with its Idempotency-Key: still entry ${again.index}, no second one.`)
  return Math.max(...indexes)
}

/** The next `count` events from a position; a connection that breaks is opened again. */
async function watch(
  client: Client,
  service: string,
  { from, count }: { readonly from: number; readonly count: number },
): Promise<ServiceEvent[]> {
  const events: ServiceEvent[] = []
  const signal = AbortSignal.timeout(30_000)
  for await (const event of client.events(service, { from, signal })) {
    if (events.push(event) === count) break
  }
  return events
}
