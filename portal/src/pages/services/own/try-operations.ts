import type { Records } from '@openbsn/sdk'

/** What can be tried on a service, by its functions. */

export const operations = ['put', 'get', 'history', 'list'] as const
export type Operation = (typeof operations)[number]

export const isWrite = (operation: Operation): boolean => operation === 'put'

/** Does it; the answer is what the gateway said. */
export function run(
  records: Records,
  operation: Operation,
  { key, value }: { readonly key: string; readonly value: string },
): Promise<unknown> {
  const name = key.trim()
  if (operation === 'put') return records.put({ key: name, value: JSON.parse(value) as unknown })
  if (operation === 'get') return records.get(name)
  return operation === 'history' ? records.history(name) : records.list({ order: 'newest' })
}

export type Place = { readonly entry?: number; readonly height?: number }

/** Where the one record that an answer is about stands. */
export function placeOf(body: unknown): Place {
  const { index, height } = (body ?? {}) as { readonly index?: unknown; readonly height?: unknown }
  return {
    ...(typeof index === 'number' ? { entry: index } : {}),
    ...(typeof height === 'number' ? { height } : {}),
  }
}
