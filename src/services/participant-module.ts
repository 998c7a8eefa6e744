import type { Refusal } from '../crypto/check-statement.ts'
import { registerKey } from '../ledger/modules/keys.ts'
import {
  type Act,
  type ActHandler,
  checkFields,
  conflict,
  expectObject,
  idOf,
  invalid,
  kindOf,
  type Module,
  notAllowed,
  speaksFor,
} from '../ledger/modules/module.ts'
import { changeObject, type State, writeObject } from '../ledger/state/state-view.ts'
import {
  type Participant,
  type ParticipantStatus,
  participantKey,
  participantOf,
} from './participant-state.ts'
import { readService, type Service, whyNotRunning } from './service-state.ts'

/** Participants: who takes part in a service, in which role, and how each came and went. */

const idPattern = /^[a-z0-9][a-z0-9_-]{1,62}$/

/** The running service that an act is about, and its publisher's word on roles. */
function openService({ payload }: Act, state: State): Service | Refusal {
  const id = String(payload.get('service'))
  const service = readService(state, id)
  if (!service) return { code: 'SERVICE_UNKNOWN', detail: `There is no service ${id}.` }
  const stopped = whyNotRunning(id, service)
  if (stopped) return stopped
  const role = payload.get('role')
  if (role === undefined || service.roles.has(String(role))) return service
  return invalid(`role: the service ${id} has no role ${role}.`)
}

/** The publisher asks somebody in, whose key joins, and speaks for it from then on. */
function invite(act: Act, state: State): Refusal | undefined {
  const { payload, owner } = act
  const fields = { service: 'text', id: 'text', role: 'text', key: 'bytes' } as const
  const wrong = checkFields(payload, fields)
  if (wrong) return wrong
  const service = openService(act, state)
  if ('code' in service) return service
  if (!speaksFor(owner, service.publisher)) {
    return notAllowed('Only its publisher invites to a service.')
  }
  const id = String(payload.get('id'))
  if (!idPattern.test(id)) return invalid('id: 2 to 63 of a-z, 0-9, - and _.')
  const key = participantKey(String(payload.get('service')), id)
  if (state.get(key)) return conflict(`${key} exists already.`)
  // A participant's key in the state and its owner have one name.
  const kid = registerKey(state, key, payload.get('key') ?? null)
  if (typeof kid !== 'string') return kid
  writeObject(state, key, { role: String(payload.get('role')), owner: key, status: 'invited' })
  return undefined
}

/** A member, or its city node, asks to take part under its id: in an open service at once. */
function apply(act: Act, state: State): Refusal | undefined {
  const { payload, owner } = act
  const wrong = checkFields(payload, { service: 'text', role: 'text' })
  if (wrong) return wrong
  const service = openService(act, state)
  if ('code' in service) return service
  if (kindOf(owner) === 'participant') return notAllowed('Members apply; others are invited.')
  const key = participantKey(String(payload.get('service')), idOf(owner))
  if (state.get(key)) return conflict(`${key} exists already.`)
  const status = service.access === 'open' ? 'active' : 'applied'
  writeObject(state, key, { role: String(payload.get('role')), owner, status })
  return undefined
}

type Move = {
  readonly from: readonly ParticipantStatus[]
  readonly to: ParticipantStatus
  readonly by: 'publisher' | 'participant'
}

function move({ from, to, by }: Move): ActHandler {
  return (act, state) => {
    const { payload, owner } = act
    const wrong = checkFields(payload, { service: 'text', id: 'text', expect: 'number' })
    if (wrong) return wrong
    const [name, id] = [String(payload.get('service')), String(payload.get('id'))]
    const key = participantKey(name, id)
    const object = expectObject(state, key, payload.get('expect'))
    if (!(object instanceof Map)) return object
    const participant = participantOf(object)
    if (!speaksFor(owner, moverOf(by, participant, readService(state, name)))) {
      return notAllowed(`Only the ${by} does that to ${key}.`)
    }
    if (!from.includes(participant.status)) return conflict(`${key} is ${participant.status}.`)
    const service = to === 'active' ? openService(act, state) : undefined
    if (service && 'code' in service) return service
    changeObject(state, key, object, { status: to })
    return undefined
  }
}

const moverOf = (by: Move['by'], participant: Participant, service: Service | undefined) =>
  by === 'publisher' ? (service?.publisher ?? '') : participant.owner

export const participantsModule: Module = {
  name: 'bsn:participants',
  signers: ['member', 'operator', 'participant'],
  versions: [
    {
      version: 1,
      acts: {
        'application/vnd.openbsn.participant-invite+cbor': invite,
        'application/vnd.openbsn.participant-apply+cbor': apply,
        'application/vnd.openbsn.participant-join+cbor': move({
          from: ['invited', 'left'],
          to: 'active',
          by: 'participant',
        }),
        'application/vnd.openbsn.participant-approve+cbor': move({
          from: ['applied', 'rejected', 'removed'],
          to: 'active',
          by: 'publisher',
        }),
        'application/vnd.openbsn.participant-reject+cbor': move({
          from: ['applied'],
          to: 'rejected',
          by: 'publisher',
        }),
        'application/vnd.openbsn.participant-leave+cbor': move({
          from: ['invited', 'active'],
          to: 'left',
          by: 'participant',
        }),
        'application/vnd.openbsn.participant-remove+cbor': move({
          from: ['invited', 'active', 'left'],
          to: 'removed',
          by: 'publisher',
        }),
      },
    },
  ],
}
