import { CodedError, concat, openSign1 } from '@openbsn/sdk'

/** Deeper than any header of COSE; a bomb of arrays stops here. */
const depthMax = 16

/**
 * A signed statement as the ledger registers it: every byte as sent, but the unprotected header
 * empty. Nobody signed what stands there, such as receipts of other services, so it is neither read
 * nor kept; statements that differ in it alone are one statement.
 * @throws STATEMENT_WRONG_TAG, CBOR_*, PAYLOAD_DETACHED
 */
export function registeredForm(bytes: Uint8Array): Uint8Array {
  const { reader } = openSign1(bytes)
  const start = reader.offset
  if ((bytes[start] ?? 0) >> 5 !== 5) throw malformed('expected the unprotected header', start)
  const end = skipItem(bytes, start, 0)
  if (bytes[end] === 0xf6) {
    const message = 'The payload is detached; it must be in the statement, or its hash in place.'
    throw new CodedError('PAYLOAD_DETACHED', message)
  }
  if (end - start === 1) return bytes
  return concat(bytes.subarray(0, start), Uint8Array.of(0xa0), bytes.subarray(end))
}

function malformed(what: string, offset: number): CodedError {
  return new CodedError('CBOR_MALFORMED', `CBOR, at byte ${offset}: ${what}`, {
    details: { offset },
  })
}

type Head = { readonly major: number; readonly argument: number; readonly next: number }

const isIndefinite = ({ argument }: Head) => argument === -1

/** The head of an item (RFC 8949, section 3); its argument is -1 for an indefinite length. */
function readHead(bytes: Uint8Array, at: number): Head {
  const initial = bytes[at]
  if (initial === undefined) throw malformed('ends too early', at)
  const [major, info] = [initial >> 5, initial & 31]
  if (info < 24) return { major, argument: info, next: at + 1 }
  if (info === 31 && major >= 2 && major <= 5) return { major, argument: -1, next: at + 1 }
  if (info > 27) throw malformed(`unexpected head ${initial}`, at)
  const next = at + 1 + 2 ** (info - 24)
  if (next > bytes.length) throw malformed('ends too early', at)
  return { major, argument: bytes.subarray(at + 1, next).reduce((n, b) => n * 256 + b, 0), next }
}

/**
 * Where the well-formed item at `at` ends. Any CBOR passes: an outside client's library writes its
 * own header as it likes.
 */
function skipItem(bytes: Uint8Array, at: number, depth: number): number {
  if (depth > depthMax) throw new CodedError('CBOR_TOO_DEEP', `CBOR deeper than ${depthMax}.`)
  const head = readHead(bytes, at)
  const { major, argument, next } = head
  if (isIndefinite(head)) return skipToBreak(bytes, next, depth)
  if (major === 0 || major === 1 || major === 7) return next
  if (major <= 3) {
    if (next + argument > bytes.length) throw malformed('ends too early', at)
    return next + argument
  }
  const count = major === 4 ? argument : major === 5 ? 2 * argument : 1
  let end = next
  for (let i = 0; i < count; i++) end = skipItem(bytes, end, depth + 1)
  return end
}

function skipToBreak(bytes: Uint8Array, from: number, depth: number): number {
  let end = from
  while (bytes[end] !== 0xff) end = skipItem(bytes, end, depth + 1)
  return end + 1
}
