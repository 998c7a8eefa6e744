/** Which entries, by place in the log; service and key are matched exactly. */
export type EntryFilter = {
  readonly service?: string
  /** Given only together with `service`. */
  readonly key?: string
  readonly fromIndex: number
  /** Exclusive. */
  readonly toIndex: number
  readonly order: 'oldest' | 'newest'
  /** At least 1. */
  readonly limit: number
}

export type EntrySlice = {
  /** The first `limit` indexes that match, in the order asked for. */
  readonly indexes: readonly number[]
  /** The first index that the projection has not seen: the list ends before it. */
  readonly position: number
}

/** Lists of entries of one ledger, from a projection: fast, and not proven. */
export interface EntryQuery {
  /** Waits for what is near. @throws LISTS_BEHIND where `toIndex` is far beyond `position` */
  list(filter: EntryFilter): Promise<EntrySlice>
  /** The first index that the projection has not seen. */
  readonly position: number
}
