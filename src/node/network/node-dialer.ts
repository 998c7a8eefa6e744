/** What a node needs to reach the others of its network. */
export type NodeDialerDeps = {
  /** CometBFT's name of this node. */
  readonly own: string
  /** Nodes of the network as `id@host:port`, in the same order at each of them. */
  readonly known: () => readonly string[]
  /** Ids of the nodes that it is connected to. Fails where CometBFT does not run. */
  readonly connected: () => Promise<readonly string[]>
  /** Has CometBFT connect to these, and try again when they are lost. */
  readonly dial: (peers: readonly string[]) => Promise<unknown>
  /** Between two looks. */
  readonly intervalMs?: number
}

/** Connects a node to those that became known after it was started. */
export interface NodeDialer {
  start(): void
  stop(): void
}

/** Connections that a node makes itself: more than any set of validators needs. */
export const peersMax = 20

/**
 * The nodes that one connects to: those after it in the common order, round the end, so that many
 * nodes do not all connect to the same few.
 */
export function peersToDial(known: readonly string[], own: string): string[] {
  const place = known.findIndex((one) => idOf(one) === own)
  const others = [...known.slice(place + 1), ...known.slice(0, Math.max(0, place))]
  return others.filter((one) => idOf(one) !== own).slice(0, peersMax)
}

/**
 * CometBFT tells its peers of each other every half a minute only: were the node that let all
 * others in to die before, they would not know where to find each other, and stand still.
 */
export function createNodeDialer(deps: NodeDialerDeps): NodeDialer {
  const { own, known, connected, dial, intervalMs = 3000 } = deps
  let timer: NodeJS.Timeout | undefined
  const look = async () => {
    const there = new Set(await connected())
    const missing = peersToDial(known(), own).filter((one) => !there.has(idOf(one)))
    if (missing.length > 0) await dial(missing)
  }
  const next = (ms: number) => {
    // CometBFT that does not run, or refuses one, is asked again.
    const run = () => look().then(again, again)
    timer = setTimeout(run, ms)
  }
  const again = () => {
    if (timer) next(intervalMs)
  }
  return {
    start: () => next(intervalMs / 6),
    stop: () => {
      clearTimeout(timer)
      timer = undefined
    },
  }
}

const idOf = (peer: string) => peer.slice(0, peer.indexOf('@'))
