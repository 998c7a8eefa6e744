import { type AskJson, askAll } from './json-send.ts'

/** A name whose acknowledged position is kept, for those who read events over a WebSocket. */
export type ConsumerObject = {
  readonly name: string
  /** First position that is not acknowledged. */
  readonly position: number
  /** Position that the next event will have at least. */
  readonly head: number
  /** Whether a WebSocket has the name at the gateway that was asked. */
  readonly connected: boolean
}

/** Named consumers of one service's events, of the credential that asks: needs `events:read`. */
export interface Consumers {
  /** In the order of their names. */
  list(): Promise<readonly ConsumerObject[]>
  /** Forgets a name and its position; whoever has it is cut off. @throws CONSUMER_NOT_FOUND */
  delete(name: string): Promise<void>
}

/** @throws nothing; the first request does */
export function createConsumers(ask: AskJson, service: string): Consumers {
  const base = `/services/${encodeURIComponent(service)}/events/consumers`
  return {
    list: () => askAll<ConsumerObject>(ask, base, 'consumers'),
    delete: (name) => ask(`${base}/${encodeURIComponent(name)}`, { method: 'DELETE' }),
  }
}
