import { readFile } from 'node:fs/promises'
import {
  fromBase64url,
  fromUtf8,
  parseStatement,
  verifyKeyBundle,
  verifyReceipts,
} from '@openbsn/sdk'

/** A pledge that is in the log. */
export type Pledge = { readonly name: string; readonly index: number; readonly time: number }

/** What was published: files, which may come from anybody. */
export type Published = {
  /** One pledge a line: index, statement and receipt. */
  readonly pledges: string
  /** The ledger's keys with their history. */
  readonly keys: string
  /** Ledger and service as the campaign printed them: the one thing that must be right. */
  readonly ledger: string
  readonly service: string
}

/**
 * Verifies every pledge of a file against the key bundle. Asks no server.
 * @throws RECEIPT_* for the first one that is not what was registered
 */
export async function verifyPledges(published: Published): Promise<Pledge[]> {
  const { ledger, service } = published
  const keys = verifyKeyBundle(await readFile(published.keys), ledger)
  const lines = (await readFile(published.pledges, 'utf8')).trimEnd().split('\n')
  return lines.map((line) => {
    const { statement, receipt } = JSON.parse(line) as Record<string, string>
    const registered = bytesOf(statement)
    const { index, time } = verifyReceipts(registered, [bytesOf(receipt)], keys)
    const { claims, payload } = parseStatement(registered)
    if (claims.sub !== service) throw new TypeError(`Entry ${index} is no pledge.`)
    const { name } = JSON.parse(fromUtf8(payload) ?? '')
    return { name, index, time }
  })
}

function bytesOf(text: string | undefined): Uint8Array {
  const bytes = fromBase64url(text ?? '')
  if (bytes) return bytes
  throw new TypeError('This is no base64url.')
}
