import { randomBytes } from 'node:crypto'
import type { DatabaseSync } from 'node:sqlite'
import { CodedError, equalBytes, isLedgerId, sha256, utf8 } from '@openbsn/sdk'

/**
 * Invitations to join a network: each lets one node in. A token says which ledger it is for, so
 * that a joiner takes no other one.
 */

const prefix = 'bsnjoin'
const secretBytes = 32

/** A new token. It is shown once: the database keeps its hash. */
export function createInvitation(
  database: DatabaseSync,
  { ledger, expires }: { readonly ledger: string; readonly expires: number },
): string {
  const token = [prefix, ledger, randomBytes(secretBytes).toString('hex')].join('_')
  database.prepare('INSERT INTO invitations VALUES (?, ?, NULL)').run(hashOf(token), expires)
  return token
}

/** The ledger that a token is for. @throws INVITATION_INVALID */
export function ledgerOfToken(token: string): string {
  const [head, ledger, secret, ...rest] = token.trim().split('_')
  const known = head === prefix && rest.length === 0 && secret !== undefined
  if (known && ledger !== undefined && isLedgerId(ledger)) return ledger
  throw invalid('is no token of `bsn node invite`')
}

/**
 * That a token is good at a time, still or again for the same request.
 * @throws INVITATION_INVALID
 */
export function requireInvitation(
  database: DatabaseSync,
  token: string,
  { now, request }: { readonly now: number; readonly request?: Uint8Array },
): void {
  const row = database.prepare('SELECT * FROM invitations WHERE token = ?').get(hashOf(token))
  if (!row) throw invalid('is not known here')
  if (Number(row.expires) <= now) throw invalid('has expired')
  const usedBy = row.used_by
  if (!(usedBy instanceof Uint8Array)) return
  if (request === undefined || !equalBytes(usedBy, request)) throw invalid('was used already')
}

/** Whether a request has used it. */
export function isMarked(database: DatabaseSync, token: string): boolean {
  const row = database.prepare('SELECT used_by FROM invitations WHERE token = ?').get(hashOf(token))
  return row?.used_by instanceof Uint8Array
}

/** Marks it as used by one request, or as not used. */
export function markInvitation(
  database: DatabaseSync,
  token: string,
  request: Uint8Array | null,
): void {
  database.prepare('UPDATE invitations SET used_by = ? WHERE token = ?').run(request, hashOf(token))
}

const hashOf = (token: string) => sha256(utf8(token.trim()))

/** For an invitation to one ledger that is shown to another one of the node. */
export const otherLedger = () => invalid('is for another ledger')

const invalid = (why: string) =>
  new CodedError('INVITATION_INVALID', `The token ${why}. Ask for a new one.`)
