import { setTimeout } from 'node:timers/promises'
import { nodeOf } from '../../alliance/node-state.ts'
import type { Clock } from '../../kernel/clock.ts'
import type { Ledger } from '../../ledger/ledger.ts'
import { nodeKey } from '../../ledger/modules/alliance-objects.ts'
import { objectIn } from '../../ledger/state/state-view.ts'
import type { NodeProbe } from './node-probe.ts'

/** How a node answered this one; times in seconds since 1970. */
export type NodeLiveness = {
  /** When it was asked last; it did not answer then where `seen` is before, or missing. */
  readonly asked: number
  readonly seen?: number
  readonly latencyMs?: number
  /** Of its last block when it was seen. */
  readonly height?: number
  /** Blocks that it was behind this node then. */
  readonly behind?: number
}

export type NodeWatchOptions = {
  /** Id of this node, which is not asked. */
  readonly node: string
  /** Each node is asked once in so long. */
  readonly nodeProbeMs: number
}

export type NodeWatchDeps = {
  readonly ledgers: readonly WatchedLedger[]
  readonly clock: Clock
  readonly probe: NodeProbe
  /** False for addresses that nothing is asked of. */
  readonly mayProbe: (gateway: string) => boolean
  /** Waits; the real time where absent. */
  readonly pause?: (ms: number, signal: AbortSignal) => Promise<void>
}

export type WatchedLedger = Pick<Ledger, 'id' | 'head' | 'objects'>

/** Which of the nodes that the state names are there, as this node finds out by asking them. */
export interface NodeWatch {
  /** Undefined of a node that was not asked. */
  of(ledger: string, id: string): NodeLiveness | undefined
  /** The last block of the others that answered last time: the highest; undefined if nobody did. */
  highest(ledger: string): number | undefined
  start(): void
  /** Nothing is asked any more when it settles. */
  close(): Promise<void>
}

/** More nodes than any alliance has: what one writes into the state bounds no memory by itself. */
const nodesMax = 2000
const underWayMax = 8
/** Pace of the first round, which does not know how many there are: 300 nodes in a minute. */
const firstStepMs = 200
const stepMsMin = 20

const realPause = async (ms: number, signal: AbortSignal): Promise<void> => {
  await setTimeout(ms, undefined, { signal, ref: false }).catch(() => undefined)
}

/** Asks one node after the other, evenly over the time of a round, so that many cost little. */
export function createNodeWatch(
  { node: own, nodeProbeMs }: NodeWatchOptions,
  { ledgers, clock, probe, mayProbe, pause = realPause }: NodeWatchDeps,
): NodeWatch {
  const known = new Map<string, NodeLiveness>()
  const underWay = new Set<Promise<void>>()
  const stopping = new AbortController()
  const { signal } = stopping
  let running: Promise<void> = Promise.resolve()

  async function ask({ name, ledger, gateway }: Target): Promise<void> {
    const before = known.get(name)
    const found = await probe({ gateway, ledger: ledger.id }, signal)
    if (signal.aborted) return
    const asked = clock.nowSeconds()
    if (!found) known.set(name, { ...before, asked })
    else {
      const behind = Math.max(0, ledger.head.height - found.height)
      known.set(name, { ...found, asked, seen: asked, behind })
    }
  }

  async function begin(target: Target): Promise<void> {
    if (underWay.size >= underWayMax) await Promise.race(underWay)
    const asking = ask(target).finally(() => underWay.delete(asking))
    underWay.add(asking)
  }

  /** Returns how many there were. */
  async function round(stepMs: number): Promise<number> {
    const names = new Set<string>()
    for (const target of targets(ledgers, (id, gateway) => id !== own && mayProbe(gateway))) {
      if (signal.aborted || names.size >= nodesMax) break
      names.add(target.name)
      await begin(target)
      await pause(stepMs, signal)
    }
    await Promise.all(underWay)
    for (const name of known.keys()) if (!names.has(name)) known.delete(name)
    return names.size
  }

  async function run(): Promise<void> {
    let stepMs = firstStepMs
    while (!signal.aborted) {
      const count = await round(stepMs)
      if (count === 0) await pause(nodeProbeMs, signal)
      stepMs = Math.max(stepMsMin, nodeProbeMs / Math.max(1, count))
    }
  }

  return {
    of: (ledger, id) => (id === own ? ownOf(ledger) : known.get(nameOf(ledger, id))),
    highest: (ledger) => {
      const heights = [...known]
        .filter(([name, { asked, seen }]) => name.startsWith(nameOf(ledger, '')) && asked === seen)
        .map(([, { height }]) => height ?? 0)
      return heights.length === 0 ? undefined : Math.max(...heights)
    },
    start: () => {
      running = run()
    },
    close: async () => {
      stopping.abort()
      await running
    },
  }

  function ownOf(id: string): NodeLiveness | undefined {
    const ledger = ledgers.find((one) => one.id === id)
    if (!ledger) return undefined
    const now = clock.nowSeconds()
    return { asked: now, seen: now, latencyMs: 0, height: ledger.head.height, behind: 0 }
  }
}

const nameOf = (ledger: string, id: string) => `${ledger}/${id}`

type Target = {
  readonly name: string
  readonly ledger: WatchedLedger
  readonly gateway: string
}

/** Active nodes of every ledger, read one by one: the state may change between two. */
function* targets(
  ledgers: readonly WatchedLedger[],
  isAsked: (id: string, gateway: string) => boolean,
): Generator<Target> {
  const prefix = nodeKey('')
  for (const ledger of ledgers) {
    let after: string | undefined
    for (;;) {
      const [item] = ledger.objects(prefix, after, 1)
      if (!item) break
      after = item.key
      const id = item.key.slice(prefix.length)
      const { gateway, status } = nodeOf(objectIn(item.value))
      if (status !== 'active' || !isAsked(id, gateway)) continue
      yield { name: nameOf(ledger.id, id), ledger, gateway }
    }
  }
}
