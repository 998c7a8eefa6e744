import { readObject, type StateObject, type StateReader } from '../ledger/state/state-view.ts'
import type { Service } from './service-state.ts'

/** Participants of services as the state has them: for the rules here, and for gateways. */

export const participantKey = (service: string, id: string) => `participant/${service}/${id}`

export type ParticipantStatus = 'invited' | 'applied' | 'active' | 'rejected' | 'left' | 'removed'

export type Participant = {
  readonly role: string
  /** Whose keys speak for it: `participant/<service>/<id>` once invited, else who applied. */
  readonly owner: string
  readonly status: ParticipantStatus
  readonly version: number
}

export function readParticipant(
  state: StateReader,
  service: string,
  id: string,
): Participant | undefined {
  const object = readObject(state, participantKey(service, id))
  return object && participantOf(object)
}

/** A participant's object, typed. */
export function participantOf(object: StateObject): Participant {
  return {
    role: String(object.get('role')),
    owner: String(object.get('owner')),
    status: object.get('status') as ParticipantStatus,
    version: Number(object.get('version')),
  }
}

/** What may be called in a service: all that it offers, or what it offers to a role. */
export function functionsFor(
  { functions, roles }: Service,
  participant: Participant | undefined,
): readonly string[] {
  if (!participant) return functions
  const ofRole = roles.get(participant.role) ?? []
  return functions.filter((one) => ofRole.includes(one))
}
