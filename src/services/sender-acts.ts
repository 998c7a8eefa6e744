import type { Refusal } from '../crypto/check-statement.ts'
import { nodeKey } from '../ledger/modules/alliance-objects.ts'
import {
  type Act,
  checkFields,
  conflict,
  idOf,
  invalid,
  notAllowed,
} from '../ledger/modules/module.ts'
import {
  readObject,
  type State,
  type StateReader,
  writeObject,
} from '../ledger/state/state-view.ts'
import { readCredential } from './credential-state.ts'
import { readSender, senderKey } from './sender-state.ts'
import { readService, type Service, whyNotRunning } from './service-state.ts'

const addressBytes = 20
const fields = { credential: 'text', node: 'text', address: 'bytes', expect: 'number' } as const

/**
 * A city node signs for a credential from now on, with the account of that address: it alone, for
 * as long as it is a node, so that a call has one effect whatever gateway it comes through.
 */
export function registerSender({ payload, owner }: Act, state: State): Refusal | undefined {
  const wrong = checkFields(payload, fields)
  if (wrong) return wrong
  const address = payload.get('address') as Uint8Array
  if (address.length !== addressBytes) return invalid(`address: ${addressBytes} bytes.`)
  const [id, node] = [String(payload.get('credential')), String(payload.get('node'))]
  const credential = readCredential(state, id)
  const service = credential && readService(state, credential.service)
  if (!service) return { code: 'OBJECT_NOT_FOUND', detail: `There is no credential ${id}.` }
  const stopped = whyNotRunning(credential.service, service)
  if (stopped) return stopped
  if (service.framework !== 'evm') return invalid('credential: its service has no accounts.')
  if (!isOwnNode(node, { owner, service, state })) {
    return notAllowed(`${node} is no city node of ${idOf(owner)} that the service is on.`)
  }
  const before = readSender(state, id)
  const { version = 0 } = before ?? {}
  if (payload.get('expect') !== version) {
    const detail = `${senderKey(id)} is at version ${version}, the act expects another.`
    return { code: 'VERSION_STALE', detail }
  }
  if (before && before.node !== node && isActive(state, before.node)) {
    return conflict(`The city node ${before.node} signs for ${id}.`)
  }
  writeObject(state, senderKey(id), { node, address })
  return undefined
}

type Place = { readonly owner: string; readonly service: Service; readonly state: StateReader }

/** A service that names no nodes is on all of them. */
function isOwnNode(node: string, { owner, service, state }: Place): boolean {
  const isOn = service.nodes.length === 0 || service.nodes.includes(node)
  const operator = readObject(state, nodeKey(node))?.get('operator')
  return isOn && operator === idOf(owner) && isActive(state, node)
}

const isActive = (state: StateReader, node: string) =>
  readObject(state, nodeKey(node))?.get('status') === 'active'
