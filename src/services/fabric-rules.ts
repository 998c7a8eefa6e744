import type { Refusal } from '../crypto/check-statement.ts'
import { nodeKey } from '../ledger/modules/alliance-objects.ts'
import { idOf, invalid } from '../ledger/modules/module.ts'
import { readObject, type StateReader } from '../ledger/state/state-view.ts'
import { readService, type Service, whyNotRunning } from './service-state.ts'

/** What the acts of bsn:fabric have alike. */

/** Organisations of a channel. */
export const membersMax = 64

/** Whether a city node is active and of the member behind an owner. */
export function isNodeOf(node: string, owner: string, state: StateReader): boolean {
  const object = readObject(state, nodeKey(node))
  return object?.get('status') === 'active' && object.get('operator') === idOf(owner)
}

/** A service of Fabric that runs, or why there is none. */
export function runningService(id: string, state: StateReader): Service | Refusal {
  const service = readService(state, id)
  if (!service) return { code: 'SERVICE_UNKNOWN', detail: `There is no service ${id}.` }
  const stopped = whyNotRunning(id, service)
  if (stopped) return stopped
  return service.framework === 'fabric' ? service : invalid(`service: ${id} is not of fabric.`)
}
