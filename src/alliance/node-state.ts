import type { CborValue } from '@openbsn/sdk'
import { nodeKey } from '../ledger/modules/alliance-objects.ts'
import { readObject, type StateObject, type StateReader } from '../ledger/state/state-view.ts'

/** A city node as its operator registered it: what it says of itself, not whether it answers. */
export type CityNodeFacts = {
  /** Id of the member that runs it. */
  readonly operator: string
  readonly city: string
  /** ISO 3166-1 alpha-2. */
  readonly country: string
  /** Millionths of a degree. */
  readonly latitude: number
  readonly longitude: number
  /** Address of its gateway. */
  readonly gateway: string
  /** Its version of OpenBSN. */
  readonly software: string
  readonly frameworks: readonly string[]
  /** Names of the groups whose ledgers it keeps beside the root's. */
  readonly groups?: readonly string[]
  /** Where other nodes of the network reach it: `id@host:port`. */
  readonly peer?: string
  /** COSE_Key that it signs blocks with where it is a validator. */
  readonly validatorKey?: Uint8Array
  /** Ed25519 key that its CometBFT votes with where it is a validator. */
  readonly consensusKey?: Uint8Array
  readonly status: 'active' | 'retired'
  readonly version: number
}

export function readNode(state: StateReader, id: string): CityNodeFacts | undefined {
  const object = readObject(state, nodeKey(id))
  return object && nodeOf(object)
}

/** A city node's object, typed. */
export function nodeOf(object: StateObject): CityNodeFacts {
  const [frameworks, groups] = [object.get('frameworks'), object.get('groups')]
  return {
    operator: String(object.get('operator')),
    city: String(object.get('city')),
    country: String(object.get('country')),
    latitude: Number(object.get('latitude')),
    longitude: Number(object.get('longitude')),
    gateway: String(object.get('gateway')),
    software: String(object.get('software')),
    frameworks: textsOf(frameworks),
    ...(groups === undefined ? {} : { groups: textsOf(groups) }),
    ...networkFactsOf(object),
    status: object.get('status') === 'retired' ? 'retired' : 'active',
    version: Number(object.get('version')),
  }
}

const textsOf = (value: CborValue | undefined) => (Array.isArray(value) ? value.map(String) : [])

function networkFactsOf(object: StateObject) {
  const [peer, validatorKey, consensusKey] = [
    object.get('peer'),
    object.get('validatorKey'),
    object.get('consensusKey'),
  ]
  return {
    ...(typeof peer === 'string' ? { peer } : {}),
    ...(validatorKey instanceof Uint8Array ? { validatorKey } : {}),
    ...(consensusKey instanceof Uint8Array ? { consensusKey } : {}),
  }
}
