import type { Clock } from '../kernel/clock.ts'

/** Codes that were good once: each counts once (NIST SP 800-63B, 5.1.4.2). */
export interface UsedCodes {
  /** True where the account has used the code before. */
  use(account: string, code: string): boolean
}

/** A code is good for its half minute and the ones beside it. */
const rememberedSeconds = 120

/** Keeps them in memory; whoever restarts a node to use a code twice has the machine already. */
export function createUsedCodes({ clock }: { readonly clock: Clock }): UsedCodes {
  const used = new Map<string, number>()
  return {
    use(account, code) {
      const now = clock.nowSeconds()
      for (const [key, until] of used) if (until <= now) used.delete(key)
      const key = `${account} ${code}`
      const isUsed = used.has(key)
      used.set(key, now + rememberedSeconds)
      return isUsed
    },
  }
}
