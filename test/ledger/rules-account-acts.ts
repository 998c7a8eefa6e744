import type { Books, Fields } from './rules-books.ts'
import { type By, isFor, type Rule, stoppedCode } from './rules-rule.ts'

/** Frozen accounts of chains, in the model: no act of it is decided by vote. */
export const accountActs: Readonly<Record<string, Rule>> = {
  'account-freeze': (books, fields, by) => change(books, fields, by, 'frozen'),
  'account-unfreeze': (books, fields, by) => change(books, fields, by, 'active'),
}

function change(
  books: Books,
  { service: id, address, expect, reason }: Fields,
  { owner, index }: By,
  status: string,
): string | undefined {
  const service = books.services.get(String(id))
  if (!service) return 'SERVICE_UNKNOWN'
  if (service.framework !== 'evm') return 'ACT_INVALID'
  if (!isFor(owner, service.publisher)) return 'NOT_ALLOWED'
  if (service.status === 'retired') return stoppedCode(service.status)
  const name = `${id}/${address}`
  const before = books.accounts.get(name) ?? { status: 'active', version: 0 }
  if (before.version !== expect) return 'VERSION_STALE'
  if (before.status === status) return 'ACT_CONFLICT'
  const freeze = [owner, index, ...(reason === undefined ? [] : [String(reason)])]
  const freezes = status === 'frozen' ? [freeze] : []
  books.accounts.set(name, { status, freezes, version: before.version + 1 })
  return undefined
}
