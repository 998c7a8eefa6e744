import { concat } from '@openbsn/sdk'
import { parseRow, type Row, rowBytesMax, tooLong } from './row.ts'

const newline = 0x0a

/** One JSON value a line; empty lines are passed over. @throws INPUT_ROW_INVALID */
export async function* ndjsonRows(chunks: AsyncIterable<Uint8Array>, file: string) {
  let row = 0
  let line = 0
  for await (const bytes of lines(chunks, () => tooLong({ file, row: row + 1, line: line + 1 }))) {
    line++
    if (isBlank(bytes)) continue
    row++
    yield parseRow(bytes, { file, row, line }) satisfies Row
  }
}

async function* lines(chunks: AsyncIterable<Uint8Array>, tooLongError: () => Error) {
  let rest: Uint8Array = new Uint8Array(0)
  for await (const chunk of chunks) {
    let start = 0
    for (let end = chunk.indexOf(newline); end !== -1; end = chunk.indexOf(newline, start)) {
      const part = chunk.subarray(start, end)
      yield rest.length === 0 ? part : concat(rest, part)
      rest = new Uint8Array(0)
      start = end + 1
    }
    rest = concat(rest, chunk.subarray(start))
    if (rest.length > rowBytesMax) throw tooLongError()
  }
  if (rest.length > 0) yield rest
}

function isBlank(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 0x20 || byte === 0x09 || byte === 0x0d)
}
