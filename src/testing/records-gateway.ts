import type { InjectOptions } from 'fastify'
import { apiKeyOf, putCredential, putService } from './access.ts'
import { testGateway, testGatewayDeps } from './gateway.ts'

type Sent = {
  /** The credential that asks; nobody where null. `c1` where absent. */
  readonly as?: string | null
  readonly key?: string
  readonly headers?: Readonly<Record<string, string>>
}

/**
 * A gateway over a ledger in memory with the services `flights` (anyone reads it; credentials `c1`
 * and `c2`), and `secret` (its credentials alone; `s1`, and `s2` which only writes).
 */
export async function recordsGateway(parts = testGatewayDeps()) {
  const gateway = await testGateway({}, parts)
  const { app, ledger, base } = gateway
  const running = { publisher: 'member/founder', framework: 'records' }
  putService(ledger, 'flights', { ...running, keyMode: 'key-trust' })
  putService(ledger, 'secret', { ...running, readers: 'credentials' })
  for (const id of ['c1', 'c2']) putCredential(ledger, id)
  putCredential(ledger, 's1', { service: 'secret' })
  putCredential(ledger, 's2', { service: 'secret', scopes: ['records:write'] })

  function headersOf({ as = 'c1', key, headers }: Sent): Record<string, string> {
    return {
      ...(as === null ? {} : { authorization: `Bearer ${apiKeyOf(as)}` }),
      ...(key === undefined ? {} : { 'idempotency-key': key }),
      ...headers,
    }
  }
  /** Posts a body to the records of the service of `as`. */
  function post(body: unknown, sent: Sent & { readonly query?: string } = {}) {
    const service = sent.as?.startsWith('s') ? 'secret' : 'flights'
    const headers = { 'content-type': 'application/json', ...headersOf(sent) }
    const url = `${base}/services/${service}/records${sent.query ?? ''}`
    const options: InjectOptions = { method: 'POST', url, headers, payload: JSON.stringify(body) }
    return app.inject(options)
  }
  /** Asks below the ledger. */
  const call = (method: 'GET' | 'DELETE', path: string, sent: Sent) =>
    app.inject({ method, url: `${base}${path}`, headers: headersOf(sent) })
  const get = (path: string, sent: Sent = { as: null }) => call('GET', path, sent)
  return { ...gateway, post, get, call }
}
