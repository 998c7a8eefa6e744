import type { Prng } from '../../src/testing/prng.ts'

/** Chance by seed, for what the rules are tried with. */
export type Chance = {
  readonly prng: Prng
  readonly oneIn: (count: number) => boolean
  readonly oneOf: <T>(...items: readonly [T, ...T[]]) => T
  readonly pick: <T>(items: readonly T[], otherwise: T) => T
}

export function chanceOf(prng: Prng): Chance {
  const pick = <T>(items: readonly T[], otherwise: T): T =>
    items[prng.int(0, Math.max(0, items.length - 1))] ?? otherwise
  return {
    prng,
    oneIn: (count) => prng.int(1, count) === 1,
    oneOf: (...items) => pick(items, items[0]),
    pick,
  }
}

/** Without the fields that are undefined. */
export function defined<T extends object>(
  fields: T,
): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined),
  ) as never
}
