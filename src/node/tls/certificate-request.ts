import { randomBytes } from 'node:crypto'
import { algorithmById, type Statement } from '@openbsn/sdk'
import { nodeOf, readNode } from '../../alliance/node-state.ts'
import { isCertifiable, type Wanted } from '../../crypto/certificates.ts'
import {
  checkSignature,
  digestsBytes,
  type Refusal,
  readStatement,
} from '../../crypto/check-statement.ts'
import { createVerifier } from '../../crypto/native.ts'
import type { Clock } from '../../kernel/clock.ts'
import type { Ledger } from '../../ledger/ledger.ts'
import { nodeKey } from '../../ledger/modules/alliance-objects.ts'
import { findKey, readKey } from '../../ledger/modules/keys.ts'
import { idOf, kindOf, readPayload } from '../../ledger/modules/module.ts'
import { objectIn } from '../../ledger/state/state-view.ts'
import { allObjects } from '../all-objects.ts'
import { type Member, signAct } from '../member.ts'

/**
 * A request for a certificate: a statement of the node's operator that no ledger takes, because no
 * module has such an act. It names ledger, node and time; the host is what the state has.
 */
const act = { name: 'node-certificate', sub: 'bsn:alliance' } as const
const contentType = 'application/vnd.openbsn.node-certificate+cbor'

/** Clocks of nodes are right to some seconds; more is told, because TLS needs the time too. */
const clockSecondsMax = 300

type In = { readonly ledger: Pick<Ledger, 'id'>; readonly clock: Clock }

/** Signed by the operator of a city node, for a public key (SPKI). */
export function signCertificateRequest(
  { node, publicKey }: { readonly node: string; readonly publicKey: Uint8Array },
  operator: Member,
  { ledger, clock }: In,
): Promise<Uint8Array> {
  const payload = { id: node, key: publicKey }
  const cti = new Uint8Array(randomBytes(16))
  return signAct({ ...act, payload, cti }, operator, { ledger, clock })
}

export type KnownLedger = Pick<Ledger, 'id' | 'get' | 'objects'>

/** What is asked for, where whoever asks may have it; in the order of the reasons. */
export function readCertificateRequest(
  bytes: Uint8Array,
  ledger: KnownLedger,
  nowSeconds: number,
): Wanted | Refusal {
  const statement = readStatement(bytes)
  if ('code' in statement) return refused(statement.detail)
  const wrong = whyNotOperator(bytes, statement, ledger, nowSeconds)
  if (wrong !== undefined) return refused(wrong)
  const payload = readPayload(statement.payload)
  if ('code' in payload) return refused(String(payload.detail))
  const [id, publicKey] = [String(payload.get('id')), payload.get('key')]
  if (!(publicKey instanceof Uint8Array) || !isCertifiable(publicKey)) {
    return refused('the key is none of P-256')
  }
  const node = readNode(ledger, id)
  if (node?.status !== 'active') return refused(`there is no active city node ${id} yet`)
  if (node.operator !== statement.claims.iss) return refused(`${id} is run by ${node.operator}`)
  const host = hostOf(node.gateway)
  if (host === undefined) return refused(`the address of ${id} is ${node.gateway}: no https`)
  const other = otherAt(host, node.operator, ledger)
  if (other !== undefined) return refused(`${other} says that it is at ${host} too`)
  return { host, publicKey }
}

/**
 * The node of another operator that has the same host. Each says of itself where it is: nobody
 * shall get a certificate for the gateway of another one by saying so.
 */
function otherAt(host: string, operator: string, ledger: KnownLedger): string | undefined {
  for (const [id, value] of allObjects(ledger, nodeKey(''))) {
    const node = nodeOf(objectIn(value))
    if (node.status !== 'active' || node.operator === operator) continue
    if (URL.parse(node.gateway)?.hostname.replace(/^\[|\]$/g, '') === host) return id
  }
  return undefined
}

function whyNotOperator(
  bytes: Uint8Array,
  statement: Statement,
  ledger: KnownLedger,
  nowSeconds: number,
): string | undefined {
  const { claims, kid } = statement
  if (statement.contentType !== contentType || claims.sub !== act.sub) {
    return 'it is no request for a certificate'
  }
  if (claims.aud !== ledger.id) return `it is for the ledger ${claims.aud}`
  const found = findKey(ledger, kid)
  const algorithm = found && algorithmById(found.algorithm)
  const key = algorithm && {
    algorithm: algorithm.id,
    verifier: createVerifier(algorithm, found.raw),
  }
  const refusal = checkSignature(bytes, statement, key, new Uint8Array(digestsBytes))
  if (refusal) return refusal.detail
  const registered = readKey(ledger, Buffer.from(kid).toString('hex'))
  if (!registered || kindOf(registered.owner) !== 'operator') return 'no operator signed it'
  if (registered.revoked || nowSeconds >= registered.until) return 'its key was revoked'
  if (claims.iss !== idOf(registered.owner)) return 'the key is of another operator'
  const off = claims.iat - nowSeconds
  if (Math.abs(off) <= clockSecondsMax) return undefined
  return `its clock is ${Math.abs(off)} s ${off < 0 ? 'behind' : 'ahead'}`
}

const refused = (why: string): Refusal => ({
  code: 'CERTIFICATE_REFUSED',
  detail: `No certificate is issued: ${why.replace(/\.$/, '')}.`,
})

/** The host of an https address, without brackets; undefined for others. */
export function hostOf(address: string): string | undefined {
  const url = URL.parse(address)
  return url?.protocol === 'https:' ? url.hostname.replace(/^\[|\]$/g, '') : undefined
}
