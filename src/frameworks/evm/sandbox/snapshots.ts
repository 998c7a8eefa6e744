import { createHash } from 'node:crypto'
import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'

/** A snapshot that was read whole and is what was written. */
export type Snapshot = {
  /** Counts the snapshots of a chain. */
  readonly number: number
  /** The state as the engine reads it. */
  readonly state: Buffer
}

export type SnapshotsOptions = {
  readonly folder: string
  /** Unpacked, in bytes: what is longer is no state of ours. */
  readonly stateBytesMax: number
}

export type SnapshotsDeps = {
  /** Told of each snapshot that is not what was written. */
  readonly onDamaged: (path: string) => void
}

/** The newest and the one before it: a damaged file takes one interval away and not all. */
const kept = 2
const namePattern = /^(\d{10})-([0-9a-f]{32})\.gz$/
const unpack = promisify(gunzip)

/**
 * Snapshots of one chain as packed files, each named by its number and the hash of its bytes. One
 * appears whole or not at all; older ones go when it is there.
 */
export class Snapshots {
  readonly #options: SnapshotsOptions
  readonly #deps: SnapshotsDeps

  constructor(options: SnapshotsOptions, deps: SnapshotsDeps) {
    this.#options = options
    this.#deps = deps
  }

  /** Keeps packed bytes as the newest snapshot; they are on disk when it settles. */
  async save(packed: Buffer): Promise<void> {
    const { folder } = this.#options
    await mkdir(folder, { recursive: true, mode: 0o700 })
    const [newest] = await this.#names()
    const number = String(numberIn(newest ?? '') + 1).padStart(10, '0')
    const draft = join(folder, 'draft')
    try {
      await writeSynced(draft, packed)
      await rename(draft, join(folder, `${number}-${hashOf(packed)}.gz`))
      await syncFolder(folder)
    } catch (error) {
      // Where the disk is full, the draft shall not be what fills it.
      await rm(draft, { force: true }).catch(() => undefined)
      throw error
    }
    for (const name of (await this.#names()).slice(kept)) await rm(join(folder, name))
  }

  /**
   * The newest that is whole, after leaving out the `skip` newest ones that were whole too;
   * undefined where there is none at all. Damaged ones are set aside, and told.
   */
  async read(skip = 0): Promise<Snapshot | undefined> {
    let left = skip
    for (const name of await this.#names()) {
      const state = await this.#unpacked(name)
      if (state === undefined) await this.#setAside(name)
      else if (left-- <= 0) return { number: numberIn(name), state }
    }
    return undefined
  }

  /** True where the chain was saved once, whether that can be read now or not. */
  async isThere(): Promise<boolean> {
    const names = await readdir(this.#options.folder).catch(() => [])
    return names.some((name) => namePattern.test(name.replace(damagedEnd, '')))
  }

  /** Newest first. */
  async #names(): Promise<string[]> {
    const names = await readdir(this.#options.folder).catch(() => [])
    return names
      .filter((name) => namePattern.test(name))
      .toSorted()
      .toReversed()
  }

  async #unpacked(name: string): Promise<Buffer | undefined> {
    const packed = await readFile(join(this.#options.folder, name)).catch(() => undefined)
    const [, , hash] = namePattern.exec(name) ?? []
    if (!packed || hashOf(packed) !== hash) return undefined
    const { stateBytesMax: maxOutputLength } = this.#options
    return unpack(packed, { maxOutputLength }).catch(() => undefined)
  }

  async #setAside(name: string): Promise<void> {
    const path = join(this.#options.folder, name)
    await rename(path, path + damagedEnd).catch(() => undefined)
    this.#deps.onDamaged(path + damagedEnd)
  }
}

const damagedEnd = '.damaged'

const numberIn = (name: string) => Number(namePattern.exec(name)?.[1] ?? 0)

function hashOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex').slice(0, 32)
}

async function writeSynced(path: string, bytes: Uint8Array): Promise<void> {
  const file = await open(path, 'w', 0o600)
  try {
    await file.writeFile(bytes)
    await file.sync()
  } finally {
    await file.close()
  }
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}
