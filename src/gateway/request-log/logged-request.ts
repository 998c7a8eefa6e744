import type { Caller } from '../access/access.ts'
import type { ServedLedger } from '../served-ledger.ts'

/** Whose a request is. */
export type Asker = { readonly served: ServedLedger; readonly caller: Caller }

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
