import { readObject, type StateReader } from '../ledger/state/state-view.ts'

/** What the ledger knows of the chain of a service: the last range of blocks that is registered. */
export type ChainState = {
  /** EIP-155; the same for ever. */
  readonly chain: number
  /** Grows when registered blocks are not of the chain any more. */
  readonly generation: number
  /** Height of the last block of the range, and its hash. */
  readonly last: number
  readonly hash: Uint8Array
  /** How many ranges are registered. */
  readonly version: number
}

export const chainKey = (service: string) => `chain/${service}`

/** Undefined where nothing of the service's chain is registered. */
export function readChain(state: StateReader, service: string): ChainState | undefined {
  const object = readObject(state, chainKey(service))
  const hash = object?.get('hash')
  if (!object || !(hash instanceof Uint8Array)) return undefined
  return {
    chain: Number(object.get('chain')),
    generation: Number(object.get('generation')),
    last: Number(object.get('last')),
    hash,
    version: Number(object.get('version')),
  }
}
