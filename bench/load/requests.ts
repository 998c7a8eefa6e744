import type { HttpAnswer } from './http-connection.ts'
import { createJsonRequests } from './json-requests.ts'
import type { LoadPlan } from './plan.ts'
import { createStatementRequests } from './statement-requests.ts'

/** Makes the requests of a load, one after the other, and reads their answers. */
export interface Requests {
  /** A buffer that `fill` can fill. */
  buffer(): Buffer
  /** Puts the next request into a buffer; false where there are no more. */
  fill(request: Buffer): boolean
  /** Statements that were answered as registered, or what went wrong instead. */
  appended(answer: HttpAnswer): number | string
}

export function createRequests(work: LoadPlan['work']): Requests {
  return work.kind === 'json' ? createJsonRequests(work) : createStatementRequests(work)
}
