import { createHash } from 'node:crypto'
import { type FileHandle, open } from 'node:fs/promises'
import { CodedError } from '@openbsn/sdk'
import { damaged, foreign, itemBytesMax } from './export-format.ts'

/** Bytes that are read or written at once. */
const bufferBytes = 1024 * 1024

/** Writes items one behind the other, through a buffer. */
export class ItemWriter {
  readonly #handle: FileHandle
  readonly #hash = createHash('sha256')
  #parts: Uint8Array[] = []
  #bytes = 0

  private constructor(handle: FileHandle) {
    this.#handle = handle
  }

  /** Makes the file, readable by its owner alone. */
  static async create(path: string): Promise<ItemWriter> {
    return new ItemWriter(await open(path, 'w', 0o600))
  }

  async add(item: Uint8Array): Promise<void> {
    for (const part of framed(item)) {
      this.#hash.update(part)
      this.#parts.push(part)
      this.#bytes += part.length
    }
    if (this.#bytes >= bufferBytes) await this.#flush()
  }

  /** SHA-256 of everything so far. */
  digest(): Uint8Array {
    return this.#hash.copy().digest()
  }

  async #flush(): Promise<void> {
    await this.#handle.writev(this.#parts)
    this.#parts = []
    this.#bytes = 0
  }

  /** Waits until the disk has all. */
  async finish(): Promise<void> {
    await this.#flush()
    await this.#handle.sync()
    await this.#handle.close()
  }

  async abandon(): Promise<void> {
    await this.#handle.close()
  }
}

/**
 * An item as it stands in a file: behind the head of a CBOR byte string with a 32-bit length, which
 * is not the shortest form, but of one size.
 */
export function framed(item: Uint8Array): readonly [Uint8Array, Uint8Array] {
  const head = Buffer.alloc(5)
  head[0] = 0x5a
  head.writeUInt32BE(item.length, 1)
  return [head, item]
}

/** Reads what `ItemWriter` wrote; views that stay valid. */
export class ItemReader {
  readonly #handle: FileHandle
  readonly #hash = createHash('sha256')
  #buffer = Buffer.alloc(0)
  #before = this.#hash
  #isFirst = true

  private constructor(handle: FileHandle) {
    this.#handle = handle
  }

  static async open(path: string): Promise<ItemReader> {
    return new ItemReader(await open(path, 'r'))
  }

  /**
   * The next item; undefined at the file's end.
   * @throws EXPORT_FOREIGN, EXPORT_TRUNCATED, EXPORT_DAMAGED
   */
  async next(): Promise<Uint8Array | undefined> {
    const head = await this.#take(5)
    if (head.length === 0) return undefined
    if (this.#isFirst && head[0] !== 0x5a) throw foreign()
    this.#isFirst = false
    if (head.length < 5) throw truncated()
    const length = head.readUInt32BE(1)
    if (head[0] !== 0x5a || length > itemBytesMax) throw damaged('it has an item of no known form')
    const item = await this.#take(length)
    if (item.length < length) throw truncated()
    this.#before = this.#hash.copy()
    this.#hash.update(head).update(item)
    return item
  }

  /** SHA-256 of all bytes before the item that was read last. */
  digestBefore(): Buffer {
    return this.#before.copy().digest()
  }

  /** So many bytes, or what there is. */
  async #take(count: number): Promise<Buffer> {
    while (this.#buffer.length < count) {
      const more = Buffer.allocUnsafeSlow(Math.max(bufferBytes, count - this.#buffer.length))
      const { bytesRead } = await this.#handle.read(more, 0, more.length)
      if (bytesRead === 0) break
      this.#buffer = Buffer.concat([this.#buffer, more.subarray(0, bytesRead)])
    }
    const out = this.#buffer.subarray(0, count)
    this.#buffer = this.#buffer.subarray(out.length)
    return out
  }

  async close(): Promise<void> {
    await this.#handle.close()
  }
}

/** The file ends inside an item, or before its trailer. */
export function truncated(): CodedError {
  return new CodedError('EXPORT_TRUNCATED', 'The export ends too early: it was cut short.')
}
