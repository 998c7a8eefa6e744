import { isCodedError } from '@openbsn/sdk'
import { type JsonValue, parseJson } from '../../kernel/json.ts'
import { fail } from '../fail.ts'

/** One row of an input. */
export type Row = {
  /** From 1, counted over the rows of this input alone. */
  readonly number: number
  readonly value: JsonValue
  /** The value as JSON without spaces: the same row gives the same text. */
  readonly text: string
}

/** Bytes of one row's text: far above a payload's 64 KiB, so that spaces do not matter. */
export const rowBytesMax = 1024 * 1024

export type Place = { readonly file: string; readonly row: number; readonly line?: number }

/** `line` is said where it tells more than the row does. */
export function invalidRow({ file, row, line }: Place, why: string, cause?: unknown) {
  const where = line === undefined ? `row ${row}` : `row ${row} (line ${line})`
  const details = { file, row, ...(line === undefined ? {} : { line }) }
  return fail('INPUT_ROW_INVALID', `${file}, ${where}: ${why}`, { cause, details })
}

/** @throws INPUT_ROW_INVALID */
export function parseRow(bytes: Uint8Array, place: Place): Row {
  if (bytes.length > rowBytesMax) throw tooLong(place)
  try {
    const value = parseJson(bytes)
    return { number: place.row, value, text: JSON.stringify(value) }
  } catch (error) {
    if (!isCodedError(error)) throw error
    throw invalidRow(place, error.message, error)
  }
}

/** For a row that grows past `rowBytesMax`. */
export function tooLong(place: Place) {
  return invalidRow(place, `it is longer than ${rowBytesMax} bytes, or its end is missing.`)
}
