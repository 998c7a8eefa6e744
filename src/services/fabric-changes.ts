import type { CborValue } from '@openbsn/sdk'
import type { Refusal } from '../crypto/check-statement.ts'
import {
  type Act,
  checkFields,
  conflict,
  idOf,
  invalid,
  isSetOf,
  notAllowed,
} from '../ledger/modules/module.ts'
import { type State, type StateReader, writeObject } from '../ledger/state/state-view.ts'
import { isNodeOf, membersMax, runningService } from './fabric-rules.ts'
import {
  type ChannelState,
  changeKey,
  channelKey,
  readChange,
  readChannel,
  readOrganisation,
} from './fabric-state.ts'
import type { Service } from './service-state.ts'

/** How a channel of Fabric that is open gets one node more, or one less (ADR 0050). */

/** A statement holds 64 KiB. */
const updateBytesMax = 48 * 1024
/** A certificate is most of it. */
const signatureBytesMax = 8192

/** The channel of a service of Fabric that runs, or why there is none. */
function runningChannel(id: string, state: StateReader): RunningChannel | Refusal {
  const service = runningService(id, state)
  if ('code' in service) return service
  const channel = readChannel(state, id)
  return channel ? { service, channel } : conflict(`The channel of ${id} is not open.`)
}

type RunningChannel = { readonly service: Service; readonly channel: ChannelState }

/** One of the nodes of a channel says how its settings get one node more, or one less. */
export function changeChannel({ payload, owner }: Act, state: State): Refusal | undefined {
  const fixed = { service: 'text', nodes: 'list', update: 'bytes', number: 'number' } as const
  const wrong = checkFields(payload, fixed)
  if (wrong) return wrong
  const [id, update] = [String(payload.get('service')), payload.get('update') as Uint8Array]
  if (update.length > updateBytesMax) return invalid(`update: at most ${updateBytesMax} bytes.`)
  const running = runningChannel(id, state)
  if ('code' in running) return running
  const { channel } = running
  const isText = (one: CborValue) => typeof one === 'string'
  const nodes = payload.get('nodes')
  if (!isSetOf(nodes, isText, { most: membersMax }) || !isStep(nodes.map(String), running, state)) {
    return invalid('nodes: those of the channel with one more or less, as the service has it.')
  }
  if (!channel.nodes.some((one) => isNodeOf(one, owner, state))) {
    return notAllowed(`${idOf(owner)} runs none of the channel's city nodes.`)
  }
  const next = (readChange(state, id)?.number ?? 0) + 1
  const number = Number(payload.get('number'))
  if (number !== next) return staleChange(id, number, `the next is ${next}`)
  writeObject(state, changeKey(id), { nodes, update, number, signed: [] })
  return undefined
}

const staleChange = (id: string, number: number, fact: string): Refusal => {
  return { code: 'VERSION_STALE', detail: `The act has change ${number} of ${id}: ${fact}.` }
}

/** Whether nodes are those of a channel, or those with one more or less that its service wants. */
function isStep(
  nodes: readonly string[],
  { service, channel }: RunningChannel,
  state: StateReader,
): boolean {
  const more = nodes.filter((one) => !channel.nodes.includes(one))
  const less = channel.nodes.filter((one) => !nodes.includes(one))
  const joins = (one: string) =>
    service.nodes.includes(one) && readOrganisation(state, one) !== undefined
  const leaves = (one: string) => service.nodes.length > 0 && !service.nodes.includes(one)
  return more.length + less.length <= 1 && more.every(joins) && less.every(leaves)
}

/** A node of a channel agrees to its change by its administrator's signature. */
export function signChange({ payload, owner }: Act, state: State): Refusal | undefined {
  const fixed = { service: 'text', node: 'text', number: 'number', signature: 'bytes' } as const
  const wrong = checkFields(payload, fixed)
  if (wrong) return wrong
  const [id, node] = [String(payload.get('service')), String(payload.get('node'))]
  const signature = payload.get('signature') as Uint8Array
  if (signature.length > signatureBytesMax) {
    return invalid(`signature: at most ${signatureBytesMax} bytes.`)
  }
  const running = runningChannel(id, state)
  if ('code' in running) return running
  if (!running.channel.nodes.includes(node) || !isNodeOf(node, owner, state)) {
    return notAllowed(`${idOf(owner)} runs no city node ${node} of the channel.`)
  }
  const change = openChange(id, Number(payload.get('number')), state)
  if ('code' in change) return change
  const { number, nodes, open } = change
  if (open.signed.has(node)) return conflict(`${node} has signed change ${number} of ${id}.`)
  const signed = [...open.signed, [node, signature]] as CborValue[]
  writeObject(state, changeKey(id), { nodes: [...nodes], update: open.update, number, signed })
  return undefined
}

/** The change of a channel that is under way, where it is the one of that number. */
function openChange(id: string, number: number, state: StateReader) {
  const { open, ...change } = readChange(state, id) ?? { number: 0, nodes: [], open: undefined }
  if (open && change.number === number) return { ...change, open }
  const fact = open ? `${change.number} is under way` : `the last was ${change.number}, and is done`
  return staleChange(id, number, fact)
}

/** One of the nodes of a channel says that a change, which most of them signed, counts. */
export function endChange({ payload, owner }: Act, state: State): Refusal | undefined {
  const wrong = checkFields(payload, { service: 'text', number: 'number' })
  if (wrong) return wrong
  const id = String(payload.get('service'))
  const running = runningChannel(id, state)
  if ('code' in running) return running
  const { nodes: before, block } = running.channel
  if (!before.some((one) => isNodeOf(one, owner, state))) {
    return notAllowed(`${idOf(owner)} runs none of the channel's city nodes.`)
  }
  const change = openChange(id, Number(payload.get('number')), state)
  if ('code' in change) return change
  const { number, open } = change
  if (open.signed.size * 2 <= before.length) {
    return conflict(`${open.signed.size} of ${before.length} nodes have signed change ${number}.`)
  }
  const nodes = [...change.nodes]
  writeObject(state, channelKey(id), { nodes, block })
  writeObject(state, changeKey(id), { nodes, number })
  return undefined
}
