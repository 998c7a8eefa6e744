import {
  decodeKeyBundle,
  decodeReceipts,
  fromBase64url,
  fromUtf8,
  isCodedError,
  parseReceipt,
  parseStatement,
} from '@openbsn/sdk'

export const kinds = ['statement', 'receipt', 'keys'] as const
export type Kind = (typeof kinds)[number]

/** A part of a proof, known by its own bytes: names of files say nothing. */
export type Recognised = { readonly kind: Kind; readonly bytes: Uint8Array; readonly name: string }

const readers: readonly (readonly [Kind, (bytes: Uint8Array) => unknown])[] = [
  ['keys', decodeKeyBundle],
  ['receipt', (bytes) => decodeReceipts(bytes).map(parseReceipt)],
  ['statement', parseStatement],
]

/** What a file holds: one part as bytes, or a line of receipts.ndjson, which has two. */
export function recognise(bytes: Uint8Array): readonly Omit<Recognised, 'name'>[] {
  const kind = kindOf(bytes)
  if (kind) return [{ kind, bytes }]
  return partsOfLine(fromUtf8(bytes))
}

function kindOf(bytes: Uint8Array): Kind | undefined {
  return readers.find(([, read]) => {
    try {
      read(bytes)
      return true
    } catch (error) {
      if (isCodedError(error)) return false
      throw error
    }
  })?.[0]
}

function partsOfLine(text: string | undefined): readonly Omit<Recognised, 'name'>[] {
  const line = text?.trim().split('\n')[0] ?? ''
  if (!line.startsWith('{')) return []
  const values = jsonValues(line)
  return (['statement', 'receipt'] as const).flatMap((kind) => {
    const bytes = fromBase64url(String(values[kind] ?? ''))
    return bytes && kindOf(bytes) === kind ? [{ kind, bytes }] : []
  })
}

function jsonValues(line: string): Readonly<Record<string, unknown>> {
  try {
    return JSON.parse(line)
  } catch {
    return {} // Not what `bsn record put --receipts` writes.
  }
}
