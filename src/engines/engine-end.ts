import type { ProcessEnd } from './guarded-child.ts'

/** How one run of an engine ended. */
export type EngineEnd = ProcessEnd & {
  /**
   * `unhealthy`: it was ended because it had not answered for too long. `not started`: there was
   * no process; `cause` says why.
   */
  readonly why: 'ended' | 'unhealthy' | 'not started'
  readonly ranMs: number
  /** Since it was healthy last and until it ended; 0 where it was not. */
  readonly healthyMs: number
  /** What the program printed last. */
  readonly lastLines: readonly string[]
  readonly cause?: unknown
}

/** Such as `ended with code 1 after 120 ms`. */
export function describeEnd({ why, code, signal, ranMs, cause }: EngineEnd): string {
  if (why === 'not started') {
    return `was not started: ${cause instanceof Error ? cause.message : String(cause)}`
  }
  const how = signal === null ? `with code ${code}` : `by ${signal}`
  const unwell = why === 'unhealthy' ? ', because it did not answer any more' : ''
  return `ended ${how} after ${Math.round(ranMs)} ms${unwell}`
}
