import { setTimeout } from 'node:timers/promises'
import type { Records, StoredRecord } from '@openbsn/sdk'

const triesMax = 100
const pauseMs = 50

/**
 * Every record with a key, the oldest first. Lists follow the log: `upTo` is the index of an entry
 * that they must have seen, such as that of one's own last write.
 */
export async function wholeHistory(
  records: Records,
  { key, upTo }: { readonly key: string; readonly upTo: number },
): Promise<StoredRecord[]> {
  for (let tries = 0; tries < triesMax; tries++) {
    const { found, position } = await readPages(records, key)
    if (position > upTo) return found
    await setTimeout(pauseMs)
  }
  throw new TypeError(`The lists of ${key} have not seen entry ${upTo} for seconds.`)
}

async function readPages(records: Records, key: string) {
  const found: StoredRecord[] = []
  let cursor: string | undefined
  for (;;) {
    const page = await records.history(key, { order: 'oldest', ...(cursor ? { cursor } : {}) })
    found.push(...page.records)
    if (page.next === undefined) return { found, position: page.position }
    cursor = page.next
  }
}
