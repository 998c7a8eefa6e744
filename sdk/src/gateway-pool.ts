import { type Coordinates, distanceKm } from './distance.ts'

/** A gateway and who runs it: API keys go only to operators that their credential names. */
export type GatewayAddress = {
  /** Base address, such as http://127.0.0.1:8420. */
  readonly url: string
  /** Id of the member that runs it. */
  readonly operator?: string
  /** Where it stands: with `near` of the client it is known how far away that is. */
  readonly place?: Coordinates
}

/** A gateway as it has behaved lately. */
export type PooledGateway = GatewayAddress & {
  failures: number
  restsUntilMs: number
  /** How long a probe took, smoothed; undefined until one came through. */
  latencyMs: number | undefined
  probedAtMs: number | undefined
  /** True once an answer of it was found to be false: it is the last to be asked. */
  lied: boolean
}

export type MayUse = (gateway: GatewayAddress) => boolean

export type GatewayPool = {
  readonly gateways: readonly PooledGateway[]
  /**
   * The gateway to ask now, of those that `mayUse` admits: of those that work the nearest, or the
   * first; else the one that has rested longest. `isResting` tells that it failed lately. Undefined
   * where none is admitted.
   */
  pick(mayUse: MayUse): { readonly gateway: PooledGateway; readonly isResting: boolean } | undefined
  succeeded(gateway: PooledGateway): void
  /** It is left alone for a while, and longer with every failure on end. */
  failed(gateway: PooledGateway): void
  /** A probe came through after so long. */
  measured(gateway: PooledGateway, latencyMs: number): void
  /** Takes more gateways in; those that are known stay as they are. */
  add(addresses: readonly GatewayAddress[]): void
  /** Gateways that a probe is due for, the nearest first. */
  due(): PooledGateway[]
}

export type PoolOptions = {
  readonly restMs: number
  /** Asks for the nearest, and measures; else for the first in the order in which they came. */
  readonly prefer: 'nearest' | 'first'
  /** Where the client is. */
  readonly near?: Coordinates
  /** Time from one probe of a gateway that works to the next. */
  readonly probeMs: number
  /** Any clock that goes forward. */
  readonly nowMs: () => number
}

/** A gateway that is dead for long is asked once in so many times `restMs`. */
const restFactorMax = 16
/** Of many gateways only the nearest are probed. */
const probedMax = 8
/** Light in glass goes there and back over 100 km in 1 ms; no cable is straight. */
const kilometresPerMs = 60

export function createGatewayPool(
  addresses: readonly GatewayAddress[],
  { restMs, prefer, near, probeMs, nowMs }: PoolOptions,
): GatewayPool {
  const gateways: PooledGateway[] = []
  let current: PooledGateway | undefined

  const costMs = ({ latencyMs, place }: PooledGateway) =>
    latencyMs ?? (near && place ? distanceKm(near, place) / kilometresPerMs : Infinity)
  const nearer = (a: PooledGateway, b: PooledGateway) => {
    const [first, second] = [costMs(a), costMs(b)]
    return first === second ? 0 : first - second
  }
  // One that failed is taken back by a probe where there are probes, else by trying it.
  const works = ({ failures, restsUntilMs }: PooledGateway) =>
    prefer === 'nearest' ? failures === 0 : restsUntilMs <= nowMs()

  /** Changing costs connections, and the new one may be a block behind: it has to be worth it. */
  function nearestOf(working: readonly PooledGateway[]): PooledGateway | undefined {
    const [best] = working.toSorted(nearer)
    const isKept = best && current && working.includes(current) && !isMuchNearer(best, current)
    current = isKept ? current : best
    return current
  }

  const isMuchNearer = (a: PooledGateway, b: PooledGateway) => 2 * costMs(a) + 10 < costMs(b)

  function add(more: readonly GatewayAddress[]): void {
    for (const one of more) {
      const url = one.url.replace(/\/+$/, '')
      if (gateways.some((known) => known.url === url && known.operator === one.operator)) continue
      const unknown = { latencyMs: undefined, probedAtMs: undefined, lied: false }
      gateways.push({ ...one, url, failures: 0, restsUntilMs: 0, ...unknown })
    }
  }

  add(addresses)
  return {
    gateways,
    add,
    pick: (mayUse) => {
      const admitted = gateways.filter(mayUse)
      const honest = admitted.filter(({ lied }) => !lied)
      const usable = honest.length > 0 ? honest : admitted
      const working = usable.filter(works)
      const gateway = prefer === 'nearest' ? nearestOf(working) : working[0]
      if (gateway) return { gateway, isResting: false }
      const [rested] = usable.toSorted((a, b) => a.restsUntilMs - b.restsUntilMs)
      return rested && { gateway: rested, isResting: true }
    },
    succeeded: (gateway) => {
      gateway.failures = 0
      gateway.restsUntilMs = 0
    },
    failed: (gateway) => {
      const factor = Math.min(restFactorMax, 2 ** gateway.failures)
      gateway.failures++
      gateway.restsUntilMs = nowMs() + restMs * factor
    },
    measured: (gateway, latencyMs) => {
      const before = gateway.latencyMs ?? latencyMs
      gateway.latencyMs = 0.7 * before + 0.3 * latencyMs
    },
    due: () => {
      const now = nowMs()
      const isDue = ({ failures, restsUntilMs, probedAtMs }: PooledGateway) =>
        failures > 0 ? restsUntilMs <= now : probedAtMs === undefined || probedAtMs + probeMs <= now
      return gateways
        .filter(({ lied }) => !lied)
        .toSorted(nearer)
        .slice(0, probedMax)
        .filter(isDue)
    },
  }
}
