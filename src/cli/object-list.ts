import type { Arguments } from './arguments.ts'
import type { OptionSpec } from './command.ts'
import { wholeNumber } from './values.ts'

/** Options of lists of objects of the state. */
export const listOptions = {
  limit: { type: 'string', value: 'N', default: '100', summary: 'How many' },
  cursor: { type: 'string', value: 'CURSOR', summary: 'Go on where another list ended' },
} as const satisfies Record<string, OptionSpec>

type PageOf<T> = { readonly items: readonly T[]; readonly next?: string }
type PageQuery = { readonly cursor?: string; readonly limit?: number }

/** What pages of a gateway hold at most. */
const pageMax = 1000

/**
 * Up to --limit objects, page by page: with filters a page may be empty and still not the last.
 * @throws CLI_OPTION_INVALID, the gateway's own codes
 */
export async function listAll<T>(
  args: Arguments,
  page: (query: PageQuery) => Promise<PageOf<T>>,
): Promise<PageOf<T>> {
  const limit = wholeNumber(args, 'limit', { min: 1, max: 1_000_000 }) ?? 100
  const items: T[] = []
  let cursor = args.optional('cursor')
  do {
    const link = cursor === undefined ? {} : { cursor }
    const answer = await page({ ...link, limit: Math.min(pageMax, limit - items.length) })
    items.push(...answer.items)
    cursor = answer.next
  } while (cursor !== undefined && items.length < limit)
  return cursor === undefined ? { items } : { items, next: cursor }
}

/** The filters among the options, as a query has them. */
export function filters<const T extends string>(
  args: Arguments,
  names: readonly T[],
): { readonly [name in T]?: string } {
  const given = names.map((name) => [name, args.optional(name)] as const)
  return Object.fromEntries(given.filter(([, value]) => value !== undefined)) as {
    [name in T]?: string
  }
}
