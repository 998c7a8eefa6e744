import { randomInt } from 'node:crypto'
import { CodedError, createGatewayFetch, noAnswer } from '@openbsn/sdk'
import { readRoots } from '../../alliance/roots-state.ts'
import { requireTls } from '../../gateway/gateway.ts'
import type { Logger } from '../../gateway/logger.ts'
import { isLoopback } from '../../gateway/loopback.ts'
import type { CertificateIssuer } from '../../gateway/network-port.ts'
import { readTlsFiles, type Tls, type TlsFiles } from '../../gateway/tls-files.ts'
import type { Clock } from '../../kernel/clock.ts'
import { parseJson } from '../../kernel/json.ts'
import { hasLedger } from '../../ledger/open-ledger.ts'
import { answerBytes } from '../answer-bytes.ts'
import { homePaths } from '../create-home.ts'
import type { HomeSecrets } from '../home-secrets.ts'
import { isNetwork, readNetwork } from '../network/network-file.ts'
import type { OpenEnvironment } from '../open-environment.ts'
import { createCertificateIssuer } from './certificate-issuer.ts'
import { type CertificateKeeper, createCertificateKeeper } from './certificate-keeper.ts'
import { hostOf } from './certificate-request.ts'

export type TlsOptions = {
  readonly home: string
  readonly host: string
  /** Certificate and key of the operator's own. */
  readonly tls?: TlsFiles
  /** Where the others reach the gateway. */
  readonly address?: string
  readonly readOnly?: boolean
}

/** How a gateway will be reached: `issued` is a certificate that the alliance's issuer gives. */
export type TlsPlan = {
  readonly tls?: Tls | 'issued'
  /** Where it says that it is; the address that it listens on where absent. */
  readonly address?: string
}

/**
 * Decided before anything is made: what cannot be served shall leave nothing behind.
 * @throws LISTEN_NEEDS_TLS, TLS_FILE_INVALID, NETWORK_FILE_INVALID
 */
export function planTls({ home, host, tls, readOnly, ...options }: TlsOptions): TlsPlan {
  const isOutside = !isLoopback(host)
  const joined = isOutside && isNetwork(home) ? readNetwork(home).address : undefined
  const address = options.address ?? joined
  const said = address === undefined ? {} : { address }
  if (tls) return { ...said, tls: readTlsFiles(tls) }
  if (!isOutside) return said
  const canBeIssued = !readOnly && hasLedger(homePaths(home).ledger)
  if (!canBeIssued || hostOf(address ?? '') === undefined) requireTls({ host })
  return { ...said, tls: 'issued' }
}

/** What a node does about certificates: issues them, or keeps its own good. */
export type OpenTls = {
  readonly certificates?: CertificateIssuer
  readonly keeper?: CertificateKeeper
}

export type OpenTlsDeps = {
  readonly live: Pick<OpenEnvironment, 'ledger' | 'operator'>
  readonly secrets: HomeSecrets | undefined
  readonly clock: Clock
  readonly logger: Logger
  readonly onCertificate: (tls: Tls) => void
}

/** @throws LISTEN_NEEDS_TLS where nobody issues what the plan needs, KEY_* */
export function openTls(
  { home, host, node, plan }: Pick<TlsOptions, 'home' | 'host'> & { node: string; plan: TlsPlan },
  { live, secrets, ...deps }: OpenTlsDeps,
): OpenTls {
  const { ledger, operator } = live
  if (!secrets || !operator) return {}
  const { kek } = secrets
  const own = createCertificateIssuer({ home, node }, { ...deps, ledger, kek })
  if (plan.tls !== 'issued' || plan.address === undefined) return { certificates: own }
  // Who has joined hears of the issuer with the blocks that it has not seen yet.
  const mayHear = isNetwork(home) && readNetwork(home).peers.length > 0
  if (!readRoots(ledger) && !mayHear) requireTls({ host })
  const file = homePaths(home).gatewayCertificate
  const keeper = createCertificateKeeper(
    { node, file, address: plan.address },
    {
      ...{ ...deps, ledger, operator, kek, own },
      ask: createAsk(ledger.id),
      chance: () => randomInt(2 ** 32) / 2 ** 32,
    },
  )
  return { certificates: own, keeper }
}

const [askTimeoutMs, answerBytesMax] = [10_000, 16 * 1024]

/** What comes back is judged by the roots of the state, so it does not matter who answers. */
function createAsk(ledger: string) {
  const doFetch = createGatewayFetch({ ledger })
  return async (gateway: string, request: Uint8Array): Promise<Uint8Array> => {
    const answer = await doFetch(
      `${gateway.replace(/\/+$/, '')}/api/v1/ledgers/${ledger}/certificates`,
      {
        method: 'POST',
        headers: { 'content-type': 'application/cose' },
        body: Buffer.from(request),
        redirect: 'error',
        signal: AbortSignal.timeout(askTimeoutMs),
      },
    ).catch((cause: unknown) => {
      throw noAnswer(gateway, cause)
    })
    const bytes = await answerBytes(answer, answerBytesMax)
    if (!bytes) throw failed('the issuer answers with more than a certificate')
    if (answer.ok) return bytes
    throw problemIn(bytes, answer.status)
  }
}

function problemIn(bytes: Uint8Array, status: number): CodedError {
  try {
    const { detail } = Object(parseJson(Buffer.from(bytes), { valuesMax: 100 }))
    return failed(`the issuer says: ${detail}`)
  } catch {
    return failed(`the issuer answers with HTTP ${status}`)
  }
}

const failed = (why: string) =>
  new CodedError('CERTIFICATE_FAILED', `No certificate: ${why.replace(/\.$/, '')}.`)
