import {
  type CborValue,
  encodeCbor,
  encodeCoseKey,
  sha256,
  thumbprint,
  toHex,
  utf8,
} from '@openbsn/sdk'
import { fastify } from 'fastify'
import { type Need, type Scope, secured } from '../gateway/access/access.ts'
import { digestBodies } from '../gateway/access/body-digests.ts'
import { Buckets } from '../gateway/access/buckets.ts'
import { type AccessOptions, createAccess } from '../gateway/access/create-access.ts'
import { Nonces } from '../gateway/access/nonces.ts'
import { createStrangers } from '../gateway/access/strangers.ts'
import { createErrorHandler } from '../gateway/error-handler.ts'
import { gatewayOptions } from '../gateway/options.ts'
import { testGatewayDeps } from './gateway.ts'
import type { MemoryLedger } from './memory-ledger.ts'
import { namedSigner } from './named-signer.ts'

type Fields = Record<string, CborValue>

/** An API key of 32 bytes that a name stands for. */
export const apiKeyOf = (name: string, prefix = 'live') =>
  `${prefix}_${Buffer.from(sha256(utf8(name))).toString('base64url')}`

/** Puts an object into the state of a ledger in memory. */
export function putObject(ledger: MemoryLedger, key: string, fields: Fields): void {
  const object = new Map<string, CborValue>([...Object.entries(fields), ['version', 1]])
  ledger.objectsByKey.set(key, encodeCbor(object))
}

/** A credential with the API key and the signing key that its id stands for. */
export function putCredential(ledger: MemoryLedger, id: string, more: Fields = {}): void {
  const { key } = namedSigner(id, String(more.algorithm ?? 'EdDSA'))
  const { algorithm: _, ...fields } = more
  const kid = toHex(thumbprint(key))
  const hash = sha256(utf8(apiKeyOf(id)))
  const apiKeys = [[hash, apiKeyOf(id).slice(0, 9), null]]
  const scopes = ['records:write', 'records:read']
  const own = {
    service: 'flights',
    label: id,
    keys: [kid],
    apiKeys,
    scopes,
    operators: [],
    status: 'active',
  }
  putObject(ledger, `credential/${id}`, { ...own, ...fields })
  putObject(ledger, `apikey/${toHex(hash)}`, { credential: id })
  const owner = `credential/${id}`
  putObject(ledger, `key/${kid}`, { owner, key: encodeCoseKey(key), revoked: false })
}

/** A running service that anyone may read, unless a test says otherwise. */
export function putService(ledger: MemoryLedger, id: string, more: Fields = {}): void {
  const functions = ['put', 'get', 'list', 'history', 'events']
  const kind = { framework: 'records', keyMode: 'key-trust' }
  const own = { publisher: 'member/a', ...kind, functions, readers: 'anyone', status: 'running' }
  putObject(ledger, `service/${id}`, { ...own, ...more })
}

export type ProbeOptions = Partial<AccessOptions> & {
  readonly nonceFolder?: string
  readonly noncesMax?: number
  readonly limitLoopback?: boolean
  readonly addressPerSecond?: number
}

/**
 * A gateway that has nothing but access: /LEDGER/require|allow/SERVICE/SCOPE, a function as query,
 * answers who called. Clocks are moved by tests.
 */
export async function accessProbe(options: ProbeOptions = {}) {
  const { deps, ledger, lines } = testGatewayDeps()
  const clock = { now: 1_800_000_000, nowSeconds: () => clock.now, ms: 0 }
  const all = { ...gatewayOptions({}), ...options }
  const app = fastify()
  app.setErrorHandler(createErrorHandler(deps))
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
  digestBodies(app)
  const buckets = new Buckets({ nowMs: () => clock.ms })
  const strangers = createStrangers(all, { buckets: new Buckets({ nowMs: () => clock.ms }) })
  const folder = options.nonceFolder === undefined ? {} : { folder: options.nonceFolder }
  const nonces = new Nonces({ noncesMax: 1000, perKeyMax: 1000, ...folder, ...options }, clock.now)
  const access = createAccess(all, { clock, buckets, nonces, strangers })
  const [served] = deps.ledgers
  app.all('/:ledger/:how/:service/:scope', { schema: { ...secured } }, (request, reply) => {
    const { how, service, scope } = request.params as Record<string, string>
    const called = (request.query as { function?: string }).function
    const need = { served, service, scope, ...(called ? { function: called } : {}) } as Need
    return (how === 'allow' ? access.allow : access.require)(request, reply, need) ?? {}
  })
  const path = (service = 'flights', scope: Scope = 'records:write', how = 'require') =>
    `/${ledger.id}/${how}/${service}/${scope}`
  putService(ledger, 'flights')
  return { app, ledger, clock, buckets, path, lines }
}
