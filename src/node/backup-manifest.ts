import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { CodedError } from '@openbsn/sdk'

/** What is in a backup: its own page, `backup.json`, written last. */
export type BackupManifest = {
  readonly format: string
  readonly ledger: string
  readonly height: number
  readonly entries: number
  /** In hex. */
  readonly appHash: string
  readonly files: readonly BackupFile[]
}

export type BackupFile = {
  /** In the backup and in the data folder alike, with forward slashes. */
  readonly path: string
  readonly bytes: number
  readonly sha256: string
}

export const manifestName = 'backup.json'
const formatName = 'openbsn-backup-'
const formatVersion = 1
export const backupFormat = formatName + formatVersion

/** Files with secrets, which are only there when they were asked for. */
export const secretPaths = [
  'keys/validator.json',
  'keys/operator.json',
  'keys/issuer.json',
  'profile.json',
] as const

/** Everything that may be in a backup: a manifest from elsewhere must not write anywhere else. */
const knownPaths = [
  /^ledger\/store\/data\.mdb$/,
  /^ledger\/dedupe\/\d+\.run$/,
  /^(private|gateway|evm|portal)\.sqlite$/,
  /^keys\/(validator\.json|operator\.json|issuer\.json|epoch-\d+\.key)$/,
  /^profile\.json$/,
]

/** @throws BACKUP_FOREIGN, BACKUP_NEWER, BACKUP_DAMAGED */
export async function readManifest(folder: string): Promise<BackupManifest> {
  const text = await readFile(join(folder, manifestName), 'utf8').catch((cause: unknown) => {
    throw new CodedError('BACKUP_FOREIGN', `${folder} holds no ${manifestName}.`, { cause })
  })
  const value = parsed(text)
  const format = value.format
  if (typeof format !== 'string' || !format.startsWith(formatName)) {
    throw new CodedError('BACKUP_FOREIGN', `${folder}/${manifestName} is not that of a backup.`)
  }
  if (Number(format.slice(formatName.length)) > formatVersion) {
    throw new CodedError('BACKUP_NEWER', `The backup has the format ${format}.`)
  }
  if (isManifest(value)) return value
  throw backupDamaged(`${manifestName} is incomplete`)
}

/** A `BACKUP_DAMAGED` to throw. */
export function backupDamaged(what: string): CodedError {
  return new CodedError('BACKUP_DAMAGED', `The backup is damaged: ${what}.`)
}

function parsed(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? { ...value } : {}
  } catch {
    return {}
  }
}

function isManifest(value: Record<string, unknown>): value is BackupManifest {
  const { ledger, height, entries, appHash, files } = value
  const isHead = typeof ledger === 'string' && typeof appHash === 'string'
  const isPlace = typeof height === 'number' && typeof entries === 'number'
  return isHead && isPlace && Array.isArray(files) && files.every(isFile)
}

function isFile(value: unknown): value is BackupFile {
  if (typeof value !== 'object' || value === null) return false
  const { path, bytes, sha256 } = { path: '', bytes: 0, sha256: '', ...value }
  return (
    typeof path === 'string' &&
    knownPaths.some((known) => known.test(path)) &&
    typeof bytes === 'number' &&
    typeof sha256 === 'string'
  )
}

/** Size and SHA-256 of a file. */
export async function measure(path: string): Promise<Omit<BackupFile, 'path'>> {
  const hash = createHash('sha256')
  let bytes = 0
  for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024 })) {
    hash.update(chunk)
    bytes += chunk.length
  }
  return { bytes, sha256: hash.digest('hex') }
}
