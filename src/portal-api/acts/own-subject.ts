import { CodedError } from '@openbsn/sdk'
import type { Ledger } from '../../ledger/ledger.ts'
import { readCredential } from '../../services/credential-state.ts'
import { type ActName, isOfNode } from '../rights.ts'
import type { PortalStore } from '../store/portal-store.ts'
import type { AskedAct } from './do-act.ts'

export type OwnDeps = {
  readonly ledger: Ledger
  /** The member whose operator signs, for all organisations of the node. */
  readonly operator: string
  readonly store: PortalStore
}

type Asked = Pick<AskedAct, 'organisation' | 'act' | 'fields'>

/**
 * What an act is about, where it is the organisation's own: a new service is, and what it takes
 * part in. One operator signs for all, so the ledger cannot tell them apart. Whose something is, is
 * judged before anything of it is told: nobody learns what others have.
 * @throws SERVICE_OF_OTHERS, PARTICIPANT_OF_OTHERS
 */
export async function ownSubject(asked: Asked, deps: OwnDeps): Promise<string> {
  const { act, fields } = asked
  const named = (name: string) => String(fields[name] ?? '')
  if (act === 'service-create') return `service/${named('id')}`
  // Whose node it is, the ledger knows: its operator is who signs.
  if (isOfNode(act)) return `node/${named('id')}`
  if (act === 'participant-apply') return `participant/${named('service')}/${deps.operator}`
  if (ofParticipants.has(act)) {
    const place = { service: named('service'), participant: named('id') }
    if (!(await isOwnPart(asked, place, deps))) throw partOfOthers(place)
    return `participant/${place.service}/${place.participant}`
  }
  if (act.startsWith('credential-')) {
    await requireOwnCredential(asked, deps)
    return `credential/${named('id')}`
  }
  const service = act.startsWith('service-') ? named('id') : named('service')
  if (!(await isOwnService(asked, service, deps))) throw serviceOfOthers(service)
  if (act.startsWith('service-')) return `service/${service}`
  if (act.startsWith('account-')) return `account/${service}/${named('address')}`
  if (act === 'contract-define') return `contract/${service}/${named('name')}`
  return `participant/${service}/${named('id')}`
}

/** What whoever takes part does; all else about participants, the publisher does. */
const ofParticipants: ReadonlySet<ActName> = new Set(['participant-join', 'participant-leave'])

async function isOwnService({ organisation }: Asked, service: string, deps: OwnDeps) {
  return (await deps.store.ownerOf(deps.ledger.id, service)) === organisation
}

type Part = { readonly service: string; readonly participant: string }

async function isOwnPart(
  { organisation }: Asked,
  { service, participant }: Part,
  { store, ledger, operator }: OwnDeps,
): Promise<boolean> {
  if (participant !== operator) return false
  return (await store.partOwnerOf(ledger.id, `${service}/${participant}`)) === organisation
}

/**
 * What a participant has is its own, also from the publisher; who published the service may stop it
 * all the same.
 */
async function requireOwnCredential(asked: Asked, deps: OwnDeps): Promise<void> {
  const { act, fields } = asked
  const isNew = act === 'credential-create'
  const { service, participant } = isNew
    ? { service: String(fields.service ?? ''), participant: fields.participant }
    : (readCredential(deps.ledger, String(fields.id ?? '')) ?? {})
  if (service !== undefined && participant === deps.operator) {
    const place = { service, participant }
    if (await isOwnPart(asked, place, deps)) return
    if (isNew || act === 'credential-rotate') throw partOfOthers(place)
  }
  if (service !== undefined && (await isOwnService(asked, service, deps))) return
  if (isNew) throw serviceOfOthers(service ?? '')
  const message = 'The credential is for no service of this organisation.'
  throw new CodedError('SERVICE_OF_OTHERS', message)
}

function serviceOfOthers(service: string): CodedError {
  const message = `The organisation did not publish the service ${service}.`
  return new CodedError('SERVICE_OF_OTHERS', message)
}

function partOfOthers({ service, participant }: Part): CodedError {
  const message = `The organisation is not ${participant} in ${service}.`
  return new CodedError('PARTICIPANT_OF_OTHERS', message)
}
