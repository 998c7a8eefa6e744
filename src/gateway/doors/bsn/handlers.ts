import { hash } from 'node:crypto'
import { CodedError } from '@openbsn/sdk'
import type { JsonObject, JsonValue } from '../../../kernel/json.ts'
import type { Need } from '../../access/access.ts'
import type { Application } from './application.ts'
import { type Asked, type CallDeps, callAsUser, callBySignature } from './calls.ts'
import type { EndpointName } from './endpoints.ts'
import { neededIn, textIn } from './envelope.ts'
import { bsnError } from './errors.ts'
import { type EventsDeps, listEvents, registerEvent, removeEvent } from './events.ts'
import { algorithmTypes } from './mac.ts'
import {
  getBlockData,
  getBlockInfo,
  getLedgerInfo,
  getTransaction,
  getTransactionData,
} from './reads.ts'

export type HandlerDeps = CallDeps & EventsDeps

/** What is answered to a request that is its application's own. @throws why it cannot be */
export type Handler = (asked: Asked, deps: HandlerDeps) => Promise<JsonValue> | JsonValue

/** Lets those read alone who may. */
const reading =
  (read: Handler): Handler =>
  (asked, deps) => {
    requireRight(asked, { scope: 'records:read', function: 'call' }, deps)
    return read(asked, deps)
  }

/** As `reading`, for who may write. */
const writing =
  (write: Handler): Handler =>
  (asked, deps) => {
    requireRight(asked, { scope: 'records:write', function: 'send' }, deps)
    return write(asked, deps)
  }

function requireRight(
  { application: { served, caller } }: Asked,
  right: Pick<Need, 'scope' | 'function'>,
  { access }: HandlerDeps,
): void {
  const refusal = access.whyNoMore(caller, { served, service: caller.service, ...right })
  if (refusal) throw new CodedError(refusal.code, refusal.detail)
}

const register: Handler = async ({ application, body }, { users }) => {
  const name = neededIn(body, 'name')
  return { name, secret: await users.register(application, name, textIn(body, 'secret')) }
}

const enroll: Handler = async ({ application, body }, { users }) => {
  if (application.service.keyMode !== 'public-key-upload') {
    throw bsnError('BSN_KEY_MODE', 'The service is one of key-trust, which has no enrolment.')
  }
  const [name, secret] = [neededIn(body, 'name'), textIn(body, 'secret')]
  const request = neededIn(body, 'csrPem')
  return { cert: await users.enroll(application, { name, secret, request }) }
}

/** What each path does. Of calls it is not known before whether they read or write. */
export const handlers: Readonly<Record<EndpointName, Handler>> = {
  'user/register': writing(register),
  'user/enroll': writing(enroll),
  'node/reqChainCode': callAsUser,
  'node/trans': callBySignature,
  'node/getTransaction': reading(getTransaction),
  'node/getTransdata': reading(getTransactionData),
  'node/getBlockInfo': reading(getBlockInfo),
  'node/getBlockData': reading(getBlockData),
  'node/getLedgerInfo': reading(getLedgerInfo),
  'chainCode/event/register': (asked, deps) => registerEvent(asked, 'contract', deps),
  'chainCode/event/blockRegister': (asked, deps) => registerEvent(asked, 'block', deps),
  'chainCode/event/query': listEvents,
  'chainCode/event/remove': removeEvent,
}

/** Clients know two versions of Fabric; this one speaks of proposals as all since 2.0 do. */
const fabricVersion = '2.2.1'

/** What a client asks for once, when it starts. */
export function appInfo({ caller, service, keys, hosted }: Application): JsonObject {
  return {
    appName: caller.service,
    appType: 'fabric',
    caType: service.keyMode === 'key-trust' ? 1 : 2,
    algorithmType: algorithmTypes[keys[0].algorithm],
    mspId: hosted.mspId,
    channelId: hosted.name,
    fabricVersion,
  }
}

/** What a request should have been signed over, for whoever looks for the difference. */
export function expectedText(text: string, isRight: boolean): JsonObject {
  const [sha256, sm3] = ['sha256', 'sm3'].map((name) => hash(name, text, 'hex'))
  return { text, sha256: sha256 ?? '', sm3: sm3 ?? '', isRight: String(isRight) }
}
