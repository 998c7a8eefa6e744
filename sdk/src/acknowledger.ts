import { isCodedError } from './errors.ts'

/** Requests count against a credential's limit: one tells of all that was dealt with meanwhile. */
const everyMs = 1000

/** Tells a gateway how far a reader has come, a little later and together. */
export interface Acknowledger {
  /**
   * Everything before a position is dealt with.
   * @throws what the gateway refused for good when it was told before
   */
  handled(position: number): void
  /** Tells what was not told yet. Never rejects: what nobody acknowledged comes again. */
  end(): Promise<void>
}

/** Failures that pass are made up for by the next acknowledgement. */
export function createAcknowledger(
  tell: (position: number) => Promise<unknown>,
  delayMs = everyMs,
): Acknowledger {
  let [handled, told] = [0, 0]
  let failure: { readonly error: unknown } | undefined
  let timer: ReturnType<typeof setTimeout> | undefined
  let telling: Promise<void> = Promise.resolve()

  async function tellAll(): Promise<void> {
    const position = handled
    if (position === told || failure) return
    try {
      await tell(position)
      told = position
    } catch (error) {
      if (!isCodedError(error) || !error.retryable) failure = { error }
    }
  }

  function later(): void {
    timer = undefined
    telling = telling.then(tellAll)
  }

  return {
    handled(position) {
      if (failure) throw failure.error
      handled = position
      timer ??= setTimeout(later, delayMs)
    },
    async end() {
      clearTimeout(timer)
      later()
      await telling
    },
  }
}
