import {
  type CborMap,
  CborReader,
  type CborValue,
  CodedError,
  decodeCbor,
  decodeGenesis,
  encodeCbor,
  type Genesis,
  isCodedError,
  ledgerIdOf,
} from '@openbsn/sdk'
import type { BlockSignature } from '../ledger.ts'

/**
 * An export is a CBOR sequence (RFC 8742) of byte strings, each with one item of deterministic
 * CBOR: a header, each block from height 1 on, a trailer. It holds no secret.
 */

export type ExportHeader = {
  readonly ledger: string
  readonly genesis: Uint8Array
  /** How many will come. */
  readonly entries: number
}

/** What makes the block again, and what it must come to. */
export type ExportedBlock = {
  readonly height: number
  readonly time: number
  readonly logRoot: Uint8Array
  readonly stateRoot: Uint8Array
  readonly signatures: readonly BlockSignature[]
  readonly statements: readonly Uint8Array[]
}

export type ExportTrailer = {
  readonly height: number
  readonly entries: number
  readonly appHash: Uint8Array
  /** SHA-256 of all bytes of the file before this item. */
  readonly sha256: Uint8Array
}

const formatName = 'openbsn-export-'
const formatVersion = 1

/** No item is longer: a block has at most 16 MB of statements. */
export const itemBytesMax = 64 * 1024 * 1024

/** An `EXPORT_DAMAGED` to throw. */
export function damaged(what: string, cause?: unknown): CodedError {
  return new CodedError('EXPORT_DAMAGED', `The export is damaged: ${what}.`, { cause })
}

export function encodeHeader({ ledger, genesis, entries }: ExportHeader): Uint8Array {
  return encodeCbor(
    new Map<string, CborValue>([
      ['format', formatName + formatVersion],
      ['ledger', ledger],
      ['genesis', genesis],
      ['entries', entries],
    ]),
  )
}

/** @throws EXPORT_FOREIGN, EXPORT_NEWER, EXPORT_DAMAGED */
export function decodeHeader(item: Uint8Array): ExportHeader {
  const map = headerMap(item, formatName)
  const [ledger, genesis, entries] = ['ledger', 'genesis', 'entries'].map((key) => map.get(key))
  if (typeof ledger === 'string' && genesis instanceof Uint8Array && typeof entries === 'number') {
    return { ledger, genesis, entries }
  }
  throw damaged('its header lacks the ledger, its genesis, or how much there is')
}

/** The header of a file whose format begins with `name`. @throws EXPORT_FOREIGN, EXPORT_NEWER */
export function headerMap(item: Uint8Array, name: string): CborMap {
  const map = mapOf(item)
  const format = map?.get('format')
  if (!map || typeof format !== 'string' || !format.startsWith(name)) throw foreign()
  const version = Number(format.slice(name.length))
  if (version <= formatVersion) return map
  const message = `The export has format ${version}; this version knows ${formatVersion}.`
  throw new CodedError('EXPORT_NEWER', message)
}

/**
 * That a header's genesis is of the ledger that it names, and that of the one that was asked for.
 * @throws EXPORT_DAMAGED, EXPORT_OTHER_LEDGER
 */
export function requireLedger(
  { genesis, ledger }: Pick<ExportHeader, 'genesis' | 'ledger'>,
  wanted: string | undefined,
): void {
  if (ledgerIdOf(genesis) !== ledger) {
    throw damaged('its genesis is not that of the ledger it names')
  }
  if (wanted === undefined || wanted === ledger) return
  const message = `The export is of the ledger ${ledger}, not of ${wanted}.`
  throw new CodedError('EXPORT_OTHER_LEDGER', message)
}

/** @throws EXPORT_DAMAGED */
export function readGenesis(bytes: Uint8Array): Genesis {
  try {
    return decodeGenesis(bytes)
  } catch (error) {
    throw isCodedError(error) ? damaged(error.message, error) : error
  }
}

/** An `EXPORT_FOREIGN` to throw. */
export function foreign(): CodedError {
  return new CodedError('EXPORT_FOREIGN', 'The file is no export of a ledger.')
}

function mapOf(item: Uint8Array): CborMap | undefined {
  try {
    const value = decodeCbor(item)
    return value instanceof Map ? value : undefined
  } catch {
    return undefined
  }
}

export function encodeExportedBlock(block: ExportedBlock): Uint8Array {
  const { height, time, logRoot, stateRoot, signatures, statements } = block
  const signed = signatures.map(
    ({ kid, algorithm, signature }): CborValue => [kid, algorithm, signature],
  )
  return encodeCbor([height, time, logRoot, stateRoot, signed, [...statements]])
}

export function encodeTrailer({ height, entries, appHash, sha256 }: ExportTrailer): Uint8Array {
  return encodeCbor(
    new Map<string, CborValue>([
      ['height', height],
      ['entries', entries],
      ['appHash', appHash],
      ['sha256', sha256],
    ]),
  )
}

/** A block, or the trailer. @throws EXPORT_DAMAGED */
export function decodeItem(item: Uint8Array): ExportedBlock | ExportTrailer {
  return readItem(item, (reader) => {
    const isMap = (item[0] ?? 0) >> 5 === 5
    return isMap ? trailerOf(reader.readValue() as CborMap) : blockIn(reader)
  })
}

/** What `read` makes of all of an item. @throws EXPORT_DAMAGED */
export function readItem<T>(item: Uint8Array, read: (reader: CborReader) => T): T {
  const reader = new CborReader(item)
  try {
    const made = read(reader)
    reader.end()
    return made
  } catch (error) {
    if (!isCodedError(error) || error.code === 'EXPORT_DAMAGED') throw error
    throw damaged(`an item is not of its form: ${error.message}`, error)
  }
}

/** More than any block has: what an item announces is not made room for, whoever wrote it. */
const [statementsMax, signaturesMax] = [200_000, 10_000]

function blockIn(reader: CborReader): ExportedBlock {
  if (reader.readArrayLength() !== 6) throw damaged('an item is no block')
  const [height, time] = [reader.readUnsigned(), reader.readUnsigned()]
  const [logRoot, stateRoot] = [hashIn(reader), hashIn(reader)]
  const signatures = listIn(reader, signaturesMax, signatureIn)
  const statements = listIn(reader, statementsMax, () => reader.readBytes())
  return { height, time, logRoot, stateRoot, signatures, statements }
}

/** @throws EXPORT_DAMAGED where it is longer than `countMax` */
export function listIn<T>(
  reader: CborReader,
  countMax: number,
  read: (reader: CborReader) => T,
): T[] {
  const length = reader.readArrayLength()
  if (length > countMax) throw damaged(`a list of ${length}`)
  return Array.from({ length }, () => read(reader))
}

function hashIn(reader: CborReader): Uint8Array {
  const hash = reader.readBytes()
  if (hash.length === 32) return hash
  throw damaged('a hash is none')
}

function signatureIn(reader: CborReader): BlockSignature {
  if (reader.readArrayLength() !== 3) throw damaged('a signature is none')
  const [kid, algorithm] = [hashIn(reader), reader.readInteger()]
  return { kid, algorithm, signature: reader.readBytes() }
}

const isHash = (value: CborValue | undefined): value is Uint8Array =>
  value instanceof Uint8Array && value.length === 32

function trailerOf(map: CborMap): ExportTrailer {
  const [height, entries] = [map.get('height'), map.get('entries')]
  const [appHash, sha256] = [map.get('appHash'), map.get('sha256')]
  if (typeof height === 'number' && typeof entries === 'number' && map.size === 4) {
    if (isHash(appHash) && isHash(sha256)) return { height, entries, appHash, sha256 }
  }
  throw damaged('its trailer is none')
}
