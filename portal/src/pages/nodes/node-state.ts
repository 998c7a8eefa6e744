import type { NodeObject } from '@openbsn/sdk'

export type NodeState = 'up' | 'behind' | 'down' | 'unknown' | 'retired'

/** So many blocks behind are told: less is the time between two questions. */
const behindMin = 10

/** How a node is, as the gateway that is asked finds it; that one does not ask itself. */
export function nodeState({ status, liveness }: NodeObject): NodeState {
  if (status === 'retired') return 'retired'
  if (!liveness) return 'unknown'
  const { asked, seen, behind = 0 } = liveness
  if (seen === undefined || seen < asked) return 'down'
  return behind >= behindMin ? 'behind' : 'up'
}
