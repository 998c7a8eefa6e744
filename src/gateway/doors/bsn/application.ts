import { CodedError, decodeCoseKey, type Environment } from '@openbsn/sdk'
import type { HostedChannel } from '../../../frameworks/fabric/hosted-channel.ts'
import type { Clock } from '../../../kernel/clock.ts'
import { keyStateKey } from '../../../ledger/modules/keys.ts'
import { idOf } from '../../../ledger/modules/module.ts'
import type { StateObject } from '../../../ledger/state/state-view.ts'
import type { Service } from '../../../services/service-state.ts'
import type { Holder } from '../../access/access.ts'
import { type Named as Credential, namedCredential } from '../../access/credential.ts'
import { objectsOf, type StateObjects } from '../../access/state-objects.ts'
import { homeElsewhere } from '../../fabric-users/home-node.ts'
import { findService } from '../../framework-of.ts'
import { environmentOf, type ServedLedgers } from '../../served-ledger.ts'
import { bsnError } from './errors.ts'
import { isMacAlgorithm, type MacAlgorithm, type MacVerifier, macVerifier } from './mac.ts'
import type { Named } from './mac-text.ts'

/** A key that a client's mac is checked by. */
export type MacKey = { readonly algorithm: MacAlgorithm; readonly verifier: MacVerifier }

/** What a client of BSN is to this network: a credential, and whose it is. */
export type Application = Holder & {
  readonly named: Named
  readonly service: Service
  readonly environment: Environment
  /** Of the credential, those that are good now; at least one. */
  readonly keys: readonly [MacKey, ...MacKey[]]
  readonly hosted: HostedChannel
}

export type ApplicationDeps = {
  readonly ledgers: ServedLedgers
  readonly clock: Clock
  /** Id of this city node. */
  readonly node: string
}

/** One answer, whatever of it is unknown. */
const unknown = () =>
  new CodedError('CREDENTIAL_UNKNOWN', 'There is no application with this userCode and appCode.')

/** Whose application it is, and in which ledger: so a mac is worth nothing in another one. */
export const userCodeOf = (owner: string, ledger: string) => `${owner}@${ledger}`

/** Undefined where nobody has these codes. */
export function findHolder(
  ledgers: ServedLedgers,
  { userCode, appCode }: Named,
): (Holder & { readonly credential: Credential; readonly service: Service }) | undefined {
  const served = ledgers.find(userCode.slice(userCode.indexOf('@') + 1))
  const credential = served && namedCredential(objectsOf(served.ledger), appCode)
  const service = credential && findService(served, credential.service)
  if (!served || !credential || !service) return undefined
  const owner = credential.participant ?? idOf(service.publisher)
  if (userCode !== userCodeOf(owner, served.ledger.id)) return undefined
  const { writesPerDay } = credential
  const caller = { credential: credential.id, service: credential.service }
  const bounds = writesPerDay === undefined ? {} : { writesPerDay }
  return { served, caller, credential, service, ...bounds }
}

/**
 * The application of a request.
 * @throws CREDENTIAL_UNKNOWN, BSN_KEY_UNUSABLE, BSN_HOME_ELSEWHERE, BSN_NOT_FABRIC
 */
export function findApplication(named: Named, deps: ApplicationDeps): Application {
  const holder = findHolder(deps.ledgers, named)
  if (!holder) throw unknown()
  const { served, credential, caller } = holder
  requireHome(holder, deps)
  const objects = objectsOf(served.ledger)
  const time = Math.max(served.ledger.head.time, deps.clock.nowSeconds())
  const [first, ...more] = credential.keys.flatMap((kid) => macKey(objects, kid, time) ?? [])
  if (!first) {
    const message = `The credential ${named.appCode} has no good key of ES256, ES256K or SM2.`
    throw bsnError('BSN_KEY_UNUSABLE', message)
  }
  const hosted = served.fabric?.hosted(caller.service)
  if (!hosted) {
    throw bsnError('BSN_NOT_FABRIC', `This node has no channel of ${caller.service}.`)
  }
  const environment = served.environment ?? environmentOf(served)
  return { ...holder, named, environment, keys: [first, ...more], hosted }
}

const read = new WeakMap<StateObject, MacKey | 'other'>()

function macKey(objects: StateObjects, kid: string, time: number): MacKey | undefined {
  const object = objects.get(keyStateKey(kid))
  const until = object?.get('until')
  if (!object || object.get('revoked') === true) return undefined
  if (typeof until === 'number' && time >= until) return undefined
  const known = read.get(object) ?? keyIn(object)
  read.set(object, known)
  return known === 'other' ? undefined : known
}

function keyIn(object: StateObject): MacKey | 'other' {
  const bytes = object.get('key')
  if (!(bytes instanceof Uint8Array)) return 'other'
  const key = decodeCoseKey(bytes)
  const algorithm = key.algorithm.name
  return isMacAlgorithm(algorithm) ? { algorithm, verifier: macVerifier(key) } : 'other'
}

/** @throws BSN_HOME_ELSEWHERE */
function requireHome(holder: Parameters<typeof homeElsewhere>[0], { node }: ApplicationDeps): void {
  const elsewhere = homeElsewhere(holder, node)
  if (!elsewhere) return
  throw bsnError('BSN_HOME_ELSEWHERE', `The home of the application is ${elsewhere.where}.`)
}
