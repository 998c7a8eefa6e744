import { randomBytes } from 'node:crypto'
import { CodedError } from '@openbsn/sdk'
import { readChainInfo } from '../../../frameworks/fabric/channels/channel-reads.ts'
import type { Clock } from '../../../kernel/clock.ts'
import type { JsonObject, JsonValue } from '../../../kernel/json.ts'
import type { Access } from '../../access/access.ts'
import { ownerOf } from '../../fabric-users/fabric-users.ts'
import type { AddressPolicy } from '../../webhooks/address-policy.ts'
import { checkWebhookUrl } from '../../webhooks/webhook-url.ts'
import type { Asked } from './calls.ts'
import { invalid, neededIn, textIn } from './envelope.ts'
import { bsnError } from './errors.ts'
import { eventKey } from './event-key.ts'
import type { EventStore, Registration } from './event-store.ts'
import type { Notifier } from './notifier.ts'

export type EventsDeps = {
  readonly access: Pick<Access, 'whyNoMore'>
  readonly clock: Clock
  readonly events: EventStore
  readonly notifier: Notifier
  readonly policy: AddressPolicy
  /** Of one application. */
  readonly registrationsMax: number
}

const [nameMax, attachedMax] = [128, 4096]

/**
 * Has an application told of events of a contract, or of blocks. The same once more is the same.
 * @throws BSN_EVENT*, WEBHOOK_*, REQUEST_INVALID, CALL_NOT_SENT, and why it may not
 */
export async function registerEvent(
  asked: Asked,
  kind: Registration['kind'],
  deps: EventsDeps,
): Promise<JsonObject> {
  requireEvents(asked, deps)
  const { application, body } = asked
  const isOfContract = kind === 'contract'
  const contract = isOfContract ? neededIn(body, 'chainCode') : ''
  const key = isOfContract ? neededIn(body, 'eventKey') : ''
  if (contract.length > nameMax) throw invalid(`body.chainCode: ${nameMax} signs at most.`)
  if (isOfContract) eventKey(key)
  const attached = textIn(body, 'attachArgs')
  if (attached.length > attachedMax) throw invalid(`body.attachArgs: ${attachedMax} signs at most.`)
  const url = checkWebhookUrl(neededIn(body, 'notifyUrl'), deps.policy).href
  const owner = ownerOf(application)
  const wanted = { kind, contract, eventKey: key, url, attached }
  const position = (await readChainInfo(application.hosted)).getHeight()
  // From here on nothing is waited for, so that nobody comes between.
  const all = deps.events.ofOwner(owner)
  const known = all.find((one) => isSame(one, wanted))
  if (known) return { eventId: known.id }
  if (all.length >= deps.registrationsMax) {
    const message = `There are ${all.length} of them, and may be no more.`
    throw bsnError('BSN_EVENTS_TOO_MANY', message)
  }
  const registration: Registration = {
    ...{ ...owner, ...wanted, position, id: randomBytes(16).toString('hex') },
    service: application.caller.service,
    userCode: application.named.userCode,
    created: deps.clock.nowSeconds(),
  }
  deps.events.add(registration)
  deps.notifier.add(registration)
  return { eventId: registration.id }
}

type Wanted = Pick<Registration, 'kind' | 'contract' | 'eventKey' | 'url' | 'attached'>

const isSame = (one: Wanted, other: Wanted) =>
  (['kind', 'contract', 'eventKey', 'url', 'attached'] as const).every(
    (name) => one[name] === other[name],
  )

/** What an application is told of. @throws why it may not */
export function listEvents(asked: Asked, deps: EventsDeps): JsonValue[] {
  requireEvents(asked, deps)
  const { application } = asked
  return deps.events.ofOwner(ownerOf(application)).map((one) => ({
    ...{ eventId: one.id, eventKey: one.eventKey, notifyUrl: one.url, attachArgs: one.attached },
    createTime: timeText(one.created),
    ...{ orgCode: application.hosted.mspId, userCode: one.userCode, appCode: one.application },
    chainCode: one.contract,
    // C# leaves it out of what it signs, so that it is there only where it says something.
    ...(one.kind === 'block' ? { eventType: 'block' } : {}),
  }))
}

/** Ends it; what is not there is gone already. @throws why it may not */
export function removeEvent(asked: Asked, deps: EventsDeps): null {
  requireEvents(asked, deps)
  const id = neededIn(asked.body, 'eventId')
  const own = deps.events.ofOwner(ownerOf(asked.application)).some((one) => one.id === id)
  if (own) {
    deps.events.remove(id)
    deps.notifier.remove(id)
  }
  return null
}

function requireEvents({ application: { served, caller } }: Asked, { access }: EventsDeps): void {
  const need = { served, service: caller.service, scope: 'webhooks:write' } as const
  const refusal = access.whyNoMore(caller, { ...need, function: 'events' })
  if (refusal) throw new CodedError(refusal.code, refusal.detail)
}

/** Such as 2026-11-26 17:49:25, in UTC. */
const timeText = (seconds: number) =>
  new Date(seconds * 1000).toISOString().slice(0, 19).replace('T', ' ')
