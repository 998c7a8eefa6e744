import type { TestContext } from 'node:test'
import type { CborValue } from '@openbsn/sdk'
import { newCertificateKey } from '../crypto/certificates.ts'
import { connectPeer } from '../frameworks/fabric/channels/connect-channel.ts'
import type { HostedChannel } from '../frameworks/fabric/hosted-channel.ts'
import { CaClient, type Enrolled } from '../frameworks/fabric/organisation/ca-client.ts'
import type { endpoints } from '../gateway/doors/bsn/endpoints.ts'
import type { GatewaySettings } from '../gateway/gateway.ts'
import type { ServedLedger } from '../gateway/served-ledger.ts'
import type { JsonObject } from '../kernel/json.ts'
import { putCredential, putService } from './access.ts'
import { type BsnAnswer, type BsnClient, bsnRequest, namedKey } from './bsn-client.ts'
import { testGateway, testGatewayDeps } from './gateway.ts'
import { fabricOf } from './hosted-channel.ts'
import { selfSigned } from './self-signed.ts'

type Fields = Record<string, CborValue>
const functions = ['call', 'send', 'events']
const scopes = ['records:write', 'records:read', 'webhooks:write']

/** A channel whose peer and certificate authority are away: nobody listens on port 1. */
export function awayChannel(t: Pick<TestContext, 'after'>): HostedChannel {
  const [{ cert: certificate }, key] = [selfSigned(), newCertificateKey()]
  const peer = { address: '127.0.0.1:1', root: certificate, mspId: 'alphaMSP' }
  const connectAs = (identity: Enrolled) => connectPeer({ ...peer, identity })
  const client = connectAs({ certificate, key })
  t.after(() => client.close())
  return {
    ...{ name: 'coin-channel', mspId: peer.mspId, client, connectAs },
    withCa: (run) => run(new CaClient('http://127.0.0.1:1'), { certificate, key }),
  }
}

type Parts = {
  readonly settings?: GatewaySettings
  readonly service?: Fields
  readonly credential?: Fields
  readonly served?: Partial<ServedLedger>
}

/**
 * A gateway over a ledger in memory with the service `coin`, whose channel's peer is away, and the
 * application `c-key` of its publisher, which signs by ES256.
 */
export async function bsnGateway(t: TestContext, more: Parts = {}) {
  const parts = testGatewayDeps()
  const hosted = awayChannel(t)
  const fabric = fabricOf((name) => (name === 'coin' ? hosted : undefined))
  const ledgers = parts.deps.ledgers.map((one) => ({ ...one, fabric, ...more.served }))
  const gateway = await testGateway(more.settings, { ...parts, deps: { ...parts.deps, ledgers } })
  const { app, ledger } = gateway
  t.after(() => app.close())
  putService(ledger, 'coin', { framework: 'fabric', functions, ...more.service })
  putService(ledger, 'flights')
  const algorithm = String(more.credential?.algorithm ?? 'ES256')
  putCredential(ledger, 'c-key', {
    service: 'coin',
    scopes,
    algorithm: 'ES256',
    ...more.credential,
  })
  const client: BsnClient = {
    userCode: `a@${ledger.id}`,
    appCode: 'c-key',
    key: namedKey('c-key', algorithm === 'EdDSA' ? 'ES256' : algorithm),
  }
  const inject = (url: string, payload: string | Buffer, headers: Record<string, string> = {}) =>
    app.inject({ method: 'POST', url, payload, headers })
  const send = async (url: string, whole: unknown) =>
    (await inject(url, JSON.stringify(whole))).json() as BsnAnswer
  const ask = (path: keyof typeof endpoints, body: JsonObject = {}, as = client) =>
    send(`/api/fabric/v1/${path}`, bsnRequest(as, path, body))
  const gatewayKey = async (query = '') => (await app.inject(`/api/app/gateway-key${query}`)).body
  return { ...gateway, hosted, client, inject, send, ask, gatewayKey }
}
