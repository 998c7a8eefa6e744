import type { GatewayPool, PooledGateway } from './gateway-pool.ts'

export type ProbeOptions = {
  readonly fetch: typeof fetch
  /** Any clock that goes forward. */
  readonly nowMs: () => number
}

/** Measures gateways, and learns that one is back, without any secret. */
export interface GatewayProbes {
  /** Begins the probes that are due; the first time it waits until one gateway answered. */
  ready(): Promise<void>
}

/** A gateway that needs longer is none to prefer. */
const timeoutMs = 2000

/** Of a choice of one there is nothing to measure. */
export function createGatewayProbes(
  pool: GatewayPool,
  { fetch: doFetch, nowMs }: ProbeOptions,
): GatewayProbes {
  const underWay = new Set<PooledGateway>()
  let first: Promise<void> | undefined

  async function probe(gateway: PooledGateway): Promise<void> {
    const began = nowMs()
    underWay.add(gateway)
    gateway.probedAtMs = began
    try {
      const signal = AbortSignal.timeout(timeoutMs)
      const response = await doFetch(`${gateway.url}/readyz`, { signal, redirect: 'manual' })
      const latencyMs = nowMs() - began
      await response.body?.cancel()
      // What answers otherwise is there; who hides this page may serve all the same.
      if (response.status >= 500) throw new TypeError('it does not serve now')
      pool.measured(gateway, latencyMs)
      pool.succeeded(gateway)
    } catch {
      pool.failed(gateway)
    } finally {
      underWay.delete(gateway)
    }
  }

  function begin(): Promise<void>[] {
    const due = pool.gateways.length > 1 ? pool.due() : []
    return due.filter((one) => !underWay.has(one)).map(probe)
  }

  return {
    ready: async () => {
      const probes = begin()
      first ??= firstGood(probes, () =>
        pool.gateways.some(({ latencyMs }) => latencyMs !== undefined),
      )
      await first
    },
  }
}

/** Until one probe was good, or none is left. */
function firstGood(probes: readonly Promise<void>[], isGood: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    for (const probe of probes) void probe.then(() => isGood() && resolve())
    void Promise.all(probes).then(() => resolve())
  })
}
