import type { FrameworkInfo, ServiceObject } from '@openbsn/sdk'

/** What a credential may be made for, and for how long. */

/** What most programs do. */
const usualScopes = ['records:write', 'records:read']

/** Those that the functions of a service ask for, as the ledger describes its framework. */
export function scopesOf(
  { framework, functions = [] }: Pick<ServiceObject, 'framework' | 'functions'>,
  frameworks: readonly FrameworkInfo[],
): readonly string[] {
  const known = frameworks.find(({ name }) => name === framework)?.functions ?? []
  const called = known.filter(({ name }) => functions.includes(name))
  return [...new Set(called.flatMap(({ scopes }) => scopes))]
}

/** Chosen at first. */
export const scopesAtFirst = (all: readonly string[]): string =>
  all.filter((one) => usualScopes.includes(one)).join(' ')

const day = 86_400
/** Seconds until it ends. */
const lives = { never: undefined, month: 30 * day, quarter: 90 * day, year: 365 * day } as const
export type Life = keyof typeof lives
export const lifeNames = Object.keys(lives) as readonly Life[]

/** The end of a life that begins now; undefined where it has none. */
export function endOf(life: Life, nowSeconds: number): number | undefined {
  const seconds = lives[life]
  return seconds === undefined ? undefined : nowSeconds + seconds
}

/** How long keys go on that others take the place of, in seconds. */
export const overlaps = { none: 0, hour: 3600, day, week: 7 * day } as const
export type Overlap = keyof typeof overlaps
export const overlapNames = Object.keys(overlaps) as readonly Overlap[]
