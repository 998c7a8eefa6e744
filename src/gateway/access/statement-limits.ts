import type { AuthorityFields } from '../../crypto/check-messages.ts'
import type { CheckedStatement } from '../../crypto/check-pool.ts'
import type { Refusal } from '../../crypto/check-statement.ts'
import { keyStateKey } from '../../ledger/modules/keys.ts'
import { idOf, kindOf } from '../../ledger/modules/module.ts'
import type { OpenLedger } from '../../ledger/open-ledger.ts'
import { readObject } from '../../ledger/state/state-view.ts'
import type { GatewayOptions } from '../options.ts'
import type { Buckets } from './buckets.ts'
import { limitKey } from './credential-limits.ts'

export type StatementLimitDeps = {
  /** Shared with the requests of the same credentials. */
  readonly buckets: Buckets
  /** Known when the first statement comes. */
  readonly ledger: () => Pick<OpenLedger, 'id' | 'head' | 'get' | 'application'>
}

/** Whose limit a statement counts against; `own` where the state says how much it is. */
type Counted = { readonly key: string; readonly limit: number; readonly isOwn: boolean }
type Known = { readonly stateRoot: Uint8Array; readonly counted: Counted | undefined }

/**
 * Counts every signed statement against the limit of the credential whose key signed it. Asked
 * when the signature is verified, so that nobody uses up the limit of another with statements that
 * he made up; nor with copies of registered ones, which count for nothing. What an operator signs
 * in the name of a credential was counted at that operator's gateway, as the request that it was.
 */
export function createStatementLimits(
  { credentialPerSecond }: Pick<GatewayOptions, 'credentialPerSecond'>,
  { buckets, ledger: ledgerOf }: StatementLimitDeps,
): (statement: CheckedStatement) => Refusal | undefined {
  // One object stands for all statements of a kind, so that the state is asked once for them.
  const known = new WeakMap<AuthorityFields, Known>()

  function countedAs({ kid, aud }: AuthorityFields): Counted | undefined {
    const ledger = ledgerOf()
    if (aud !== ledger.id) return undefined
    const owner = readObject(ledger, keyStateKey(kid))?.get('owner')
    if (typeof owner !== 'string' || kindOf(owner) !== 'credential') return undefined
    const own = readObject(ledger, owner)?.get('perSecond')
    const key = limitKey(ledger.id, idOf(owner))
    const isOwn = typeof own === 'number'
    return { key, limit: isOwn ? own : credentialPerSecond, isOwn }
  }

  return (statement) => {
    const { stateRoot } = ledgerOf().head
    let found = known.get(statement.authority)
    if (found?.stateRoot !== stateRoot) {
      found = { stateRoot, counted: countedAs(statement.authority) }
      known.set(statement.authority, found)
    }
    const { counted } = found
    if (!counted) return undefined
    // A limit of the gateway is above what it can verify: there, copies do not have to be found.
    if (counted.isOwn && ledgerOf().application.isRegistered(statement)) return undefined
    const { granted, limit } = buckets.take(counted.key, counted.limit)
    if (granted === 1) return undefined
    const detail = `More than ${limit} statements a second with this credential.`
    return { code: 'RATE_LIMITED', detail }
  }
}
