import type { Refusal } from '../crypto/check-statement.ts'
import type { Ledger } from '../ledger/ledger.ts'
import { credentialPolicy } from './credential-module.ts'

/** A record that a city node signs with its operator's key, in the name of a credential. */
export type OperatorRecord = {
  /** Member that runs the node. */
  readonly operator: string
  readonly credential: string
  readonly service: string
  /** Seconds since 1970. */
  readonly time: number
}

/** Why the ledger, as its last block left it, would not take such a record; else undefined. */
export function whyNotWritten(
  ledger: Pick<Ledger, 'get' | 'writtenOn'>,
  { operator, ...record }: OperatorRecord,
): Refusal | undefined {
  const owner = `operator/${operator}`
  const decision = credentialPolicy({ state: ledger, owner, ...record })
  if ('code' in decision) return decision
  const { credential, perDay } = decision.quota ?? { credential: '', perDay: 0 }
  if (!decision.quota || ledger.writtenOn(credential, record.time) < perDay) return undefined
  return { code: 'QUOTA_EXCEEDED', detail: `${perDay} records a day are written.` }
}
