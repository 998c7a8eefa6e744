import {
  CodedError,
  concat,
  equalBytes,
  fromBase64url,
  fromUtf8,
  sha256,
  toBase64url,
  utf8,
} from '@openbsn/sdk'

/** Where a list goes on. The filters it belongs to are in it as a hash, so they cannot change. */
export type CursorFilters = Readonly<Record<string, string | undefined>>

const indexBytes = 8
const hashBytes = 8

function hashOf(filters: CursorFilters): Uint8Array {
  const sorted = Object.entries(filters).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return sha256(utf8(JSON.stringify(sorted))).subarray(0, hashBytes)
}

/** A cursor at `index` of the list with these filters. */
export function encodeCursor(index: number, filters: CursorFilters): string {
  const bytes = new Uint8Array(indexBytes + hashBytes)
  new DataView(bytes.buffer).setBigUint64(0, BigInt(index))
  bytes.set(hashOf(filters), indexBytes)
  return toBase64url(bytes)
}

/** The index in a cursor. @throws CURSOR_INVALID for a broken one, or one of other filters */
export function decodeCursor(cursor: string, filters: CursorFilters): number {
  const bytes = fromBase64url(cursor)
  if (bytes?.length !== indexBytes + hashBytes) {
    throw new CodedError('CURSOR_INVALID', 'The cursor is not one of ours.')
  }
  const index = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0))
  if (!equalBytes(bytes.subarray(indexBytes), hashOf(filters)) || !Number.isSafeInteger(index)) {
    throw new CodedError('CURSOR_INVALID', 'The cursor belongs to a list with other filters.')
  }
  return index
}

/** A cursor behind `key` of the list with these filters. */
export function encodeKeyCursor(key: string, filters: CursorFilters): string {
  return toBase64url(concat(hashOf(filters), utf8(key)))
}

/** The key in a cursor. @throws CURSOR_INVALID for a broken one, or one of other filters */
export function decodeKeyCursor(cursor: string, filters: CursorFilters): string {
  const bytes = fromBase64url(cursor)
  const key = bytes && bytes.length > hashBytes ? fromUtf8(bytes.subarray(hashBytes)) : undefined
  if (bytes === undefined || key === undefined) {
    throw new CodedError('CURSOR_INVALID', 'The cursor is not one of ours.')
  }
  if (equalBytes(bytes.subarray(0, hashBytes), hashOf(filters))) return key
  throw new CodedError('CURSOR_INVALID', 'The cursor belongs to a list with other filters.')
}
