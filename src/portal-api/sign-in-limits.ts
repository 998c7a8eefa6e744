import { CodedError } from '@openbsn/sdk'
import type { Clock } from '../kernel/clock.ts'

/** Failed tries in a quarter of an hour: who mistypes is far below, a program far above. */
const windowSeconds = 900
const triesMax: Readonly<Record<'account' | 'network' | 'everywhere', number>> = {
  /** For one account, from one network. */
  account: 10,
  /** From one network, for whichever accounts. */
  network: 50,
  /** For one account from everywhere: many machines that share the work stop here. */
  everywhere: 100,
}

/** What one try counts for. */
export type SignInTry = {
  /** What the account is called, whether there is one or not; absent where nobody says. */
  readonly account?: string
  /** Where the connection comes from. */
  readonly network: string
}

/** Limits guessing. A try counts from its beginning, so that many at once are many. */
export interface SignInLimits {
  /** @throws SIGN_IN_LIMITED */
  begin(one: SignInTry): { succeeded(): void }
}

type Window = { used: number; readonly until: number }

/** Keeps counters in memory, of the last quarter of an hour. */
export function createSignInLimits({ clock }: { readonly clock: Clock }): SignInLimits {
  let windows = new Map<string, Window>()
  let sweptAt = 0

  function windowOf(key: string, now: number): Window {
    const known = windows.get(key)
    return known && known.until > now ? known : { used: 0, until: now + windowSeconds }
  }

  function sweep(now: number): void {
    if (now < sweptAt + 60) return
    sweptAt = now
    windows = new Map([...windows].filter(([, { until }]) => until > now))
  }

  return {
    begin(one) {
      const now = clock.nowSeconds()
      sweep(now)
      const taken = keysOf(one).map(([key, most]) => {
        return { key, most, window: windowOf(key, now) }
      })
      const full = taken.filter(({ window, most }) => window.used >= most)
      if (full.length > 0) throw limited(Math.max(...full.map(({ window }) => window.until)) - now)
      // Only now: a try that is refused takes no memory.
      for (const { key, window } of taken) {
        windows.set(key, window)
        window.used++
      }
      return {
        succeeded: () => {
          for (const { window } of taken) window.used--
        },
      }
    },
  }
}

function keysOf({ account, network }: SignInTry): (readonly [key: string, most: number])[] {
  const all = [`network ${network}`, triesMax.network] as const
  if (account === undefined) return [all]
  const name = account.trim().toLowerCase()
  const here = [`account ${name} ${network}`, triesMax.account] as const
  return [all, here, [`everywhere ${name}`, triesMax.everywhere]]
}

function limited(retryAfter: number): CodedError {
  const minutes = Math.ceil(retryAfter / 60)
  const message = `Too many tries failed: try again in ${minutes} min.`
  return new CodedError('SIGN_IN_LIMITED', message, { details: { retryAfter } })
}
