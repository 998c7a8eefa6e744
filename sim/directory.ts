import { type CborValue, encodeCoseKey } from '@openbsn/sdk'
import { type CityNodeFacts, nodeOf } from '../src/alliance/node-state.ts'
import { nodeKey } from '../src/ledger/modules/alliance-objects.ts'
import { objectIn } from '../src/ledger/state/state-view.ts'
import { namedSigner } from '../src/testing/named-signer.ts'
import type { Continent } from './cities.ts'
import { nearestFirst, type Position } from './geography.ts'
import type { SimNode } from './sim-node.ts'

export type ListedNode = CityNodeFacts & { readonly id: string }

/** More than any simulation has. */
const nodesMax = 1000

/** The city nodes that a node's own ledger has: what `GET …/nodes` answers, in one page. */
export function directoryOf({ ledger }: SimNode): ListedNode[] {
  const prefix = nodeKey('')
  return ledger.objects(prefix, undefined, nodesMax).map(({ key, value }) => ({
    id: key.slice(prefix.length),
    ...nodeOf(objectIn(value)),
  }))
}

/** Gateways of the active nodes of a directory, the nearest first. */
export function gatewaysNear(position: Position, directory: readonly ListedNode[]): string[] {
  const places = directory
    .filter(({ status }) => status === 'active')
    .map(({ gateway, latitude, longitude }) => ({
      ...{ gateway, latitude: latitude / 1e6, longitude: longitude / 1e6 },
    }))
  return nearestFirst(position, places).map(({ gateway }) => gateway)
}

export const gatewayOf = (id: string) => `https://${id}.example.org`

/** The key of the operator there, one for each continent: its nodes say with it where they are. */
export const operatorSigner = (continent: Continent) => namedSigner(`operator of ${continent}`)

export const operatorKey = (continent: Continent) => encodeCoseKey(operatorSigner(continent).key)

/** What a node registers of itself. */
export function factsOf({ id, city }: SimNode): Record<string, CborValue> {
  return {
    ...{ id, city: city.name, country: city.country, gateway: gatewayOf(id) },
    latitude: Math.round(city.latitude * 1e6),
    longitude: Math.round(city.longitude * 1e6),
    ...{ software: 'openbsn 0.1.0', frameworks: ['records'] },
  }
}
