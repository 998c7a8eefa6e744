import { CodedError } from '@openbsn/sdk'

/** Where an entry is: the id that this door gives it. */
export type EntryPlace = { readonly ledger: string; readonly index: number }

const pattern = /^(bsn1[0-9a-f]{40})-(0|[1-9][0-9]{0,15})$/

/** Clients take it as it is; that it names ledger and index is for people who look for a fault. */
export function entryId({ ledger, index }: EntryPlace): string {
  return `${ledger}-${index}`
}

/** @throws LOCATOR_INVALID */
export function readEntryId(id: string): EntryPlace {
  const [, ledger, digits] = pattern.exec(id) ?? []
  const index = Number(digits)
  if (ledger !== undefined && Number.isSafeInteger(index)) return { ledger, index }
  throw new CodedError('LOCATOR_INVALID', 'The entry id is not in a valid form.')
}
