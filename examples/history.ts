import { setTimeout } from 'node:timers/promises'
import type { Records, StoredRecord } from '@openbsn/sdk'

const triesMax = 100
const pauseMs = 50

/** One page of any list. */
export type Page<T> = {
  readonly items: readonly T[]
  readonly next?: string
  /** First index that the list has not seen yet. */
  readonly position: number
}

/**
 * All pages of a list. Lists follow the log: `upTo` is an entry that they must have seen, such as
 * that of one's own last write, and what is behind it is read again.
 */
export async function wholeList<T>(
  upTo: number,
  read: (cursor: { readonly cursor?: string }) => Promise<Page<T>>,
): Promise<T[]> {
  for (let tries = 0; tries < triesMax; tries++) {
    let page = await read({})
    const items = [...page.items]
    while (page.next !== undefined) {
      page = await read({ cursor: page.next })
      items.push(...page.items)
    }
    if (page.position > upTo) return items
    await setTimeout(pauseMs)
  }
  throw new TypeError(`The lists have not seen entry ${upTo} for seconds.`)
}

/** Every record with a key, the oldest first. */
export function wholeHistory(
  records: Records,
  { key, upTo }: { readonly key: string; readonly upTo: number },
): Promise<StoredRecord[]> {
  return wholeList(upTo, async (cursor) => {
    const { records: items, ...page } = await records.history(key, { order: 'oldest', ...cursor })
    return { items, ...page }
  })
}
