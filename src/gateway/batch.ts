import { CborReader, CodedError, isCodedError, limits } from '@openbsn/sdk'

function malformed(message: string, cause?: unknown): CodedError {
  return new CodedError('BATCH_MALFORMED', message, { cause })
}

function tooLarge(): CodedError {
  const message = `More than ${limits.batchStatementsMax} statements in one request.`
  return new CodedError('BATCH_TOO_LARGE', message)
}

/**
 * The statements of a CBOR sequence of byte strings, as views on `body`. What is inside of them is
 * not looked at.
 * @throws BATCH_MALFORMED, BATCH_TOO_LARGE
 */
export function readBatch(body: Uint8Array): Uint8Array[] {
  const reader = new CborReader(body)
  const statements: Uint8Array[] = []
  while (reader.offset < body.length) {
    if (statements.length === limits.batchStatementsMax) throw tooLarge()
    statements.push(nextStatement(reader, statements.length))
  }
  if (statements.length === 0) throw malformed('The request holds no statement.')
  return statements
}

function nextStatement(reader: CborReader, count: number): Uint8Array {
  try {
    return reader.readBytes()
  } catch (error) {
    if (!isCodedError(error)) throw error
    throw malformed(`After ${count} statements: ${error.message}`, error)
  }
}

/**
 * The statements of the JSON form: base64url without padding.
 * @throws BATCH_MALFORMED, BATCH_TOO_LARGE
 */
export function readTextBatch(statements: readonly string[]): Uint8Array[] {
  if (statements.length > limits.batchStatementsMax) throw tooLarge()
  if (statements.length === 0) throw malformed('The request holds no statement.')
  return statements.map((text, place) => {
    const bytes = Buffer.from(text, 'base64url')
    // Node's decoder skips what it does not know, so only what comes back alike was base64url.
    if (bytes.toString('base64url') !== text)
      throw malformed(`Statement ${place} is not base64url.`)
    return bytes
  })
}
