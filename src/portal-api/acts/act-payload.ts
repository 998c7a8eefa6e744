import { type CborMap, type CborValue, CodedError, fromBase64url } from '@openbsn/sdk'
import type { JsonObject, JsonValue } from '../../kernel/json.ts'
import type { ActName } from '../rights.ts'

/** Where an act has bytes: JSON has them as base64url. A star is each item of a list. */
const bytesAt: Partial<Record<ActName, readonly string[]>> = {
  'participant-invite': ['key'],
  'credential-create': ['keys.*', 'apiKeys.*.0'],
  'credential-rotate': ['keys.*', 'apiKeys.*.0'],
  'account-freeze': ['address'],
  'account-unfreeze': ['address'],
  'node-update': ['validatorKey', 'consensusKey'],
}

/**
 * The payload of a control statement from the fields of an act in JSON. What the fields mean, the
 * ledger judges.
 * @throws ACT_FIELDS_INVALID
 */
export function payloadOf(act: ActName, fields: JsonObject): CborMap {
  const paths = new Set(bytesAt[act] ?? [])
  const entries = Object.entries(fields).map(([name, value]) => {
    return [name, cborOf(value, name, { path: name, paths })] as const
  })
  return new Map(entries)
}

/** `path` is the place as `bytesAt` writes it. */
type Place = { readonly path: string; readonly paths: ReadonlySet<string> }

function cborOf(value: JsonValue, shown: string, { path, paths }: Place): CborValue {
  if (paths.has(path)) return bytesOf(value, shown)
  if (Array.isArray(value)) {
    return value.map((one, i) => {
      const indexed = `${path}.${i}`
      const next = paths.has(indexed) ? indexed : `${path}.*`
      return cborOf(one, `${shown}/${i}`, { path: next, paths })
    })
  }
  if (typeof value === 'string' || typeof value === 'boolean') return value
  if (typeof value === 'number' && Number.isSafeInteger(value)) return value
  throw invalid(`fields/${shown}: text, a whole number, true, false, or a list of these.`)
}

function bytesOf(value: JsonValue, shown: string): Uint8Array {
  const bytes = typeof value === 'string' ? fromBase64url(value) : undefined
  if (bytes) return bytes
  throw invalid(`fields/${shown}: bytes, as base64url without padding.`)
}

const invalid = (message: string) => new CodedError('ACT_FIELDS_INVALID', message)
