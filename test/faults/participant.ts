import { setTimeout as pause } from 'node:timers/promises'
import { canonicalJson, toBase64url, utf8 } from '@openbsn/sdk'
import type { Line } from './history.ts'

/** Who uses a gateway from outside, over all its lives, and writes down what happens. */
export interface Participant {
  /** Uses the gateway until it is gone, or the signal says that this is enough. */
  run(gateway: string, signal: AbortSignal): Promise<void>
}

/** A service with all that an off-network system needs to use it. */
export type Tenant = {
  readonly ledger: string
  readonly service: string
  readonly credential: string
  readonly apiKey: string
}

export const servicePath = ({ ledger, service }: Tenant) =>
  `/api/v1/ledgers/${ledger}/services/${service}`

export const bearer = ({ apiKey }: Tenant) => ({ authorization: `Bearer ${apiKey}` })

/** A CloudEvent as an event stream, a WebSocket or a webhook brings it. */
export type CloudEvent = { readonly id: string; readonly position: string; readonly data: unknown }

export function hadLine({ id, position, data }: CloudEvent): Line {
  const payload = toBase64url(utf8(canonicalJson(data)))
  return { kind: 'had', position: Number(position), id, payload }
}

/** Waits, but not longer than the signal allows. */
export function briefly(milliseconds: number, signal: AbortSignal): Promise<void> {
  return pause(milliseconds, undefined, { signal }).catch(() => undefined)
}

/** Connects whenever a connection has ended, until the signal says that this is enough. */
export async function again(signal: AbortSignal, connect: () => Promise<void>): Promise<void> {
  while (!signal.aborted) {
    await connect()
    await briefly(50, signal)
  }
}
