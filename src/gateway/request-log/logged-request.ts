import type { LoggedText } from './log-text.ts'

/** A request that a credential made, as the log has it. */
export type LoggedRequest = {
  /** Grows from each to the next; with gaps. */
  readonly number: number
  /** Whole seconds since 1970. */
  readonly time: number
  /** As in the header x-request-id of its answer: a client may choose the same one again. */
  readonly id: string
  readonly credential: string
  /** Whose credential it is; the publisher's own where absent. */
  readonly participant?: string
  readonly method: string
  /** With its query; secrets are masked. */
  readonly path: string
  readonly status: number
  /** Of the problem, or of the error of JSON-RPC, that it was answered with. */
  readonly code?: string
  /** From the head of the request to the end of the answer. */
  readonly ms: number
  /** Media type of its body. */
  readonly contentType?: string
  readonly request?: LoggedText
  readonly answer?: LoggedText
  /** Where the answer says that what was made is. */
  readonly location?: string
  /** So many that came right before it are not kept. */
  readonly skipped?: number
}

/** Which of them. Texts are compared as they are. */
export type LogFilter = {
  readonly status?: { readonly from: number; readonly to: number } | undefined
  readonly code?: string | undefined
  readonly method?: string | undefined
  /** A part of the path. */
  readonly path?: string | undefined
  readonly credential?: string | undefined
  readonly id?: string | undefined
  /** Seconds since 1970: from then on, and before. */
  readonly from?: number | undefined
  readonly to?: number | undefined
}

/** The log of one service; `participant`: of its credentials alone. */
export type LogPlace = {
  readonly ledger: string
  readonly service: string
  readonly participant?: string | undefined
}

/** Numbers that one second has room for: more than any gateway answers. */
export const perSecondMax = 100_000
export const secondOf = (number: number): number => Math.floor(number / perSecondMax)
