import { Readable } from 'node:stream'
import { CsvError, parse } from 'csv-parse'
import { invalidRow, type Place, type Row, rowBytesMax } from './row.ts'

/**
 * Rows of CSV (RFC 4180) whose first line names the columns. Each row is an object of texts.
 * @throws INPUT_ROW_INVALID for broken quotes, too few or too many cells, columns of one name,
 * cells that are separated by something else than commas
 */
export async function* csvRows(chunks: AsyncIterable<Uint8Array>, file: string) {
  let number = 0
  const parser = parse({ skip_empty_lines: true, max_record_size: rowBytesMax })
  const text = Readable.from(utf8Text(chunks, () => invalidRow({ file, row: number + 1 }, notUtf8)))
  text.on('error', (error) => parser.destroy(error)).pipe(parser)
  let columns: readonly string[] | undefined
  try {
    for await (const cells of parser as AsyncIterable<string[]>) {
      if (!columns) {
        columns = checkedColumns(cells, file)
        continue
      }
      number++
      yield rowOf(columns, cells, number)
    }
  } catch (error) {
    if (!(error instanceof CsvError)) throw error
    throw invalidRow(placeOf(error, file), reasonOf(error), error)
  } finally {
    text.destroy()
  }
}

const notUtf8 = 'the text is not UTF-8.'

async function* utf8Text(chunks: AsyncIterable<Uint8Array>, failed: () => Error) {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  try {
    for await (const chunk of chunks) yield decoder.decode(chunk, { stream: true })
    yield decoder.decode()
  } catch (error) {
    throw error instanceof TypeError ? failed() : error
  }
}

function checkedColumns(names: readonly string[], file: string): readonly string[] {
  const place = { file, row: 0, line: 1 }
  const twice = names.find((name, i) => names.indexOf(name) !== i)
  if (twice !== undefined) throw invalidRow(place, `two columns are named "${twice}".`)
  if (names.includes('')) throw invalidRow(place, 'a column has no name.')
  const [only = ''] = names
  if (names.length === 1 && /[;\t]/.test(only)) {
    throw invalidRow(place, `its one column is named "${only}": separate cells by commas.`)
  }
  if (names.includes('__proto__')) throw invalidRow(place, 'no column may be named __proto__.')
  return names
}

function rowOf(columns: readonly string[], cells: readonly string[], number: number): Row {
  const value: Record<string, string> = Object.create(null)
  columns.forEach((name, i) => {
    value[name] = cells[i] ?? ''
  })
  return { number, value, text: JSON.stringify(value) }
}

/** `records`: the rows before, the head among them. An open quote ends only at the last line. */
function placeOf({ code, records, lines }: CsvError, file: string): Place {
  const row = typeof records === 'number' ? records : 0
  const hasLine = typeof lines === 'number' && code !== 'CSV_QUOTE_NOT_CLOSED'
  return { file, row, ...(hasLine ? { line: lines } : {}) }
}

/** The parser counts the head as a row and speaks of records and bytes; these are our own words. */
function reasonOf({ code, message }: CsvError): string {
  if (code === 'CSV_QUOTE_NOT_CLOSED') return 'a quote is opened and never closed.'
  if (code === 'CSV_INVALID_CLOSING_QUOTE') {
    return 'text follows a closing quote; a quote within quotes is written twice: "".'
  }
  if (code === 'INVALID_OPENING_QUOTE') return 'a quote stands in the middle of a cell.'
  if (code === 'CSV_RECORD_INCONSISTENT_FIELDS_LENGTH') {
    return 'it has more or fewer cells than the first line has columns.'
  }
  if (code === 'CSV_MAX_RECORD_SIZE') return `it is longer than ${rowBytesMax} bytes.`
  return message
}
