import { CodedError } from '@openbsn/sdk'
import { namedCredential } from '../access/credential.ts'
import { objectsOf } from '../access/state-objects.ts'
import type { Standing } from '../events/streams.ts'
import { findService, serviceOf } from '../framework-of.ts'
import type { ServedLedger } from '../served-ledger.ts'

/** In whose name a webhook reads: a credential, or whoever published the service. */

type Served = Pick<ServedLedger, 'ledger'>

/** The publisher of a service that has events. @throws SERVICE_UNKNOWN, NOT_ALLOWED */
export function requirePublishersEvents(served: Served, name: string): string {
  const { publisher, functions } = serviceOf(served, name)
  if (functions.includes('events')) return publisher
  throw new CodedError('NOT_ALLOWED', `There are no events in ${name}.`)
}

/** Why nothing is sent in a name now; what holds credentials up is for `ofCredential` to say. */
export function standingOf(ofCredential: Standing): Standing {
  return (served, caller) => {
    // Publishers are called such as `operator/admin`; no id of a credential has a slash.
    if (!caller.credential.includes('/')) return ofCredential(served, caller)
    const service = findService(served, caller.service)
    if (!service) return 'SERVICE_UNKNOWN'
    const { publisher, functions } = service
    const may = publisher === caller.credential && functions.includes('events')
    return may ? undefined : 'NOT_ALLOWED'
  }
}

/** Whether a credential is the publisher's own: what participants have is theirs alone. */
export function isOfPublisher(served: Served, credential: string): boolean {
  const found = namedCredential(objectsOf(served.ledger), credential)
  return found !== undefined && found.participant === undefined
}
