import { CodedError, decodeCbor, limits } from '@openbsn/sdk'
import { type Static, Type } from 'typebox'
import { assert } from '../../../kernel/assert.ts'
import type { Ledger } from '../../../ledger/ledger.ts'
import { readObject, type StateObject } from '../../../ledger/state/state-view.ts'
import { type CursorFilters, decodeKeyCursor, encodeKeyCursor } from '../../cursor.ts'
import { WholeNumber, wholeNumber } from './schemas.ts'

const limitDefault = 100
const limitMax = 1000
/** So many objects are looked at for one page, whatever the filters leave of them. */
const scannedMax = 2000

/** A part of a path, or a filter: a name of something in the state. */
export const Name = (description: string) =>
  Type.String({ minLength: 1, maxLength: limits.nameBytesMax, description })

/** Filters and paging of a list of objects. */
export const pageQuery = {
  cursor: Type.Optional(Type.String({ maxLength: 512, description: '`next` of a page.' })),
  limit: Type.Optional(WholeNumber(`1 to ${limitMax}; ${limitDefault} where absent.`)),
}
export const next = Type.Optional(
  Type.String({
    description: 'Cursor of the next page; with filters a page may have few or none.',
  }),
)

type FilteredQuery = { readonly cursor?: string; readonly limit?: string } & {
  readonly [filter: string]: string | undefined
}

/** Paging of a list without filters. */
export const PageQuery = Type.Object(pageQuery, { additionalProperties: false })

/** @throws REQUEST_INVALID */
export function pageLimit(text: string | undefined): number {
  const size = text === undefined ? limitDefault : wholeNumber(text, 'querystring/limit')
  if (size >= 1 && size <= limitMax) return size
  throw new CodedError('REQUEST_INVALID', `querystring/limit: must be 1 to ${limitMax}.`)
}

/**
 * A page of the objects whose keys begin with `prefix`, in the order of their keys, less those of
 * which a field that has the name of a filter is another one.
 * @throws CURSOR_INVALID, REQUEST_INVALID
 */
export function listObjects<T>(
  ledger: Ledger,
  prefix: string,
  { cursor, limit, ...filters }: FilteredQuery,
  shown: (id: string, object: StateObject) => T,
): { items: T[]; next?: string } {
  const size = pageLimit(limit)
  const scope = { ...filters, ledger: ledger.id, prefix }
  let after = cursor === undefined ? undefined : prefix + decodeKeyCursor(cursor, scope)
  const most = Math.max(scannedMax, size + 1)
  const found = ledger.objects(prefix, after, most)
  const items: T[] = []
  let looked = 0
  for (const { key, value } of found) {
    if (items.length === size) break
    looked++
    after = key
    const object = decodeCbor(value)
    assert(object instanceof Map, `the state keeps ${key} as a map`)
    if (fits(object, filters)) items.push(shown(key.slice(prefix.length), object))
  }
  if (looked === found.length && found.length < most) return { items }
  return { items, next: encodeKeyCursor((after ?? prefix).slice(prefix.length), scope) }
}

/**
 * A page of a list that is whole in memory, in the order of what `orderOf` says of each, which is
 * another text for each. `scope` says which list it is, so that no cursor is taken for another one.
 * @throws CURSOR_INVALID, REQUEST_INVALID
 */
export function pageOf<T>(
  all: readonly T[],
  orderOf: (one: T) => string,
  { cursor, limit }: Static<typeof PageQuery>,
  scope: CursorFilters,
): { items: T[]; next?: string } {
  const size = pageLimit(limit)
  const after = cursor === undefined ? undefined : decodeKeyCursor(cursor, scope)
  const rest = after === undefined ? all : all.filter((one) => orderOf(one) > after)
  const items = rest.slice(0, size)
  const last = rest.length > size ? items.at(-1) : undefined
  return last === undefined ? { items } : { items, next: encodeKeyCursor(orderOf(last), scope) }
}

function fits(object: StateObject, filters: { readonly [name: string]: string | undefined }) {
  return Object.entries(filters).every(
    ([name, value]) => value === undefined || object.get(name) === value,
  )
}

/** @throws `code` where the state has no such object */
export function requireObject(ledger: Ledger, key: string, code: string): StateObject {
  const object = readObject(ledger, key)
  if (object) return object
  throw new CodedError(code, `There is no ${key}.`)
}
