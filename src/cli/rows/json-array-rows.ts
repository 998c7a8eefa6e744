import { concat } from '@openbsn/sdk'
import { invalidRow, parseRow, type Row, rowBytesMax, tooLong } from './row.ts'

const byte = {
  quote: 0x22,
  comma: 0x2c,
  open: 0x5b,
  backslash: 0x5c,
  close: 0x5d,
  braceOpen: 0x7b,
  braceClose: 0x7d,
} as const

/**
 * The elements of one JSON array, one after the other: memory holds one element, not the file.
 * @throws INPUT_ROW_INVALID
 */
export async function* jsonArrayRows(chunks: AsyncIterable<Uint8Array>, file: string) {
  const splitter = new ArraySplitter(file)
  for await (const chunk of chunks) yield* splitter.push(chunk)
  splitter.end()
}

/** Finds where elements begin and end; what they are is for the strict parser to judge. */
class ArraySplitter {
  readonly #file: string
  #state: 'before' | 'inside' | 'after' = 'before'
  #row = 0
  #depth = 0
  #inText = false
  #escaped = false
  /** The element's bytes from chunks before. */
  #rest: Uint8Array = new Uint8Array(0)

  constructor(file: string) {
    this.#file = file
  }

  *push(chunk: Uint8Array): Generator<Row> {
    let start = 0
    for (let i = 0; i < chunk.length; i++) {
      const next = chunk[i] ?? 0
      if (this.#state !== 'inside') {
        this.#outside(next)
        start = i + 1
      } else if (this.#isEnd(next)) {
        const row = this.#take(chunk.subarray(start, i), next === byte.close)
        if (row) yield row
        start = i + 1
      }
    }
    if (this.#state !== 'inside') return
    this.#rest = concat(this.#rest, chunk.subarray(start))
    if (this.#rest.length > rowBytesMax) throw tooLong(this.#place())
  }

  end(): void {
    if (this.#state === 'after') return
    throw invalidRow(this.#place(), 'the array is not closed: the file is cut short.')
  }

  #place() {
    return { file: this.#file, row: this.#row + 1 }
  }

  #outside(next: number): void {
    if (isSpace(next)) return
    if (this.#state === 'after') {
      throw invalidRow({ file: this.#file, row: this.#row }, 'text follows after the array.')
    }
    if (next !== byte.open) throw invalidRow(this.#place(), 'the input does not begin with "[".')
    this.#state = 'inside'
  }

  /** True at the comma or bracket that ends an element. */
  #isEnd(next: number): boolean {
    if (this.#inText) {
      this.#insideText(next)
      return false
    }
    if (next === byte.quote) this.#inText = true
    else if (next === byte.open || next === byte.braceOpen) this.#depth++
    else if (this.#depth === 0) return next === byte.comma || next === byte.close
    else if (next === byte.close || next === byte.braceClose) this.#depth--
    return false
  }

  #insideText(next: number): void {
    if (this.#escaped) this.#escaped = false
    else if (next === byte.backslash) this.#escaped = true
    else if (next === byte.quote) this.#inText = false
  }

  #take(part: Uint8Array, isLast: boolean): Row | undefined {
    const bytes = this.#rest.length === 0 ? part : concat(this.#rest, part)
    this.#rest = new Uint8Array(0)
    if (isLast) this.#state = 'after'
    if (bytes.every(isSpace)) {
      if (isLast && this.#row === 0) return undefined
      throw invalidRow(this.#place(), 'an element is missing beside a comma.')
    }
    const row = parseRow(bytes, this.#place())
    this.#row++
    return row
  }
}

function isSpace(next: number): boolean {
  return next === 0x20 || next === 0x0a || next === 0x0d || next === 0x09
}
