/** Which entries of a service; a projection of the ledger answers, oldest or newest first. */
export type RecordFilter = {
  readonly service: string
  readonly key?: string
  readonly fromIndex: number
  /** Exclusive. */
  readonly toIndex: number
  readonly order: 'oldest' | 'newest'
  readonly limit: number
}

/** Lists of entries by service and key; the projection of the ledger. */
export interface RecordLists {
  /** The first index that is not in the lists yet. */
  readonly position: number
  /** Waits for what is near. @throws LISTS_BEHIND where `toIndex` is far beyond `position` */
  list(
    filter: RecordFilter,
  ): Promise<{ readonly indexes: readonly number[]; readonly position: number }>
  /** Takes in what the log has by now. @throws LEDGER_STOPPED where it cannot any more */
  advance(): Promise<void>
}

/** A page ends early beyond so many bytes of statements: 1,000 of 64 KiB would be 64 MB. */
export const pageBytesMax = 4 * 1024 * 1024
