import type { Claims } from '@openbsn/sdk'
import { digestsBytes, type Refusal } from './check-statement.ts'

/** What the main thread and its check workers say to each other. Buffers change hands. */

export type CheckJob = {
  readonly id: number
  /** Statements one behind the other; statement i is from offsets[i] to offsets[i + 1]. */
  readonly bytes: ArrayBuffer
  readonly offsets: Uint32Array
}

export type FoundKey = {
  readonly kid: Uint8Array
  readonly algorithm: number
  readonly raw: Uint8Array
}
export type KeyAnswer = { readonly id: number; readonly keys: readonly FoundKey[] }

/** Who says what kind of thing to whom: what state decides on, the same for many statements. */
export type AuthorityFields = {
  /** In hex. */
  readonly kid: string
  readonly algorithm: number
  readonly contentType: string
  readonly iss: string
  readonly sub: string
  readonly aud: string
  readonly credential?: string
}

export type CheckAnswer = CheckJob & {
  readonly records: ArrayBuffer
  readonly refusals: [number, Refusal][]
  /** True where the worker begins its numbering anew: older numbers will not come again. */
  readonly restarts: boolean
  /** Authorities that this answer is the first to use, by this worker's number for them. */
  readonly named: readonly [number, AuthorityFields][]
}

export type WorkerAnswer =
  | CheckAnswer
  | { readonly id: number; readonly needKeys: readonly Uint8Array[] }

/** One record: the digests, then iat and exp (float64, NaN for none), authority, flags. */
export const recordBytes = digestsBytes + 8 + 8 + 4 + 4
const hasActId = 1
const hasRecordKey = 2

export function writeRecord(
  records: ArrayBuffer,
  place: number,
  { iat, exp, cti, key }: Claims,
  authority: number,
): void {
  const view = new DataView(records, place * recordBytes + digestsBytes)
  view.setFloat64(0, iat)
  view.setFloat64(8, exp ?? Number.NaN)
  view.setUint32(16, authority)
  view.setUint32(20, (cti ? hasActId : 0) | (key === undefined ? 0 : hasRecordKey))
}

export function readRecord(records: DataView, place: number) {
  const base = place * recordBytes + digestsBytes
  const exp = records.getFloat64(base + 8)
  const flags = records.getUint32(base + 20)
  return {
    iat: records.getFloat64(base),
    exp: Number.isNaN(exp) ? undefined : exp,
    authority: records.getUint32(base + 16),
    isAct: (flags & hasActId) !== 0,
    isKeyed: (flags & hasRecordKey) !== 0,
  }
}
