import { CodedError } from '@openbsn/sdk'
import type { Framework } from '../frameworks/framework.ts'
import { nodeKey } from '../ledger/modules/alliance-objects.ts'
import type { Service } from '../services/service-state.ts'
import { namedService } from './access/credential.ts'
import { objectsOf } from './access/state-objects.ts'
import type { ServedLedger } from './served-ledger.ts'

type Served = Pick<ServedLedger, 'ledger' | 'frameworks'>

/** A service as the ledger's state has it now; undefined where there is none. */
export function findService({ ledger }: Pick<Served, 'ledger'>, name: string): Service | undefined {
  return namedService(objectsOf(ledger), name)
}

/** As `findService`. @throws SERVICE_UNKNOWN */
export function serviceOf(served: Pick<Served, 'ledger'>, name: string): Service {
  const service = findService(served, name)
  if (service) return service
  throw new CodedError('SERVICE_UNKNOWN', `There is no service ${name}.`)
}

/**
 * The framework of a service, by the ledger's state.
 * @throws SERVICE_UNKNOWN; SERVICE_ELSEWHERE where this node does not run it
 */
export function frameworkOf(served: Served, name: string): Framework {
  const service = serviceOf(served, name)
  const framework = served.frameworks.get(service.framework)
  if (framework) return framework
  throw elsewhere(served, name, service)
}

/**
 * As `frameworkOf`, for what services of some frameworks alone have.
 * @throws FRAMEWORK_DIFFERS as well
 */
export function requireFramework(
  served: Served,
  name: string,
  ...wanted: readonly ('records' | 'evm' | 'fabric')[]
): Framework {
  const { framework } = serviceOf(served, name)
  if (wanted.some((one) => one === framework)) return frameworkOf(served, name)
  const kinds = wanted.join(' or ')
  const message = `${name} is a service of ${framework}; this is for services of ${kinds}.`
  throw new CodedError('FRAMEWORK_DIFFERS', message)
}

/** Names the gateways of the nodes that the service is said to be served by, so far as known. */
function elsewhere({ ledger }: Served, name: string, { framework, nodes }: Service): CodedError {
  const objects = objectsOf(ledger)
  const gateways = nodes.flatMap((id) => {
    const gateway = objects.get(nodeKey(id))?.get('gateway')
    return typeof gateway === 'string' ? [gateway] : []
  })
  const where = gateways.length === 0 ? 'ask another node' : `ask ${gateways.join(', ')}`
  const message = `This node does not run ${framework}, which the service ${name} is of: ${where}.`
  return new CodedError('SERVICE_ELSEWHERE', message, { details: { gateways: gateways.join(' ') } })
}
