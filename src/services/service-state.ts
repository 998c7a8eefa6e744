import type { CborValue, Environment } from '@openbsn/sdk'
import type { Refusal } from '../crypto/check-statement.ts'
import { readObject, type StateObject, type StateReader } from '../ledger/state/state-view.ts'

/** Services as the state has them: for the rules here, and for gateways. */

export const serviceKey = (id: string) => `service/${id}`

/** Frozen: reads alone, for now. Retired: reads alone, for ever. */
export type ServiceStatus = 'draft' | 'review' | 'running' | 'frozen' | 'retired'

/** Who signs records: the city node for credentials that name it, or the credentials alone. */
export type KeyMode = 'key-trust' | 'public-key-upload'

export type Service = {
  /** Such as `member/admin`; `operator/admin` where a city node of the member signed for it. */
  readonly publisher: string
  readonly framework: string
  readonly environment: Environment
  readonly keyMode: KeyMode
  /** Whether members become participants by themselves. */
  readonly access: 'open' | 'invitation'
  /** Who reads without writing: anyone, or credentials that may. */
  readonly readers: 'anyone' | 'credentials'
  readonly functions: readonly string[]
  /** What participants in each role may call. */
  readonly roles: ReadonlyMap<string, readonly string[]>
  /** City nodes that serve it; none stands for all. */
  readonly nodes: readonly string[]
  readonly status: ServiceStatus
  readonly version: number
}

export function readService(state: StateReader, id: string): Service | undefined {
  const object = readObject(state, serviceKey(id))
  return object && serviceOf(object)
}

/** A service's object, typed. */
export function serviceOf(object: StateObject): Service {
  return {
    publisher: String(object.get('publisher')),
    framework: String(object.get('framework')),
    environment: object.get('environment') as Environment,
    keyMode: object.get('keyMode') as KeyMode,
    access: object.get('access') as Service['access'],
    readers: object.get('readers') as Service['readers'],
    functions: texts(object.get('functions')),
    roles: rolesOf(object.get('roles')),
    nodes: texts(object.get('nodes')),
    status: object.get('status') as ServiceStatus,
    version: Number(object.get('version')),
  }
}

const texts = (value: CborValue | undefined) => (Array.isArray(value) ? value.map(String) : [])

function rolesOf(value: CborValue | undefined): Map<string, readonly string[]> {
  const pairs = Array.isArray(value) ? value : []
  return new Map(
    pairs.map((pair) => {
      const [role, functions] = Array.isArray(pair) ? pair : []
      return [String(role), texts(functions)] as const
    }),
  )
}

/** Why nothing can be written to a service, or let in; undefined where it runs. */
export function whyNotRunning(
  id: string,
  { status }: Pick<Service, 'status'>,
): Refusal | undefined {
  if (status === 'running') return undefined
  const codes = { frozen: 'SERVICE_FROZEN', retired: 'SERVICE_RETIRED' }
  const code = status === 'frozen' || status === 'retired' ? codes[status] : 'SERVICE_NOT_RUNNING'
  return { code, detail: `The service ${id} is ${status}.` }
}
