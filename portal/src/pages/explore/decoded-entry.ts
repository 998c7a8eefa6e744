import {
  type CborValue,
  decodeCbor,
  fromUtf8,
  isCodedError,
  parseStatement,
  type Statement,
  Tagged,
  toHex,
} from '@openbsn/sdk'

/** A CBOR value as JSON has it; bytes in hex. */
export function plain(value: CborValue): unknown {
  if (value instanceof Uint8Array) return toHex(value)
  if (value instanceof Tagged) return { tag: value.tag, value: plain(value.value) }
  if (value instanceof Map) {
    return Object.fromEntries([...value].map(([key, one]) => [String(key), plain(one)]))
  }
  return Array.isArray(value) ? value.map(plain) : value
}

const actType = /^application\/vnd\.openbsn\.([a-z-]+)\+cbor$/

/** The name of a control act, such as `service-create`; undefined for what is none. */
export function actOf({
  contentType,
  service,
}: {
  readonly contentType: string
  readonly service: string
}): string | undefined {
  return service.startsWith('bsn:') ? actType.exec(contentType)?.[1] : undefined
}

/** What a payload says, as far as it can be read. */
export type Payload = {
  /** JSON, or CBOR as JSON has it; undefined where it is neither. */
  readonly fields: unknown
  /** As text; undefined where the bytes are none. */
  readonly text: string | undefined
  readonly bytes: Uint8Array
}

/** Reads a payload by its content type. What cannot be read is left as bytes. */
export function readPayload(bytes: Uint8Array, contentType: string): Payload {
  const text = fromUtf8(bytes)
  return { fields: fieldsOf(bytes, text, contentType), text, bytes }
}

function fieldsOf(bytes: Uint8Array, text: string | undefined, contentType: string): unknown {
  try {
    if (/\+cbor$|\/cbor$/.test(contentType)) return plain(decodeCbor(bytes))
    if (text !== undefined && /[/+]json(?:;|$)/.test(contentType)) return JSON.parse(text)
  } catch (error) {
    if (!isCodedError(error) && !(error instanceof SyntaxError)) throw error
  }
  return undefined
}

/** Fields of an act as texts, for sentences; lists and objects in brief. */
export function sentenceFields(fields: unknown): Readonly<Record<string, string>> {
  if (typeof fields !== 'object' || fields === null) return {}
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [
      name,
      typeof value === 'object' ? JSON.stringify(value) : String(value),
    ]),
  )
}

export type DecodedEntry = {
  readonly statement: Statement
  readonly act: string | undefined
  readonly payload: Payload
}

/** An entry taken apart. @throws STATEMENT_*, CBOR_* */
export function decodeEntry(bytes: Uint8Array): DecodedEntry {
  const statement = parseStatement(bytes)
  const { contentType, claims, payload } = statement
  const act = actOf({ contentType, service: claims.sub })
  return { statement, act, payload: readPayload(payload, contentType) }
}

/** Rows of 16 bytes: place, hex, and what is printable. */
export function hexDump(bytes: Uint8Array, rowsMax = 4096): string {
  const rows: string[] = []
  for (let at = 0; at < bytes.length && rows.length < rowsMax; at += 16) {
    const part = bytes.subarray(at, at + 16)
    const hex = [...part].map((byte) => byte.toString(16).padStart(2, '0'))
    const halves = [hex.slice(0, 8).join(' '), hex.slice(8).join(' ')].join('  ').padEnd(48)
    const text = [...part].map((byte) =>
      byte > 31 && byte < 127 ? String.fromCharCode(byte) : '·',
    )
    rows.push(`${at.toString(16).padStart(6, '0')}  ${halves}  ${text.join('')}`)
  }
  return rows.join('\n')
}
