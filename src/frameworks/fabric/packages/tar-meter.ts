import { packageError } from './errors.ts'

/** An archive is a row of blocks: a header, content filled up to whole blocks, and so on. */
const blockBytes = 512
const emptyBlock = Buffer.alloc(blockBytes)

/** More than any long name and than what a tape was filled up with; it is held in memory. */
const aheadBytesMax = 1024 * 1024

/**
 * Looks at an archive beside the library that reads it, for what that one lets pass: an archive
 * that ends without its end mark (two empty blocks), entries after it, and headers without end.
 */
export class TarMeter {
  /** Bytes so far. */
  total = 0
  /** How far entries were read. */
  #position = 0
  /** Where the last entry ends, filled up to a block. */
  #end = 0
  /** Where the empty blocks after `#position` begin. */
  #empty: number[] = []
  #isEmpty = true
  #lastUsed = 0

  /** @throws PACKAGE_UNREADABLE */
  add(chunk: Buffer): void {
    for (let at = 0; at < chunk.length; ) {
      const within = (this.total + at) % blockBytes
      const piece = chunk.subarray(at, at + blockBytes - within)
      if (within === 0) this.#isEmpty = true
      const isEmpty = piece.equals(emptyBlock.subarray(0, piece.length))
      this.#isEmpty &&= isEmpty
      at += piece.length
      if (!isEmpty) this.#lastUsed = this.total + at
      else if (this.#isEmpty && within + piece.length === blockBytes) {
        this.#empty.push(this.total + at - blockBytes)
      }
    }
    this.total += chunk.length
    if (this.total - this.#position > aheadBytesMax) {
      throw unreadable(`${aheadBytesMax} bytes without a file`)
    }
  }

  /** An entry begins. @throws PACKAGE_UNREADABLE */
  entry(offset: number, sizeBytes: number): void {
    if (this.#empty.some((at) => at >= this.#end && at < offset)) {
      throw unreadable('entries after its end')
    }
    const content = offset + blockBytes
    this.#end = content + Math.ceil(sizeBytes / blockBytes) * blockBytes
    this.#moveTo(content)
  }

  /** The content of the entry, told as it is read. */
  async *passing(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void> {
    for await (const chunk of chunks) {
      this.#moveTo(this.#position + chunk.length)
      yield chunk
    }
  }

  /** All was read. @throws PACKAGE_UNREADABLE */
  end(): void {
    if (this.#end === 0) throw unreadable('no file')
    if (this.total < this.#end + 2 * blockBytes) throw unreadable('no end: a part is missing')
    if (this.#lastUsed > this.#end) throw unreadable('bytes after its end')
  }

  #moveTo(position: number): void {
    this.#position = position
    const first = this.#empty.findIndex((at) => at >= position)
    this.#empty = first === -1 ? [] : this.#empty.slice(first)
  }
}

const unreadable = (what: string) => packageError('PACKAGE_UNREADABLE', `The package has ${what}.`)
