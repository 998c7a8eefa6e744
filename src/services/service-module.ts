import type { CborMap } from '@openbsn/sdk'
import type { Refusal } from '../crypto/check-statement.ts'
import { readAlliance } from '../ledger/modules/alliance-objects.ts'
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
  namePattern,
  notAllowed,
  speaksFor,
} from '../ledger/modules/module.ts'
import {
  changeObject,
  type State,
  type StateObject,
  type StateReader,
  writeObject,
} from '../ledger/state/state-view.ts'
import { freezeByVote, unfreezeByVote } from './freeze-by-vote.ts'
import { changeable, frameworkFunctions, readChangeable } from './service-fields.ts'
import { type Service, type ServiceStatus, serviceKey, serviceOf } from './service-state.ts'

/** Services: a log of records, or a chain, each. Its id is its name, unique in the ledger. */

const keyModes: readonly unknown[] = ['key-trust', 'public-key-upload']
const fixed = { environment: 'text', keyMode: 'text', draft: 'flag' } as const

/** A member, or its city nodes for it, publishes a service, or keeps it as a draft at first. */
function create(act: Act, state: State): Refusal | undefined {
  const { payload, owner } = act
  const wrong = checkFields(payload, { id: 'text', framework: 'text' }, { ...fixed, ...changeable })
  if (wrong) return wrong
  const id = String(payload.get('id'))
  if (!namePattern.test(id)) {
    const rule = 'a service name has 2 to 63 of a-z, 0-9 and -, and begins with no -'
    return invalid(`id: ${rule}.`)
  }
  const framework = String(payload.get('framework'))
  const functions = frameworkFunctions.get(framework)
  if (!functions) {
    const names = [...frameworkFunctions.keys()].join(' or ')
    return { code: 'FRAMEWORK_UNKNOWN', detail: `No framework ${framework} here: use ${names}.` }
  }
  const { environment } = readAlliance(state)
  if ((payload.get('environment') ?? environment) !== environment) {
    return invalid(`environment: this ledger is for ${environment} services.`)
  }
  const keyMode = payload.get('keyMode') ?? 'public-key-upload'
  if (!keyModes.includes(keyMode)) return invalid(`keyMode: ${keyModes.join(' or ')}.`)
  if (state.get(serviceKey(id))) return conflict(`A service ${id} exists already.`)
  const given = readChangeable(payload, functions, state)
  if ('code' in given) return given as Refusal
  const status = payload.get('draft') === true ? 'draft' : statusAfterSubmit(state)
  const usual = { access: 'invitation', readers: 'anyone', functions: [...functions] }
  const fields = { publisher: owner, framework, environment, keyMode, status }
  writeObject(state, serviceKey(id), { ...usual, roles: [], nodes: [], ...given, ...fields })
  return undefined
}

function statusAfterSubmit(state: StateReader): ServiceStatus {
  return readAlliance(state).serviceReview ? 'review' : 'running'
}

/** The service that an act changes; every such act names `id` and `expect`. */
function expectService(
  payload: CborMap,
  state: State,
  more: Parameters<typeof checkFields>[2] = {},
): StateObject | Refusal {
  const wrong = checkFields(payload, { id: 'text', expect: 'number' }, more)
  if (wrong) return wrong
  return expectObject(state, serviceKey(String(payload.get('id'))), payload.get('expect'))
}

type Move = {
  readonly from: readonly ServiceStatus[]
  readonly to: (state: State) => ServiceStatus
  /** Whether the owner of the key that signs may do it. */
  readonly mayMove: (service: Service, owner: string, state: State) => boolean
}

const publisherMay: Move['mayMove'] = ({ publisher }, owner) => speaksFor(owner, publisher)
/**
 * Another member than the one behind the publisher reviews a service, by its own key: what lies on
 * a city node decides for nobody. Who is alone reviews its own.
 */
const reviewerMay: Move['mayMove'] = ({ publisher }, owner, state) =>
  kindOf(owner) === 'member' && (idOf(publisher) !== idOf(owner) || isAlone(state, owner))

function isAlone(state: State, owner: string): boolean {
  const { members } = readAlliance(state)
  return members.length === 1 && members[0] === idOf(owner)
}

function move({ from, to, mayMove }: Move): ActHandler {
  return ({ payload, owner }, state) => {
    const object = expectService(payload, state)
    if (!(object instanceof Map)) return object
    const id = String(payload.get('id'))
    const service = serviceOf(object)
    if (!mayMove(service, owner, state)) return notAllowed(`${owner} does not move ${id} on.`)
    if (!from.includes(service.status)) return conflict(`The service ${id} is ${service.status}.`)
    if (object.has('frozenFrom') && to(state) !== 'retired') {
      return notAllowed(`The members froze ${id} by vote, and decide when it goes on.`)
    }
    changeObject(state, serviceKey(id), object, { status: to(state) })
    return undefined
  }
}

const byPublisher = (from: readonly ServiceStatus[], to: ServiceStatus) =>
  move({ from, to: () => to, mayMove: publisherMay })
const byReviewer = (to: ServiceStatus) =>
  move({ from: ['review'], to: () => to, mayMove: reviewerMay })

/** The publisher changes what may change; what is under review stays as it is. */
function update({ payload, owner }: Act, state: State): Refusal | undefined {
  const object = expectService(payload, state, changeable)
  if (!(object instanceof Map)) return object
  const id = String(payload.get('id'))
  const { publisher, status, framework } = serviceOf(object)
  if (!speaksFor(owner, publisher)) return notAllowed(`Only its publisher changes ${id}.`)
  if (status === 'review' || status === 'retired') return conflict(`${id} is in ${status}.`)
  const changes = readChangeable(payload, frameworkFunctions.get(framework) ?? [], state)
  if ('code' in changes) return changes as Refusal
  changeObject(state, serviceKey(id), object, changes)
  return undefined
}

const byId = { keyOf: serviceKey, end: 'retired' }

export const servicesModule: Module = {
  name: 'bsn:services',
  signers: ['member', 'operator'],
  versions: [
    {
      version: 1,
      acts: {
        'application/vnd.openbsn.service-create+cbor': create,
        'application/vnd.openbsn.service-update+cbor': update,
        'application/vnd.openbsn.service-submit+cbor': move({
          from: ['draft'],
          to: statusAfterSubmit,
          mayMove: publisherMay,
        }),
        'application/vnd.openbsn.service-approve+cbor': byReviewer('running'),
        'application/vnd.openbsn.service-reject+cbor': byReviewer('draft'),
        'application/vnd.openbsn.service-freeze+cbor': byPublisher(['running'], 'frozen'),
        'application/vnd.openbsn.service-unfreeze+cbor': byPublisher(['frozen'], 'running'),
        'application/vnd.openbsn.service-retire+cbor': byPublisher(
          ['draft', 'review', 'running', 'frozen'],
          'retired',
        ),
      },
      voted: {
        'application/vnd.openbsn.service-freeze+cbor': freezeByVote(byId),
        'application/vnd.openbsn.service-unfreeze+cbor': unfreezeByVote(byId),
      },
    },
  ],
}
