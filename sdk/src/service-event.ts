/** One event of a service, as CloudEvents 1.0 has it. */
export type ServiceEvent = {
  readonly specversion: '1.0'
  /** The same from every gateway, for ever. */
  readonly id: string
  readonly source: string
  /** Such as `org.openbsn.record`. */
  readonly type: string
  /** The record's key. */
  readonly subject?: string
  /** Block time, RFC 3339. */
  readonly time: string
  readonly datacontenttype: string
  readonly ledger: string
  readonly service: string
  readonly issuer: string
  /** Where it stands, as text; go on at the next whole number. */
  readonly position: string
  readonly height: string
  readonly transaction: string
  /** JSON and text as themselves; everything else as `data_base64`. */
  readonly data?: unknown
  readonly data_base64?: string
}

export type EventsQuery = {
  /** First position wanted; what comes from now on where absent. */
  readonly from?: number
  readonly key?: string
  readonly contentType?: string
  /**
   * A name whose place the gateway keeps: reading goes on behind the last event that was dealt
   * with, also in another process. One is when the loop asks for the next, so that the event under
   * way at a crash, an error or a `break` comes again. `from` counts for a name that is new.
   */
  readonly consumer?: string
  readonly signal?: AbortSignal
  /** Called where this reader is slow: it goes on from where it was, and nothing is left out. */
  readonly onBehind?: (at: StreamBehind) => void
}

/** How far a slow reader is behind. */
export type StreamBehind = {
  /** Position of what comes next. */
  readonly position: number
  /** Where the service's events end by now. */
  readonly head: number
}
