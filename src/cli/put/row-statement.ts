import { createHash } from 'node:crypto'
import { type Signer, signStatement, utf8 } from '@openbsn/sdk'
import type { Clock } from '../../kernel/clock.ts'
import { fail } from '../fail.ts'
import type { Input } from '../rows/input.ts'
import type { Row } from '../rows/row.ts'

/** Who registers the rows, and where. */
export type RowContext = {
  readonly ledger: string
  readonly service: string
  readonly credential: string
  readonly signer: Signer
  readonly clock: Clock
  /** Name of the field whose value becomes the record's key. */
  readonly keyField: string | undefined
}

/**
 * What makes one row one act, however often it is sent: its place in its file, so that equal rows
 * are separate entries. First 16 bytes of SHA-256(SHA-256 of the file ‖ row number, 8 bytes).
 */
export function rowActId({ sha256 }: Pick<Input, 'sha256'>, row: number): Uint8Array {
  const number = Buffer.alloc(8)
  number.writeBigUInt64BE(BigInt(row))
  return createHash('sha256').update(sha256).update(number).digest().subarray(0, 16)
}

/** The signed statement that registers a row. @throws INPUT_KEY_MISSING */
export async function rowStatement(
  row: Row,
  input: Pick<Input, 'name' | 'sha256'>,
  context: RowContext,
): Promise<Uint8Array> {
  const { ledger, service, credential, signer, clock, keyField } = context
  const key = keyField === undefined ? {} : { key: keyOf(row, keyField, input.name) }
  return signStatement(
    {
      contentType: 'application/json',
      claims: {
        iss: credential,
        sub: service,
        aud: ledger,
        iat: clock.nowSeconds(),
        cti: rowActId(input, row.number),
        ...key,
      },
      payload: utf8(row.text),
    },
    signer,
  )
}

/** The field's value as text. @throws INPUT_KEY_MISSING */
export function keyOf({ value, number }: Row, field: string, file: string): string {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
  const found = isObject && Object.hasOwn(value, field) ? value[field] : undefined
  if (typeof found === 'string' || typeof found === 'number' || typeof found === 'boolean') {
    return String(found)
  }
  const what = found === undefined ? 'has no field' : 'has no single value in the field'
  const message = `${file}, row ${number}: it ${what} "${field}".`
  throw fail('INPUT_KEY_MISSING', message, { details: { file, row: number, field } })
}
