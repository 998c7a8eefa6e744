/** A line that never ends is cut, so that it takes no more memory than this. */
const lineBytesMax = 64 * 1024

const newline = 0x0a

/**
 * What a stream brings, as groups of whole lines without their ends: those that a piece completed.
 * A line longer than 64 KiB comes in parts. What is left at the end counts as a line, and a stream
 * that was closed early as one that ended.
 */
export async function* linesOf(stream: AsyncIterable<Buffer>): AsyncGenerator<Buffer[], void> {
  let rest: Buffer = Buffer.alloc(0)
  try {
    for await (const chunk of stream) {
      const { lines, left } = cut(rest.length === 0 ? chunk : Buffer.concat([rest, chunk]))
      rest = left
      if (lines.length > 0) yield lines
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error
  }
  if (rest.length > 0) yield [rest]
}

function cut(bytes: Buffer): { readonly lines: Buffer[]; readonly left: Buffer } {
  const lines: Buffer[] = []
  let from = 0
  for (;;) {
    const end = bytes.indexOf(newline, from)
    const length = (end === -1 ? bytes.length : end) - from
    if (length > lineBytesMax) {
      lines.push(bytes.subarray(from, from + lineBytesMax))
      from += lineBytesMax
    } else if (end === -1) {
      return { lines, left: bytes.subarray(from) }
    } else {
      lines.push(bytes.subarray(from, end))
      from = end + 1
    }
  }
}

/** Remembers the last lines, for messages. */
export class LastLines {
  readonly #linesMax: number
  #lines: string[] = []

  constructor(linesMax: number) {
    this.#linesMax = linesMax
  }

  add(lines: readonly Buffer[]): void {
    const texts = lines.slice(-this.#linesMax).map((line) => line.toString('utf8'))
    this.#lines = [...this.#lines, ...texts].slice(-this.#linesMax)
  }

  get lines(): readonly string[] {
    return this.#lines
  }
}
