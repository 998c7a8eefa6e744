import assert from 'node:assert/strict'
import type { SeenLog } from './seen-log.ts'

/** Writes as the node counts them, by service and credential. */
export type Usage = {
  readonly service: string
  readonly credential: string
  readonly writes: number
}

/** What is counted for a service is what its ledger has, for each who wrote (P4). */
export function judgeUsage(log: SeenLog, service: string, usage: readonly Usage[]): void {
  const wanted = new Map<string, number>()
  for (const index of log.recordsOf(service)) {
    const { iss, credential = iss } = log.statement(index)?.claims ?? {}
    assert.ok(credential)
    wanted.set(credential, (wanted.get(credential) ?? 0) + 1)
  }
  const counted = usage.filter((row) => row.service === service && row.writes > 0)
  const byName = ([one]: [string, number], [other]: [string, number]) => (one < other ? -1 : 1)
  assert.deepEqual(
    counted.map(({ credential, writes }): [string, number] => [credential, writes]).sort(byName),
    [...wanted].sort(byName),
    `what is counted for ${service} is not what the ledger has`,
  )
}
