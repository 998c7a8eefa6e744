import { createHash, randomUUID } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { access, mkdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { packageError } from './errors.ts'
import { usualLimits } from './unpack-package.ts'

/** Until its digest is known, anybody may send anything. */
const takesMax = 4

/** Packages as publishers sent them, by the SHA-256 of their bytes. */
export class Archives {
  readonly #folder: string
  /** That are being sent. */
  #takes = 0

  constructor(folder: string) {
    this.#folder = folder
  }

  /** Its file; undefined where it was not sent. */
  async find(digest: string): Promise<string | undefined> {
    const path = this.#pathOf(digest)
    return access(path).then(
      () => path,
      () => undefined,
    )
  }

  /**
   * Keeps what comes, if it is what its digest says; nothing is left of it else.
   * @throws PACKAGE_TOO_LARGE, PACKAGE_BUSY, PACKAGE_DIGEST_WRONG
   */
  async take(digest: string, bytes: Readable): Promise<void> {
    if (this.#takes >= takesMax) {
      const message = `${takesMax} packages are being sent now.`
      throw packageError('PACKAGE_BUSY', message, { retryable: true })
    }
    this.#takes++
    try {
      await this.#take(digest, bytes)
    } finally {
      this.#takes--
    }
  }

  async #take(digest: string, bytes: Readable): Promise<void> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 })
    const draft = join(this.#folder, `draft-${randomUUID()}`)
    const hash = createHash('sha256')
    let size = 0
    async function* measured(chunks: AsyncIterable<Buffer>) {
      for await (const chunk of chunks) {
        size += chunk.length
        if (size > usualLimits.packedBytesMax) {
          const limit = `${usualLimits.packedBytesMax} bytes packed`
          throw packageError('PACKAGE_TOO_LARGE', `A package has ${limit} at most.`)
        }
        hash.update(chunk)
        yield chunk
      }
    }
    try {
      await pipeline(bytes, measured, createWriteStream(draft, { flags: 'wx', mode: 0o600 }))
      const found = hash.digest('hex')
      if (found !== digest) {
        const message = `The package has the digest ${found}, not ${digest}.`
        throw packageError('PACKAGE_DIGEST_WRONG', message)
      }
      await rename(draft, this.#pathOf(digest))
    } finally {
      await rm(draft, { force: true })
    }
  }

  #pathOf(digest: string): string {
    return join(this.#folder, `${digest}.tgz`)
  }
}
