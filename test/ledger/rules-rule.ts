import type { Books, Fields } from './rules-books.ts'

/** What rules of the model share. */

/** Who acts, when; the act's entry gets the index. */
export type By = {
  readonly owner: string
  readonly key: string
  readonly time: number
  readonly index: number
}

export type Rule = (books: Books, fields: Fields, by: By) => string | undefined
export const texts = (value: unknown) => (Array.isArray(value) ? value.map(String) : [])

/** What an act changes, if it is there and at the version that the act expects. */
export function stale(object: { readonly version: number } | undefined, fields: Fields) {
  if (!object) return 'OBJECT_NOT_FOUND'
  return object.version === fields.expect ? undefined : 'VERSION_STALE'
}

/** Registers keys, or says why not. */
export function addKeys(books: Books, names: readonly string[], owner: string): string | undefined {
  if (names.some((name) => books.keys.has(name))) return 'ACT_CONFLICT'
  if (new Set(names).size < names.length) return 'ACT_CONFLICT'
  for (const name of names) books.addKey(name, owner)
  return undefined
}

/** What a service that does not run answers. */
export const stoppedCode = (status: string) =>
  `SERVICE_${['frozen', 'retired'].includes(status) ? status.toUpperCase() : 'NOT_RUNNING'}`

/** Who decides on what is an owner's: it does, and a member on what its operator's keys made. */
export const isFor = (owner: string, others: string | undefined): boolean =>
  [owner, owner.replace(/^member/, 'operator')].includes(others ?? '')
