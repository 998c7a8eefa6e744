import type { Prng } from '../../src/testing/prng.ts'

const kinds = ['kill', 'stop', 'twoKills'] as const

/** One thing that is done to a network of five nodes. */
export type Harm = {
  /** Before it. */
  readonly waitMs: number
  readonly kind: (typeof kinds)[number]
  /** Places of the nodes that it is done to, and for how long each is down. */
  readonly hits: readonly { readonly place: number; readonly downMs: number }[]
}

/** All of it is drawn before anything is done: what comes next does not hang on who is faster. */
export function nextHarm(prng: Prng): Harm {
  const waitMs = prng.int(500, 4000)
  const [one, other] = [prng.int(0, 4), prng.int(1, 4)]
  const kind = kinds[prng.int(0, kinds.length - 1)] ?? 'kill'
  const both = [one, (one + other) % 5].map((place) => ({ place, downMs: prng.int(0, 3000) }))
  return { waitMs, kind, hits: both.slice(0, kind === 'twoKills' ? 2 : 1) }
}
