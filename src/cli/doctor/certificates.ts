import { once } from 'node:events'
import { connect, type PeerCertificate, type TLSSocket } from 'node:tls'
import { decodeCbor, fromBase64url } from '@openbsn/sdk'
import { type Validity, validityOf, wasIssuedBy } from '../../crypto/certificates.ts'
import { isNearEnd } from '../../gateway/shown-certificate.ts'
import { askGateway } from '../connection.ts'
import { isoTime } from '../values.ts'
import type { Finding } from './finding.ts'

export type CertificateQuestion = {
  readonly gateway: string
  /** Whose issuer's certificates are looked at too; none where it is not known. */
  readonly ledger: string | undefined
  /** Seconds since 1970: now, or a time to come. */
  readonly at: number
  readonly isRehearsal: boolean
  readonly timeoutMs: number
}

/** A root needs a vote to be replaced: it is told half a year ahead. */
const rootAheadSeconds = 180 * 86_400

/** The certificate that the gateway shows, and the roots of the alliance, at a time. */
export async function checkCertificates(question: CertificateQuestion): Promise<Finding> {
  const { gateway, at, isRehearsal } = question
  if (!gateway.startsWith('https:')) return { level: 'ok', detail: 'the gateway needs none' }
  const shown = await shownBy(question)
  if (!shown) return { level: 'warning', detail: `${gateway} shows none` }
  const roots = await rootsOf(question)
  const late = roots.map(validityOf).find(({ until }) => until - at < rootAheadSeconds)
  if (late) return rootFinding(late, at)
  const isIssued = roots.some((root) => wasIssuedBy(shown, root))
  const validity = validityOf(shown)
  const detail = `good until ${isoTime(validity.until)}`
  // By then it will have been renewed some times, as long as its issuer is there.
  if (isIssued && isRehearsal) return { level: 'ok', detail: `${detail}, renewed by itself` }
  return ownFinding(validity, at, isIssued)
}

function ownFinding(validity: Validity, at: number, isIssued: boolean): Finding {
  const until = isoTime(validity.until)
  const remedy = isIssued
    ? 'Look at tls.unissued in the log: why is it not renewed?'
    : 'Put a new one in its place, and send the node SIGHUP.'
  if (at >= validity.until) return { level: 'failed', detail: `ended at ${until}`, remedy }
  if (at < validity.from) {
    const from = isoTime(validity.from)
    return { level: 'failed', detail: `not good before ${from}`, remedy: 'Set the clock.' }
  }
  if (isNearEnd(validity, at)) return { level: 'warning', detail: `ends at ${until}`, remedy }
  return { level: 'ok', detail: `good until ${until}` }
}

function rootFinding({ until }: Validity, at: number): Finding {
  const remedy = 'Make a new issuer: bsn node issuer --new'
  const ends = at < until ? 'ends' : 'ended'
  const detail = `the issuer's own ${ends} at ${isoTime(until)}`
  return { level: at < until ? 'warning' : 'failed', detail, remedy }
}

/** Whoever shows it is not trusted for it: only its dates are looked at. In DER. */
async function shownBy({ gateway, timeoutMs }: CertificateQuestion) {
  const { hostname, port } = new URL(gateway)
  const host = hostname.replace(/^\[|\]$/g, '')
  const name = /[a-z]/.test(host) && !host.includes(':') ? { servername: host } : {}
  const options = { host, port: Number(port || 443), ...name, rejectUnauthorized: false }
  const socket: TLSSocket = connect(options)
  try {
    await once(socket, 'secureConnect', { signal: AbortSignal.timeout(timeoutMs) })
    const { raw }: Partial<PeerCertificate> = socket.getPeerCertificate()
    return raw && new Uint8Array(raw)
  } catch {
    return undefined
  } finally {
    socket.destroy()
  }
}

async function rootsOf({ gateway, ledger, timeoutMs }: CertificateQuestion): Promise<Uint8Array[]> {
  if (ledger === undefined) return []
  const path = `/api/v1/ledgers/${encodeURIComponent(ledger)}/state?key=roots`
  const answer = await askGateway(gateway, path, { ledger, timeoutMs }).catch(() => undefined)
  const bytes = fromBase64url(String(answer?.body.value ?? ''))
  const object = bytes && bytes.length > 0 ? decodeCbor(bytes) : undefined
  const list = object instanceof Map ? object.get('roots') : undefined
  return (Array.isArray(list) ? list : []).flatMap((one) =>
    one instanceof Uint8Array ? [one] : [],
  )
}
