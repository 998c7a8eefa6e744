/** What became of one statement. `index` and `height` say where its entry is. */
export type Outcome =
  | {
      readonly outcome: 'appended' | 'duplicate'
      readonly index: number
      readonly height: number
      /** base64url of the COSE receipt, or `pending` until enough validators signed. */
      readonly receipt?: string
      /** base64url of the registered bytes, where receipts were asked for. */
      readonly statement?: string
    }
  | { readonly outcome: 'refused'; readonly code: string; readonly detail: string }

export type Entry = { index: number; height: number; time: number; statement: Uint8Array }

export type ListedEntry = {
  readonly index: number
  readonly height: number
  readonly time: number
  readonly service: string
  readonly key?: string
  readonly contentType: string
  readonly issuer: string
  /** base64url of the payload. */
  readonly payload: string
}
export type EntryPage = {
  readonly entries: ListedEntry[]
  readonly next?: string
  /** First index that the list has not seen yet. */
  readonly position: number
}

/** Filters of `list`; times in seconds since 1970, `to` exclusive. */
export type ListQuery = {
  readonly service?: string
  readonly key?: string
  readonly from?: number
  readonly to?: number
  readonly cursor?: string
  readonly limit?: number
  readonly order?: 'oldest' | 'newest'
}

export type CheckpointAnswer = {
  readonly height: number
  readonly time: number
  readonly size: number
  readonly logRoot: string
  readonly stateRoot: string
  /** base64url COSE_Sign1, one for each validator that signed. */
  readonly checkpoints: string[]
}

export type StateAnswer = {
  readonly key: string
  /** base64url; null where the key is absent. */
  readonly value: string | null
  /** base64url of the proof, for `decodeStateProof`. */
  readonly proof: string
  readonly checkpoint: CheckpointAnswer
}
