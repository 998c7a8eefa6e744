import { type Validity, validityOf } from '../crypto/certificates.ts'
import type { Clock } from '../kernel/clock.ts'
import type { Logger } from './logger.ts'
import type { Tls } from './tls-files.ts'

const day = 86_400
/** Time enough to mend what keeps one from being renewed, which happens earlier. */
const nearEndSeconds = 21 * day

/** True in the last three weeks of a certificate, of a short one in its last fifth. */
export function isNearEnd({ from, until }: Validity, nowSeconds: number): boolean {
  return until - nowSeconds < Math.min(nearEndSeconds, (until - from) / 5)
}

/** The certificate that a gateway shows, own or issued: how long it is still good. */
export interface ShownCertificate {
  /** Undefined where there is none yet. */
  readonly validity: Validity | undefined
  /** Whether something has to be done, or should have been. */
  readonly isNearEnd: boolean
  show(tls: Tls): void
  /** Says in the log that it is near its end, once a day; to be called often. */
  look(): void
  start(): void
  close(): void
}

/** Once in so long it is looked at. */
const lookMs = 60_000

/** Of a gateway that speaks TLS. */
export function createShownCertificate(
  first: Tls | undefined,
  { clock, logger }: { readonly clock: Clock; readonly logger: Logger },
): ShownCertificate {
  let validity = first && validityOf(first.cert)
  let told = Number.NEGATIVE_INFINITY
  let timer: NodeJS.Timeout | undefined
  const isNear = () => validity !== undefined && isNearEnd(validity, clock.nowSeconds())

  function look(): void {
    const now = clock.nowSeconds()
    if (!validity || !isNear() || now - told < day) return
    told = now
    const until = new Date(validity.until * 1000).toISOString()
    const ends = now < validity.until ? `ends at ${until}` : `has ended at ${until}`
    logger.warn({ event: 'tls.expires' }, `the certificate of the gateway ${ends}`)
  }
  return {
    get validity() {
      return validity
    },
    get isNearEnd() {
      return isNear()
    },
    show: (tls) => {
      validity = validityOf(tls.cert)
      told = Number.NEGATIVE_INFINITY
    },
    look,
    start: () => {
      look()
      timer = setInterval(look, lookMs).unref()
    },
    close: () => clearInterval(timer),
  }
}
