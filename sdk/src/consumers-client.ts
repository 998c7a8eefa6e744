import { type AskJson, askAll } from './json-send.ts'

/** A name whose acknowledged position a gateway keeps. */
export type ConsumerObject = {
  readonly name: string
  /** First position that is not acknowledged. */
  readonly position: number
  /** Position that the next event will have at least. */
  readonly head: number
  /** Whether a stream has the name at the gateway that was asked. */
  readonly connected: boolean
}

/** Named consumers of one service's events, of the credential that asks: needs `events:read`. */
export interface Consumers {
  /** In the order of their names. */
  list(): Promise<readonly ConsumerObject[]>
  /**
   * Everything before a position is dealt with: the next stream of that name goes on there. Never
   * goes back; a name that is new begins there. @throws CONSUMERS_TOO_MANY
   */
  acknowledge(name: string, position: number): Promise<ConsumerObject>
  /** Forgets a name and its position; whoever has it is cut off. @throws CONSUMER_NOT_FOUND */
  delete(name: string): Promise<void>
}

/** @throws nothing; the first request does */
export function createConsumers(ask: AskJson, service: string): Consumers {
  const base = `/services/${encodeURIComponent(service)}/events/consumers`
  const one = (name: string) => `${base}/${encodeURIComponent(name)}`
  return {
    acknowledge: (name, position) => ask(one(name), { method: 'PUT', body: { position } }),
    list: () => askAll<ConsumerObject>(ask, base, 'consumers'),
    delete: (name) => ask(one(name), { method: 'DELETE' }),
  }
}
