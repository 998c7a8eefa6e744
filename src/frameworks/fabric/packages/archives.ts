import { createHash, randomUUID } from 'node:crypto'
import { access, type FileHandle, mkdir, open, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
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
    const path = this.pathOf(digest)
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

  async remove(digest: string): Promise<void> {
    await rm(this.pathOf(digest), { force: true })
  }

  async #take(digest: string, bytes: Readable): Promise<void> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 })
    const draft = join(this.#folder, `draft-${randomUUID()}`)
    const file = await open(draft, 'wx', 0o600)
    try {
      const found = await writeAll(file, bytes).finally(() => file.close())
      if (found !== digest) {
        const message = `The package has the digest ${found}, not ${digest}.`
        throw packageError('PACKAGE_DIGEST_WRONG', message)
      }
      await rename(draft, this.pathOf(digest))
    } finally {
      await rm(draft, { force: true })
    }
  }

  /** Where it is, once it was sent. */
  pathOf(digest: string): string {
    return join(this.#folder, `${digest}.tgz`)
  }
}

/** Returns the SHA-256 of what came, in hex. @throws PACKAGE_TOO_LARGE */
async function writeAll(file: FileHandle, bytes: Readable): Promise<string> {
  const hash = createHash('sha256')
  let size = 0
  for await (const chunk of bytes as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > usualLimits.packedBytesMax) {
      const message = `A package has ${usualLimits.packedBytesMax} bytes packed at most.`
      throw packageError('PACKAGE_TOO_LARGE', message)
    }
    hash.update(chunk)
    await file.writeFile(chunk)
  }
  return hash.digest('hex')
}
