import type { Books, ModelAct } from './rules-books.ts'
import type { Chance } from './rules-chance.ts'

/** What statements by chance speak of. */

export type Choose = (books: Books, now: number, chance: Chance) => ModelAct

export const services = ['flights', 'sensors', 'points', 'nowhere'] as const
export const keyNames = Array.from({ length: 100 }, (_, i) => `key ${i}`)
export const anyKey = ({ pick }: Chance) => pick(keyNames, '')
export const memberOf = ({ alliance }: Books, { pick }: Chance) => pick(alliance.members, 'admin')
export const someOf = <T>(items: readonly T[], { oneIn }: Chance) => items.filter(() => oneIn(2))

/** The version that something is at; another one now and then. */
export const expected = (
  of: ReadonlyMap<string, { readonly version: number }>,
  name: string,
  { prng, oneIn }: Chance,
) => (oneIn(6) ? prng.int(1, 3) : (of.get(name)?.version ?? 1))
