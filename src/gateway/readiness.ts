import type { Drain } from './drain.ts'
import { type ServedLedgers, sizeOf } from './served-ledger.ts'
import type { ShownCertificate } from './shown-certificate.ts'

/** One thing that the gateway needs, and how it is. */
export type Check = {
  readonly name: string
  readonly ok: boolean
  readonly detail: string
  /** True where something is wrong that keeps no request away. */
  readonly warning?: boolean
}

export type ReadinessDeps = {
  readonly ledgers: ServedLedgers
  readonly drain: Drain
  readonly diskFreeBytes: () => Promise<number>
  readonly diskFreeBytesMin: number
  readonly certificate?: ShownCertificate
}

/**
 * Everything that must be well before requests are sent here. A projection that lags is told but
 * does not count: while a bulk load runs, it does so for good reason.
 */
export async function checkReadiness(deps: ReadinessDeps): Promise<Check[]> {
  const { ledgers, drain } = deps
  const running = drain.isDraining ? 'is about to stop' : 'takes requests'
  const checks: Check[] = [{ name: 'gateway', ok: !drain.isDraining, detail: running }]
  for (const { ledger, entries, isStopped, clockOffSeconds, network } of ledgers.all) {
    const [ok, size] = [!isStopped(), sizeOf(ledger)]
    const state = ok ? `height ${ledger.head.height}, ${size} entries` : 'stopped'
    checks.push({ name: `ledger ${ledger.id}`, ok, detail: state })
    const lag = Math.max(0, size - entries.position)
    checks.push({ name: `projection ${ledger.id}`, ok: true, detail: `${lag} entries behind` })
    const since = network?.noQuorumSince()
    if (since !== undefined) {
      const detail = `nothing is decided since ${isoOf(since)}: reads go on, and are as old as that`
      checks.push({ name: `quorum ${ledger.id}`, ok: true, detail, warning: true })
    }
    const off = clockOffSeconds?.()
    if (off !== undefined) {
      const detail = `${Math.abs(off)} s ${off < 0 ? 'behind' : 'ahead of'} block time`
      checks.push({ name: 'clock', ok: true, detail, warning: true })
    }
  }
  if (deps.certificate) checks.push(checkCertificate(deps.certificate))
  checks.push(await checkDisk(deps))
  return checks
}

const isoOf = (seconds: number) => new Date(seconds * 1000).toISOString()

/** Whoever can ask has come in by it, or is on the machine itself. */
function checkCertificate({ validity, isNearEnd }: ShownCertificate): Check {
  const name = 'certificate'
  if (!validity) return { name, ok: true, detail: 'none is issued yet', warning: true }
  const detail = `good until ${isoOf(validity.until)}`
  return { name, ok: true, detail, ...(isNearEnd ? { warning: true } : {}) }
}

async function checkDisk({ diskFreeBytes, diskFreeBytesMin }: ReadinessDeps): Promise<Check> {
  try {
    const free = await diskFreeBytes()
    const detail = `${free} bytes free, ${diskFreeBytesMin} needed`
    return { name: 'disk', ok: free >= diskFreeBytesMin, detail }
  } catch {
    return { name: 'disk', ok: false, detail: 'free space is not known' }
  }
}
