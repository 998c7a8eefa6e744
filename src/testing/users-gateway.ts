import type { KeyObject } from 'node:crypto'
import type { TestContext } from 'node:test'
import { createSelfSigned, newCertificateKey, pemOf } from '../crypto/certificates.ts'
import type { Enrolled } from '../frameworks/fabric/organisation/ca-client.ts'
import { certificateRequest } from '../frameworks/fabric/organisation/certificate-request.ts'
import { createUserStore } from '../gateway/fabric-users/user-store.ts'
import { apiKeyOf } from './access.ts'
import { awayFabric } from './away-fabric.ts'
import { bsnGateway } from './bsn-gateway.ts'
import { type ProposalParts, signedProposal } from './signed-proposal.ts'

/** As the gateway's clock stands. */
export const madeAt = 1_700_000_500
const upload = { keyMode: 'public-key-upload' }

/** A request for a certificate, by a key of its own. */
export const requestFor = (name: string): Promise<string> =>
  certificateRequest(name, newCertificateKey())

/**
 * A gateway of `coin` on Fabric, whose users sign, and whose peer and certificate authority are
 * away.
 */
export async function usersGateway(
  t: TestContext,
  service: Record<string, string | string[]> = {},
) {
  const fabric = awayFabric(t, 'bsn1test')
  const served = { frameworks: new Map([[fabric.name, fabric]]) }
  const gateway = await bsnGateway(t, { service: { ...upload, ...service }, served })
  const { app, base, deps, ledger } = gateway
  const store = createUserStore(deps.database)
  const ask = async (
    how: 'GET' | 'PUT' | 'POST',
    path: string,
    body?: Record<string, unknown>,
    as = 'c-key',
  ) => {
    const headers = { authorization: `Bearer ${apiKeyOf(as)}` }
    const url = `${base}/services/coin/${path}`
    const json = body === undefined ? {} : { payload: body }
    const answer = await app.inject({ method: how, url, headers, ...json })
    return { status: answer.statusCode, ...answer.json() }
  }
  /** One whose key was certified here. */
  async function user(name: string, key: KeyObject = newCertificateKey()): Promise<Enrolled> {
    const owner = { ledger: ledger.id, application: 'c-key' }
    const certificate = pemOf(await createSelfSigned(`${name}@c-key`, key, madeAt))
    store.addUser(owner, name, new Uint8Array())
    store.certifyUser(owner, name, certificate)
    return { certificate, key }
  }
  const propose = (
    parts: Omit<ProposalParts, 'channel' | 'time' | 'args'> & Partial<ProposalParts>,
  ) => {
    const whole = { channel: 'coin-channel', time: madeAt, args: ['set', 'a'], ...parts }
    return { proposal: `0x${signedProposal(whole).toString('hex')}` }
  }
  return { ...gateway, ask, user, propose }
}
