import { cpSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { decodeCbor, fromBase64url, toHex } from '@openbsn/sdk'
import { createKeyEncryption, type KeyEncryption } from '../../src/crypto/key-encryption.ts'

/** Every file of a folder, with what it holds. */
export function filesOf(folder: string): { readonly path: string; readonly bytes: Buffer }[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => ({ path, bytes: readFileSync(path) }))
}

/** Files in which one of the texts stands, as it is, in hex, or in either base64. */
export function leaks(folder: string, texts: readonly (string | Uint8Array)[]): string[] {
  const forms = texts.flatMap((text) => formsOf(Buffer.from(text as Uint8Array)))
  return filesOf(folder).flatMap(({ path, bytes }) =>
    forms.filter((form) => bytes.includes(form)).map((form) => `${path}: ${form}`),
  )
}

/** The ways in which a secret may stand in something, alone or among other bytes. */
export function formsOf(secret: Buffer): Buffer[] {
  const hex = secret.toString('hex')
  const encoded = [0, 1, 2].flatMap((before) => insideBase64(secret, before))
  return [secret, ...[hex, hex.toUpperCase(), ...encoded].map((text) => Buffer.from(text))]
}

/** What base64 shows of bytes with so many before them: without the signs shared with others. */
function insideBase64(secret: Buffer, before: number): string[] {
  const all = Buffer.concat([Buffer.alloc(before), secret])
  const end = Math.floor((all.length * 8) / 6)
  return (['base64', 'base64url'] as const).map((form) =>
    all.toString(form).slice(Math.ceil((before * 8) / 6), end),
  )
}

type Rows = { readonly subjects: Row[]; readonly payloads: Row[] }
type Row = Readonly<Record<string, Uint8Array>>

/** All rows of a `private.sqlite`, whichever epoch they are of; it is read through a copy. */
function rowsOf(file: string, scratch: string): Rows {
  for (const end of ['', '-wal']) cpSync(file + end, scratch + end, { force: true })
  const database = new DatabaseSync(scratch)
  try {
    const all = (sql: string) => database.prepare(sql).all() as Row[]
    return {
      subjects: all('SELECT subject, wrapped FROM subject_keys'),
      payloads: all('SELECT commitment, sealed FROM payloads WHERE sealed IS NOT NULL'),
    }
  } finally {
    database.close()
  }
}

function tried(keys: readonly KeyEncryption[], wrapped: Uint8Array, context: string) {
  return keys.flatMap((key) => {
    try {
      return [key.unwrap(wrapped, context)]
    } catch {
      return []
    }
  })
}

/**
 * What someone reads who has the key-encryption key, every key that is left in a data folder, and
 * databases from any time: backups, or freed pages that nobody overwrote.
 */
export function attack(
  { kek, home, scratch }: { kek: KeyEncryption; home: string; scratch: string },
  databases: readonly string[],
): string[] {
  const words = filesOf(home).flatMap(({ bytes }) => {
    return bytes.toString('latin1').match(/[A-Za-z0-9_-]{79,81}/g) ?? []
  })
  const wrapped = words.map((word) => fromBase64url(word) ?? new Uint8Array())
  const epochs = wrapped
    .flatMap((one) => [1, 2, 3, 4, 5, 6, 7, 8, 9].flatMap((n) => tried([kek], one, `epoch/${n}`)))
    .map(createKeyEncryption)
  const rows = databases.map((file, i) => rowsOf(file, join(scratch, `rows-${i}`)))
  const subjectKeys = rows
    .flatMap(({ subjects }) => subjects)
    .flatMap(({ subject = new Uint8Array(), wrapped: key = new Uint8Array() }) =>
      tried(epochs, key, `subject/${toHex(subject)}`),
    )
    .map(createKeyEncryption)
  const plain = rows
    .flatMap(({ payloads }) => payloads)
    .flatMap(({ commitment = new Uint8Array(), sealed = new Uint8Array() }) =>
      tried(subjectKeys, sealed, `payload/${toHex(commitment)}`),
    )
  const texts = plain.map((bytes) => {
    const [, , payload] = decodeCbor(bytes) as Uint8Array[]
    return Buffer.from(payload ?? []).toString()
  })
  return [...new Set(texts)]
}
