import type { CborMap } from '@openbsn/sdk'
import type { Refusal } from '../crypto/check-statement.ts'
import { nodeKey } from '../ledger/modules/alliance-objects.ts'
import {
  type Act,
  checkFields,
  conflict,
  idOf,
  invalid,
  type Module,
  notAllowed,
} from '../ledger/modules/module.ts'
import {
  readObject,
  type State,
  type StateReader,
  writeObject,
} from '../ledger/state/state-view.ts'
import { chainKey, readChain } from './chain-state.ts'
import { registerSender } from './sender-acts.ts'
import { readService, type Service, whyNotRunning } from './service-state.ts'

/**
 * Blocks of services' chains: what a receipt of a transaction goes back to (ADR 0037); and who
 * signs for whom on them (ADR 0041).
 */

/** Blocks of one range, at most. */
export const rangeBlocksMax = 1024
const hashBytes = 32

const fields = {
  service: 'text',
  chain: 'number',
  generation: 'number',
  first: 'number',
  last: 'number',
  hash: 'bytes',
  root: 'bytes',
  count: 'number',
  expect: 'number',
} as const

/** What an act says of blocks. */
type Range = {
  readonly chain: number
  readonly generation: number
  readonly first: number
  readonly last: number
  readonly hash: Uint8Array
}

/** Registers the root over the transactions of consecutive blocks of a service's chain. */
function register({ payload, owner }: Act, state: State): Refusal | undefined {
  const wrong = checkFields(payload, fields) ?? whyNoRange(payload)
  if (wrong) return wrong
  const id = String(payload.get('service'))
  const service = readService(state, id)
  if (!service) return { code: 'SERVICE_UNKNOWN', detail: `There is no service ${id}.` }
  // Freezing stops who writes. What the chain did until then, or does by itself, stays a fact.
  const stopped = service.status === 'frozen' ? undefined : whyNotRunning(id, service)
  if (stopped) return stopped
  if (service.framework === 'records') return invalid(`service: ${id} has no chain.`)
  if (!keepsChain(service, idOf(owner), state)) {
    return notAllowed(`${idOf(owner)} runs no city node that the service ${id} names.`)
  }
  const range = rangeOf(payload)
  const unfit = whyNotNext(id, range, { expect: Number(payload.get('expect')), state })
  if (unfit) return unfit
  const { chain, generation, last, hash } = range
  writeObject(state, chainKey(id), { chain, generation, last, hash })
  return undefined
}

function rangeOf(payload: CborMap): Range {
  const number = (name: string) => Number(payload.get(name))
  const hash = payload.get('hash') as Uint8Array
  const [first, last] = [number('first'), number('last')]
  return { chain: number('chain'), generation: number('generation'), first, last, hash }
}

/** The rules of form that hold whatever the state is. */
function whyNoRange(payload: CborMap): Refusal | undefined {
  const { chain, first, last } = rangeOf(payload)
  if (chain < 1) return invalid('chain: its id (EIP-155), from 1.')
  const isRange = first <= last && last - first < rangeBlocksMax
  if (!isRange) return invalid(`first, last: 1 to ${rangeBlocksMax} blocks, the lower one first.`)
  for (const name of ['hash', 'root']) {
    const { length } = payload.get(name) as Uint8Array
    if (length !== hashBytes) return invalid(`${name}: ${hashBytes} bytes.`)
  }
  return Number(payload.get('count')) >= 1 ? undefined : invalid('count: from 1.')
}

/** Whether a member runs a node that the service is on; a service that names none is on all. */
function keepsChain({ nodes }: Service, member: string, state: StateReader): boolean {
  if (nodes.length === 0) return true
  return nodes.some((id) => {
    const node = readObject(state, nodeKey(id))
    return node?.get('status') === 'active' && node.get('operator') === member
  })
}

type Place = { readonly expect: number; readonly state: StateReader }

/** Why a range does not follow what is registered. */
function whyNotNext(id: string, range: Range, { expect, state }: Place): Refusal | undefined {
  const before = readChain(state, id)
  const { version = 0, generation = 0, chain = range.chain, last = -1 } = before ?? {}
  if (expect !== version) {
    const detail = `${chainKey(id)} is at version ${version}, the act expects ${expect}.`
    return { code: 'VERSION_STALE', detail }
  }
  if (range.chain !== chain) return conflict(`The chain of ${id} is ${chain}, for ever.`)
  const next = before ? [generation, generation + 1] : [0]
  if (!next.includes(range.generation)) return conflict(`generation: ${next.join(' or ')}.`)
  if (range.generation === generation && range.first <= last) {
    return conflict(`Blocks up to ${last} of ${id} are registered.`)
  }
  return undefined
}

export const blocksModule: Module = {
  name: 'bsn:blocks',
  signers: ['operator'],
  versions: [
    {
      version: 1,
      acts: {
        'application/vnd.openbsn.blocks-register+cbor': register,
        'application/vnd.openbsn.sender-register+cbor': registerSender,
      },
    },
  ],
}
