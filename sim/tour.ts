import { bookFaults, compareDirectories, verifyReceiptsOf } from './books.ts'
import type { Continent } from './cities.ts'
import { directoryOf, gatewayOf, gatewaysNear } from './directory.ts'
import type { Place } from './network.ts'
import { Scenarios } from './scenarios.ts'
import type { Sending } from './sim-client.ts'
import type { SimNode } from './sim-node.ts'
import type { World } from './world.ts'

export type TourOptions = {
  /** Records while all is well, and again while continents are apart. */
  readonly records: number
  readonly recordsMs: number
  readonly apartMs: number
  /** Told when a part begins. */
  readonly say: (text: string) => void
}

/** What became of the records of one part. */
export type Part = {
  readonly sendings: readonly Sending[]
  /** Until the last one was answered and all nodes had one last block. */
  readonly settledMs: number
}

export type Apart = Part & {
  readonly isolated: readonly Continent[]
  /** Of the clients there, before it healed: how many had an answer. */
  readonly answered: { readonly inside: number; readonly outside: number }
  readonly sent: { readonly inside: number; readonly outside: number }
  /** Blocks that the cut off nodes and the others made meanwhile. */
  readonly blocks: { readonly inside: number; readonly outside: number }
}

export type TourReport = {
  readonly registered: Part
  readonly directory: ReturnType<typeof compareDirectories>
  readonly steady: Part
  /** Nodes that were down meanwhile. */
  readonly down: readonly string[]
  /** Records that went elsewhere than to the nearest gateway that was up. */
  readonly astray: readonly string[]
  readonly receipts: number
  readonly apart: Apart
  /** Everything that must not be; empty where all is well. */
  readonly faults: readonly string[]
}

/** Nothing takes so long; what does is a fault. */
const settleMsMax = 120_000
const downCount = 3
/** Every so many receipts are verified. */
const receiptStep = 8

/**
 * The plan of the whole network: all nodes register, clients write through their nearest gateways
 * while some are down, continents fall apart and come together.
 */
export async function runTour(world: World, options: TourOptions): Promise<TourReport> {
  const scenarios = new Scenarios(world)
  options.say('every node registers its facts')
  await scenarios.registerNodes(world.nodes.length * 40)
  const registered = await settled(world, scenarios, 0)
  const directory = compareDirectories(world)
  scenarios.addClients(world.nodes.length)

  options.say(`records everywhere, while ${downCount} nodes are down`)
  const down = quietNodes(world)
  for (const node of down) node.crash()
  const first = scenarios.sendings.length
  scenarios.sendRecords(options.records, options.recordsMs)
  await world.queue.run(options.recordsMs)
  const steady = await settled(world, scenarios, first)
  const astray = steady.sendings.flatMap((one) => whyAstray(world, one))
  for (const node of down) await node.start()
  const receipts = verifyReceiptsOf(world, steady.sendings, receiptStep)

  const apart = await comeApart(world, scenarios, options)
  const faults = [...world.watch.faults, ...bookFaults(world, scenarios.sendings)]
  const ids = down.map(({ id }) => id)
  return { registered, directory, steady, down: ids, astray, receipts, apart, faults }
}

async function settled(world: World, scenarios: Scenarios, from: number): Promise<Part> {
  const startMs = world.queue.nowMs
  const isSettled = await scenarios.settle(settleMsMax)
  if (!isSettled) world.watch.disagrees('all', `not settled after ${settleMsMax} ms`)
  return {
    sendings: scenarios.sendings.slice(from),
    settledMs: world.queue.nowMs - startMs,
  }
}

/** Nodes that sign nothing, by the seed. */
function quietNodes({ nodes, prng }: World): SimNode[] {
  const quiet = nodes.filter(({ facts }) => facts.validator === undefined)
  const first = prng.int(0, quiet.length - 1)
  const step = Math.ceil(quiet.length / downCount)
  return Array.from({ length: downCount }, (_, i) => quiet[(first + i * step) % quiet.length])
    .filter((one) => one !== undefined)
    .filter((one, i, all) => all.indexOf(one) === i)
}

/** Where a record was answered by another than the nearest node that was up, and nothing failed. */
function whyAstray(world: World, { from, gateway, faults }: Sending): string[] {
  const { nodesUp } = world
  const [teacher] = nodesUp
  // What was lost on its way was tried elsewhere, rightly.
  if (!gateway || !teacher || faults.includes('TIMEOUT')) return []
  const near = gatewaysNear(from.place, directoryOf(teacher))
  const up = new Set(nodesUp.map(({ id }) => gatewayOf(id)))
  const nearest = near.find((url) => up.has(url))
  const isRight = nearest === gatewayOf(gateway.id)
  return isRight || from.pool.gateways.some((one) => one.url === nearest && one.failures > 0)
    ? []
    : [`${gateway.id} answered what was for ${nearest}`]
}

/** Cuts off as many continents as can be while the others have a quorum. */
function isolatedOf({ validators }: World): Continent[] {
  const order: readonly Continent[] = [
    'South America',
    'North America',
    'Oceania',
    'Africa',
    'Europe',
  ]
  const isolated: Continent[] = []
  for (const continent of order) {
    const more = [...isolated, continent]
    const left = validators.filter(({ city }) => !more.includes(city.continent)).length
    if (left * 3 > validators.length * 2) isolated.push(continent)
  }
  return isolated
}

async function comeApart(
  world: World,
  scenarios: Scenarios,
  { records, apartMs, say }: TourOptions,
): Promise<Apart> {
  const isolated = isolatedOf(world)
  const isInside = ({ continent }: Place) => isolated.includes(continent as Continent)
  say(`${isolated.join(', ')} cut off for ${apartMs / 1000} s`)
  const nodesInside = world.nodes.filter(({ city }) => isInside(city))
  const heightOf = (nodes: readonly SimNode[]) =>
    Math.max(0, ...nodes.map(({ ledger }) => ledger.head.height))
  const from = scenarios.sendings.length
  const before = heightOf(world.nodes)
  world.network.partition((place) => (isInside(place) ? 1 : 0))
  scenarios.sendRecords(records, apartMs)
  // The last records have time to be answered.
  await world.queue.run(apartMs + 5000)
  const sides = { inside: 0, outside: 0 }
  const [answered, sent] = [{ ...sides }, { ...sides }]
  for (const { from: client, endMs } of scenarios.sendings.slice(from)) {
    const side = isInside(client.place) ? 'inside' : 'outside'
    sent[side]++
    if (endMs !== undefined) answered[side]++
  }
  const blocks = {
    inside: heightOf(nodesInside) - before,
    outside: heightOf(world.nodes) - before,
  }
  say('together again')
  world.network.heal()
  const part = await settled(world, scenarios, from)
  return { ...part, isolated, answered, sent, blocks }
}
