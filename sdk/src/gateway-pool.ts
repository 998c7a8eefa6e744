/** A gateway and who runs it: API keys go only to operators that their credential names. */
export type GatewayAddress = {
  /** Base address, such as http://127.0.0.1:8420. */
  readonly url: string
  /** Id of the member that runs it. */
  readonly operator?: string
}

/** A gateway as it has behaved lately. */
export type PooledGateway = GatewayAddress & { failures: number; restsUntilMs: number }

export type GatewayPool = {
  readonly gateways: readonly PooledGateway[]
  /**
   * The gateway to ask now, of those that `mayUse` admits: the first that works, else the one that
   * has rested longest. `isResting` tells that it failed lately. Undefined where none is admitted.
   */
  pick(
    mayUse: (gateway: GatewayAddress) => boolean,
  ): { readonly gateway: PooledGateway; readonly isResting: boolean } | undefined
  succeeded(gateway: PooledGateway): void
  /** It is left alone for a while, and longer with every failure on end. */
  failed(gateway: PooledGateway): void
}

/** A gateway that is dead for long is asked once in so many times `restMs`. */
const restFactorMax = 16

/** `nowMs` is any clock that goes forward. */
export function createGatewayPool(
  addresses: readonly GatewayAddress[],
  { restMs, nowMs }: { readonly restMs: number; readonly nowMs: () => number },
): GatewayPool {
  const gateways = addresses.map((one) => ({
    ...one,
    url: one.url.replace(/\/+$/, ''),
    failures: 0,
    restsUntilMs: 0,
  }))
  return {
    gateways,
    pick: (mayUse) => {
      const now = nowMs()
      const usable = gateways.filter(mayUse)
      const working = usable.find(({ restsUntilMs }) => restsUntilMs <= now)
      if (working) return { gateway: working, isResting: false }
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
  }
}
