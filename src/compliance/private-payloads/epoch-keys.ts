import { randomBytes } from 'node:crypto'
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { CodedError, fromBase64url, toBase64url } from '@openbsn/sdk'
import { createKeyEncryption, type KeyEncryption } from '../../crypto/key-encryption.ts'
import { syncFolder, writeSecretFile } from '../../crypto/key-file.ts'

/** The key that wraps the keys of all subjects, from one erasure to the next. */
export type Epoch = { readonly number: number; readonly keys: KeyEncryption }

/** Epoch keys, each wrapped by the key-encryption key in a file that can be destroyed. */
export interface EpochKeys {
  /** Makes a key that did not exist; on disk when this returns. */
  create(number: number): Epoch
  /** @throws PRIVATE_KEY_MISSING, KEY_UNWRAP_FAILED */
  open(number: number): Epoch
  /** Destroys the keys of all epochs but one, and what a crash left of writing them. */
  destroyOthers(number: number): void
}

const fileName = /^epoch-(\d+)\.key(\.new)?$/
/** As `bsn backup` copies it. */
export const epochFile = (number: number): string => `epoch-${number}.key`
const context = (number: number) => `epoch/${number}`

/** Epoch keys in a folder. */
export function openEpochKeys(folder: string, kek: KeyEncryption): EpochKeys {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  return {
    create(number) {
      const key = randomBytes(32)
      const wrapped = toBase64url(kek.wrap(key, context(number)))
      writeSecretFile(join(folder, epochFile(number)), `${wrapped}\n`)
      return { number, keys: createKeyEncryption(key) }
    },
    open(number) {
      const path = join(folder, epochFile(number))
      if (!existsSync(path)) {
        const message = `${path} is missing: no private payload can be read without it.`
        throw new CodedError('PRIVATE_KEY_MISSING', message)
      }
      const wrapped = fromBase64url(readFileSync(path, 'utf8').trim()) ?? new Uint8Array()
      return { number, keys: createKeyEncryption(kek.unwrap(wrapped, context(number))) }
    },
    destroyOthers(number) {
      const others = readdirSync(folder).filter((name) => {
        return fileName.test(name) && name !== epochFile(number)
      })
      for (const name of others) destroy(join(folder, name))
      if (others.length > 0) syncFolder(folder)
    },
  }
}

/** Overwrites in place, so that a disk that does so too has nothing left, and unlinks. */
function destroy(path: string): void {
  const { size } = statSync(path)
  const file = openSync(path, 'r+')
  writeSync(file, randomBytes(size), 0, size, 0)
  fsyncSync(file)
  closeSync(file)
  rmSync(path)
}
