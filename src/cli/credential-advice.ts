import type { Client, ServiceObject } from '@openbsn/sdk'
import { presentObject } from './control.ts'

/** A credential that was just made. */
export type NewCredential = {
  readonly service: string
  readonly isApiKey: boolean
  /** The usual ones where absent: writing and reading records. */
  readonly scopes: readonly string[] | undefined
  readonly participant: string | undefined
}

/** Whether it can write records, and where somebody may expect that it can, why not. */
export type WriteAdvice = { readonly canWrite: boolean; readonly warning?: string }

/**
 * By the state, as the gateway shows it. Never throws, since the credential is made: where the
 * state cannot be read, nothing is advised.
 */
export async function adviseWriting(
  client: Pick<Client, 'service' | 'state'>,
  made: NewCredential,
): Promise<WriteAdvice> {
  if (made.scopes && !made.scopes.includes('records:write')) return { canWrite: false }
  try {
    return await adviceOf(client, made)
  } catch {
    return { canWrite: false }
  }
}

async function adviceOf(
  client: Pick<Client, 'service' | 'state'>,
  { service, isApiKey, participant }: NewCredential,
): Promise<WriteAdvice> {
  const published = await client.service(service)
  if (published.framework === 'evm') {
    const warning = `tools of chains reach ${service} with an API key: make one with --api-key`
    return isApiKey ? { canWrite: false } : not(warning)
  }
  // It takes calls of contracts, and the node signs them.
  if (published.framework === 'fabric') return { canWrite: false }
  if (isApiKey && published.keyMode !== 'key-trust') {
    return not(
      `no API key writes to ${service}: its writers sign with keys of their own ` +
        '(public-key-upload); to write, make a credential without --api-key',
    )
  }
  const role = participant === undefined ? undefined : await roleOf(client, service, participant)
  if (functionsOf(published, role).includes('put')) return { canWrite: true }
  return not(
    role === undefined
      ? `the service ${service} has no function put: it takes no records`
      : `the participant ${participant} has the role ${role}, which may not write (put)`,
  )
}

const not = (warning: string): WriteAdvice => ({ canWrite: false, warning })

async function roleOf(
  client: Pick<Client, 'state'>,
  service: string,
  participant: string,
): Promise<string> {
  const object = await presentObject(client, `participant/${service}/${participant}`)
  return String(object.get('role'))
}

function functionsOf({ functions, roles }: ServiceObject, role: string | undefined) {
  if (role === undefined) return functions ?? []
  return roles?.find((one) => one.role === role)?.functions ?? []
}
