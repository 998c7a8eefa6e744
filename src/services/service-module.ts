import type { Refusal } from '../crypto/check-statement.ts'
import {
  type Act,
  type ActHandler,
  checkFields,
  conflict,
  expectObject,
  type Module,
  notAllowed,
} from '../ledger/modules/module.ts'
import {
  changeObject,
  readObject,
  type State,
  type StateReader,
  writeObject,
} from '../ledger/state/state-view.ts'

/** Services: one log of records each, so far. Its id is its name, unique in the ledger. */

export const serviceKey = (id: string) => `service/${id}`

const idPattern = /^[a-z0-9][a-z0-9-]{1,62}$/
const frameworks: readonly unknown[] = ['records']

/** Frozen: reads alone, for now. Retired: reads alone, for ever. */
export type ServiceStatus = 'running' | 'frozen' | 'retired'
/** Who signs records: the city node for credentials that name it, or the credentials alone. */
export type KeyMode = 'key-trust' | 'public-key-upload'
const keyModes: readonly unknown[] = ['key-trust', 'public-key-upload']

export type Service = {
  readonly publisher: string
  readonly keyMode: KeyMode
  readonly status: ServiceStatus
}

export function readService(state: StateReader, id: string): Service | undefined {
  const object = readObject(state, serviceKey(id))
  if (!object) return undefined
  return {
    publisher: String(object.get('publisher')),
    keyMode: object.get('keyMode') as KeyMode,
    status: object.get('status') as ServiceStatus,
  }
}

/** Why nothing can be written to a service, or let in; undefined where it runs. */
export function whyNotRunning(
  id: string,
  { status }: Pick<Service, 'status'>,
): Refusal | undefined {
  if (status === 'running') return undefined
  const code = status === 'frozen' ? 'SERVICE_FROZEN' : 'SERVICE_RETIRED'
  return { code, detail: `The service ${id} is ${status}.` }
}

/** A member publishes a service; it runs at once. */
function create(act: Act, state: State): Refusal | undefined {
  const { payload, owner } = act
  const wrong = checkFields(payload, { id: 'text', framework: 'text' }, { keyMode: 'text' })
  if (wrong) return wrong
  const id = String(payload.get('id'))
  if (!idPattern.test(id)) {
    const rule = 'a service name has 2 to 63 of a-z, 0-9 and -, and begins with no -'
    return { code: 'ACT_INVALID', detail: `id: ${rule}.` }
  }
  const framework = payload.get('framework')
  if (!frameworks.includes(framework)) {
    return { code: 'FRAMEWORK_UNKNOWN', detail: `No framework ${framework} here: use records.` }
  }
  const keyMode = payload.get('keyMode') ?? 'public-key-upload'
  if (!keyModes.includes(keyMode)) {
    return { code: 'ACT_INVALID', detail: `keyMode: ${keyModes.join(' or ')}.` }
  }
  if (state.get(serviceKey(id))) return conflict(`A service ${id} exists already.`)
  const fields = { publisher: owner, framework: String(framework), keyMode, status: 'running' }
  writeObject(state, serviceKey(id), fields)
  return undefined
}

/** The publisher moves a service on, from one of some conditions. */
function moveTo(next: ServiceStatus, from: readonly ServiceStatus[]): ActHandler {
  return ({ payload, owner }, state) => {
    const wrong = checkFields(payload, { id: 'text', expect: 'number' })
    if (wrong) return wrong
    const id = String(payload.get('id'))
    const object = expectObject(state, serviceKey(id), payload.get('expect'))
    if (!(object instanceof Map)) return object
    if (object.get('publisher') !== owner) return notAllowed(`Only its publisher moves ${id} on.`)
    const status = object.get('status') as ServiceStatus
    if (!from.includes(status)) return conflict(`The service ${id} is ${status}.`)
    changeObject(state, serviceKey(id), object, { status: next })
    return undefined
  }
}

export const servicesModule: Module = {
  name: 'bsn:services',
  versions: [
    {
      version: 1,
      acts: {
        'application/vnd.openbsn.service-create+cbor': create,
        'application/vnd.openbsn.service-freeze+cbor': moveTo('frozen', ['running']),
        'application/vnd.openbsn.service-unfreeze+cbor': moveTo('running', ['frozen']),
        'application/vnd.openbsn.service-retire+cbor': moveTo('retired', ['running', 'frozen']),
      },
    },
  ],
}
