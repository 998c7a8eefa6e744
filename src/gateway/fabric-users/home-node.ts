import { readNode } from '../../alliance/node-state.ts'
import type { Service } from '../../services/service-state.ts'
import type { Named } from '../access/credential.ts'
import type { ServedLedger } from '../served-ledger.ts'

type Placed = {
  readonly served: Pick<ServedLedger, 'ledger'>
  readonly credential: Named
  readonly service: Service
}

/** Where else the home of an application is. */
export type Elsewhere = {
  /** Of the gateway, where it is known. */
  readonly gateway: string | undefined
  /** For people. */
  readonly where: string
}

/**
 * Undefined where this node is the home of an application on Fabric. Users are kept at one node,
 * and nonces of old clients: another one would take a request that was taken there. It is the first
 * of the service's nodes whose operator the credential names; any of the first operator where the
 * service names no nodes, and in a ledger that has none, such as a sandbox.
 */
export function homeElsewhere(
  { served: { ledger }, credential, service }: Placed,
  node: string,
): Elsewhere | undefined {
  const operators = credential.operators
  const isOf = (id: string) => operators.includes(readNode(ledger, id)?.operator ?? '')
  const home = service.nodes.find((id) => operators.length === 0 || isOf(id))
  if (home === node) return undefined
  if (service.nodes.length === 0) {
    const own = readNode(ledger, node)
    if (!own || operators.length === 0 || own.operator === operators[0]) return undefined
  }
  const gateway = home === undefined ? undefined : readNode(ledger, home)?.gateway
  return { gateway, where: gateway ?? `a node of ${operators[0] ?? 'its operator'}` }
}
