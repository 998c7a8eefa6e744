import { setTimeout } from 'node:timers/promises'
import { CodedError, isCodedError } from '@openbsn/sdk'
import { readNode } from '../../alliance/node-state.ts'
import { readRoots } from '../../alliance/roots-state.ts'
import {
  type Certified,
  newCertificateKey,
  pemOf,
  publicBytesOf,
  validityOf,
  whyUnusable,
} from '../../crypto/certificates.ts'
import type { KeyEncryption } from '../../crypto/key-encryption.ts'
import type { Logger } from '../../gateway/logger.ts'
import type { CertificateIssuer } from '../../gateway/network-port.ts'
import type { Tls } from '../../gateway/tls-files.ts'
import type { Clock } from '../../kernel/clock.ts'
import type { Member } from '../member.ts'
import { hostOf, type KnownLedger, signCertificateRequest } from './certificate-request.ts'
import { readCertified, writeCertified } from './certified-file.ts'

export type KeeperOptions = {
  /** Name of this city node. */
  readonly node: string
  /** Where the certificate and its wrapped key are kept. */
  readonly file: string
  /** https address of its gateway, as the others know it. */
  readonly address: string
}

export type KeeperDeps = {
  readonly ledger: KnownLedger
  readonly operator: Member
  readonly kek: KeyEncryption
  readonly clock: Clock
  readonly logger: Logger
  /** Where this node may be the issuer itself. */
  readonly own: CertificateIssuer
  /** Asks the gateway of the issuer. @throws GATEWAY_*, CERTIFICATE_*, what it answers */
  readonly ask: (gateway: string, request: Uint8Array) => Promise<Uint8Array>
  /** Told of every new certificate. */
  readonly onCertificate: (tls: Tls) => void
  /** From 0 to 1. */
  readonly chance: () => number
  /** Settles after so long, or when `signal` aborts; the system's timer where absent. */
  readonly pause?: (milliseconds: number, signal: AbortSignal) => Promise<void>
}

/** Keeps a certificate of the alliance's issuer for this node's gateway, and renews it ahead. */
export interface CertificateKeeper {
  /** What was kept from before, where it is still good. */
  readonly present: Tls | undefined
  /** Does what is due now. Never throws. Milliseconds until it shall be called again. */
  tick(): Promise<number>
  start(): void
  /** Until there is a certificate, or for so long. */
  ready(timeoutMs: number): Promise<void>
  /** Nothing is asked any more when it settles. */
  close(): Promise<void>
}

/** The state is looked at once in so long: its roots, or the address of the node, may change. */
const lookMs = 60_000
/** Without a certificate nobody can connect; with one there are days to try. */
const [firstTryMs, urgentTryMsMax, tryMsMax] = [500, 30_000, 3_600_000]

export function createCertificateKeeper(
  { node, file, address }: KeeperOptions,
  deps: KeeperDeps,
): CertificateKeeper {
  const { ledger, operator, kek, clock, logger, pause = pauseFor } = deps
  const host = hostOf(address) ?? ''
  const use = { kek, use: 'gateway' } as const
  const stopping = new AbortController()
  const first = Promise.withResolvers<void>()
  let running: Promise<void> = Promise.resolve()
  let failures = 0
  let held = heldOf(readCertified(file, use), deps.chance())

  const whyNot = ({ certificate, key }: Certified, roots: readonly Uint8Array[]) =>
    whyUnusable(certificate, { roots, key, host, nowSeconds: clock.nowSeconds() })

  const isGood = () => {
    const roots = readRoots(ledger)?.roots
    return held !== undefined && (!roots || whyNot(held, roots) === undefined)
  }

  async function obtain(): Promise<void> {
    const roots = readRoots(ledger)
    if (!roots) throw failed('this node does not know of an issuer yet')
    const key = newCertificateKey()
    const wanted = { node, publicKey: publicBytesOf(key) }
    const request = await signCertificateRequest(wanted, operator, { ledger, clock })
    const gateway = readNode(ledger, roots.issuer)?.gateway ?? ''
    const isOwn = roots.issuer === node
    const certificate = await (isOwn ? deps.own.issue(request) : deps.ask(gateway, request))
    const why = whyNot({ certificate, key }, roots.roots)
    if (why !== undefined) throw failed(`what ${roots.issuer} issued cannot be used: ${why}`)
    writeCertified(file, { certificate, key }, use)
    held = heldOf({ certificate, key }, deps.chance())
    deps.onCertificate(tlsOf({ certificate, key }))
    first.resolve()
    logger.info(
      { event: 'tls.issued' },
      `a certificate of ${roots.issuer}, until ${isoOf(certificate)}`,
    )
  }

  async function look(): Promise<number> {
    if (isGood() && clock.nowSeconds() < (held?.renewAt ?? 0)) return lookMs
    try {
      await obtain()
      failures = 0
      return lookMs
    } catch (error) {
      const code = isCodedError(error) ? error.code : 'CERTIFICATE_FAILED'
      const text = isGood() ? 'the certificate is not renewed' : 'there is no certificate'
      logger.warn({ event: 'tls.unissued', code, err: error }, `${text}; tried again soon`)
      return tryAfterMs(failures++, isGood()) * (0.5 + deps.chance())
    }
  }

  let looking: Promise<number> | undefined
  function tick(): Promise<number> {
    looking ??= look().finally(() => {
      looking = undefined
    })
    return looking
  }

  async function run(): Promise<void> {
    const { signal } = stopping
    while (!signal.aborted) {
      await pause(await tick(), signal)
    }
  }
  return {
    get present() {
      return held && isGood() ? tlsOf(held) : undefined
    },
    tick,
    start: () => {
      running = run()
    },
    ready: async (timeoutMs) => {
      if (held && isGood()) return
      await Promise.race([first.promise, setTimeout(timeoutMs, undefined, { ref: false })])
    },
    close: async () => {
      stopping.abort()
      await running
    },
  }
}

const pauseFor = (milliseconds: number, signal: AbortSignal): Promise<void> =>
  setTimeout(milliseconds, undefined, { signal, ref: false }).catch(() => undefined)

/** Ever later; sooner while there is nothing that is good. */
function tryAfterMs(failures: number, isGood: boolean): number {
  const [most, growth] = isGood ? [tryMsMax, 2] : [urgentTryMsMax, 1.5]
  return Math.min(most, firstTryMs * growth ** failures)
}

/** With the time of its renewal, which is another one on each node by chance. */
function heldOf(certified: Certified | undefined, chance: number) {
  if (!certified) return undefined
  const { from, until } = validityOf(certified.certificate)
  const third = (until - from) / 3
  return { ...certified, renewAt: until - third - chance * (third / 10) }
}

const isoOf = (certificate: Uint8Array) =>
  new Date(validityOf(certificate).until * 1000).toISOString()

const failed = (why: string) => new CodedError('CERTIFICATE_FAILED', `No certificate: ${why}.`)

function tlsOf({ certificate, key }: Certified): Tls {
  return { cert: pemOf(certificate), key: key.export({ type: 'pkcs8', format: 'pem' }) }
}
