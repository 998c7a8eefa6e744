import { randomInt } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import {
  decodeReceipts,
  fromBase64url,
  isCodedError,
  parseReceipt,
  rootOfReceipt,
  type TrustedKeys,
  toHex,
  type Verified,
  verifyReceipts,
} from '@openbsn/sdk'
import { fail } from './fail.ts'

/** A line of a receipts file, with its number from 1. */
export type NumberedLine = { readonly number: number; readonly text: string }

/**
 * The lines of a receipts file, or `sample` of them, each with the same chance, in order.
 * @throws FILE_NOT_FOUND, FILE_UNUSABLE
 */
export async function* receiptLines(path: string, sample?: number): AsyncGenerator<NumberedLine> {
  const kept: NumberedLine[] = []
  let number = 0
  for await (const text of createInterface({ input: createReadStream(path), crlfDelay: 1 })) {
    number++
    if (sample === undefined) {
      yield { number, text }
      continue
    }
    // Reservoir sampling: the file is read once, whatever its length.
    const place = kept.length < sample ? kept.length : randomInt(number)
    if (place < sample) kept[place] = { number, text }
  }
  yield* kept.sort((a, b) => a.number - b.number)
}

/**
 * Verifies lines of one receipts file. A block's signature is the same for all its entries, so it
 * is checked once: a block's further receipts cost a path of hashes, not a signature.
 */
export interface LineVerifier {
  /**
   * @throws RECEIPTS_FILE_BROKEN, RECEIPT_INDEX_DIFFERS, and all of `verifyReceipts`; the message
   * begins with the line's number
   */
  verify(line: NumberedLine): Pick<Verified, 'index' | 'ledger' | 'height' | 'time'>
}

/** @throws nothing; `verify` does */
export function createLineVerifier(keys: TrustedKeys): LineVerifier {
  const checked = new Map<string, Verified>()

  function verifyPair(statement: Uint8Array, receipt: Uint8Array) {
    const parsed = decodeReceipts(receipt).map(parseReceipt)
    const { index } = parsed[0]?.proof ?? { index: -1 }
    // All that the signatures depend on: the same signed headers, signatures and root.
    const signed = parsed
      .map((one) => [one.protectedBytes, one.signature, rootOfReceipt(statement, one)].map(toHex))
      .join()
    const known = checked.get(signed)
    if (known && parsed.every(({ proof }) => proof.index === index)) return { ...known, index }
    const verified = verifyReceipts(statement, [receipt], keys)
    checked.set(signed, verified)
    return verified
  }

  return {
    verify: ({ number, text }) => {
      const { index, statement, receipt } = decodeLine(text, number)
      try {
        const verified = verifyPair(statement, receipt)
        if (verified.index === index) return verified
        const message = `it proves entry ${verified.index}, not ${index}.`
        throw fail('RECEIPT_INDEX_DIFFERS', message)
      } catch (error) {
        if (isCodedError(error)) error.message = `Line ${number}: ${error.message}`
        throw error
      }
    },
  }
}

function decodeLine(text: string, number: number) {
  const { index, statement, receipt } = parsedLine(text)
  const bytes = { statement: bytesOf(statement), receipt: bytesOf(receipt) }
  if (typeof index === 'number' && bytes.statement && bytes.receipt) {
    return { index, statement: bytes.statement, receipt: bytes.receipt }
  }
  throw fail('RECEIPTS_FILE_BROKEN', `Line ${number}: no receipt stands there.`)
}

function parsedLine(text: string): Readonly<Record<string, unknown>> {
  try {
    return Object(JSON.parse(text))
  } catch {
    return {}
  }
}

function bytesOf(value: unknown): Uint8Array | undefined {
  return typeof value === 'string' ? fromBase64url(value) : undefined
}
