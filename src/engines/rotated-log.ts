import { type FileHandle, mkdir, open, rename, stat } from 'node:fs/promises'
import { dirname } from 'node:path'

export type RotatedLogOptions = {
  /** The file that is written to; older ones have `.1`, `.2` … behind their names. */
  readonly path: string
  /** A file that would become larger is put aside. */
  readonly sizeBytesMax: number
  /** Files in all; the oldest is dropped. */
  readonly filesMax: number
}

/** A log of bounded size. Where the disk takes no more, lines are dropped, and counted in it. */
export interface RotatedLog {
  /** Adds whole lines; none is ever split between two files. Never rejects. */
  write(lines: readonly Uint8Array[]): Promise<void>
  /** After what was added so far. */
  close(): Promise<void>
}

/** Goes on in the file that is there. */
export async function openRotatedLog(options: RotatedLogOptions): Promise<RotatedLog> {
  await mkdir(dirname(options.path), { recursive: true, mode: 0o700 })
  const file = new RotatedFile(options)
  let before: Promise<void> = Promise.resolve()
  const inTurn = (work: () => Promise<void>) => {
    before = before.then(work)
    return before
  }
  return {
    write: (lines) => inTurn(() => file.write(lines)),
    close: () => inTurn(() => file.close()),
  }
}

const newline = Buffer.from('\n')

class RotatedFile {
  readonly #options: RotatedLogOptions
  #handle: FileHandle | undefined
  #sizeBytes = 0
  #lost = 0

  constructor(options: RotatedLogOptions) {
    this.#options = options
  }

  async write(lines: readonly Uint8Array[]): Promise<void> {
    const note = this.#lost === 0 ? [] : [Buffer.from(`[openbsn] ${this.#lost} lines were lost\n`)]
    const bytes = Buffer.concat([...note, ...lines.flatMap((line) => [line, newline])])
    try {
      await this.#append(bytes)
      this.#lost = 0
    } catch {
      this.#lost += lines.length
      // What is open may be the fault: the next lines try with a new one.
      await this.close()
    }
  }

  async close(): Promise<void> {
    const handle = this.#handle
    this.#handle = undefined
    await handle?.close().catch(() => undefined)
  }

  async #append(bytes: Uint8Array): Promise<void> {
    let handle = await this.#opened()
    if (this.#sizeBytes > 0 && this.#sizeBytes + bytes.length > this.#options.sizeBytesMax) {
      await this.close()
      await this.#shift()
      handle = await this.#opened()
    }
    await handle.appendFile(bytes)
    this.#sizeBytes += bytes.length
  }

  async #opened(): Promise<FileHandle> {
    if (this.#handle) return this.#handle
    this.#handle = await open(this.#options.path, 'a', 0o600)
    this.#sizeBytes = (await this.#handle.stat()).size
    return this.#handle
  }

  /** From the oldest to the newest, so that each finds its place free. */
  async #shift(): Promise<void> {
    const { path, filesMax } = this.#options
    for (let age = filesMax - 1; age > 0; age--) {
      const from = age === 1 ? path : `${path}.${age - 1}`
      const isThere = await stat(from).catch(() => undefined)
      if (isThere) await rename(from, `${path}.${age}`)
    }
  }
}
