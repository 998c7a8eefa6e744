import {
  type Client,
  canonicalJson,
  equalBytes,
  idempotencyActId,
  type Outcome,
  parseStatement,
  type RecordOutcome,
  rowActId as rowOfBatch,
  toHex,
  utf8,
} from '@openbsn/sdk'
import type { Input } from '../rows/input.ts'
import type { Row } from '../rows/row.ts'
import { keyOf, type RowContext, rowActId, rowStatement } from './row-statement.ts'

/** A row as it is sent, and as it must come back. */
export type RowAct = {
  readonly actId: Uint8Array
  readonly payload: Uint8Array
  /** Bytes of it in a request, nearly. */
  readonly sizeBytes: number
  /** The statement where it is signed here: an entry that is new is just this. */
  readonly statement?: Uint8Array
  /** Where the city node makes it: the request that it must be part of, and what is sent. */
  readonly request?: string
  readonly record?: { readonly value: unknown; readonly key?: string }
}

/** How rows become entries: signed here, or as JSON that a city node signs. */
export interface RowWriter {
  /** What makes this row one act, however often it is sent. */
  actId(input: Pick<Input, 'sha256'>, row: number): Uint8Array
  /**
   * Rows of one group are sent together or not at all, because their act is made of the request's
   * own key; undefined where each row is by itself.
   */
  group(input: Pick<Input, 'sha256'>, row: number): string | undefined
  act(row: Row, input: Pick<Input, 'name' | 'sha256'>): Promise<RowAct>
  send(acts: readonly RowAct[], receipts: boolean): Promise<readonly Outcome[]>
}

type Statements = {
  readonly client: Pick<Client, 'submit'>
  readonly context: RowContext
}

/** Rows as statements that the credential's own key signs. */
export function createStatementWriter({ client, context }: Statements): RowWriter {
  return {
    actId: rowActId,
    group: () => undefined,
    act: async (row, input) => {
      const statement = await rowStatement(row, input, context)
      const sizeBytes = statement.length
      return { actId: rowActId(input, row.number), payload: utf8(row.text), sizeBytes, statement }
    },
    send: (acts, receipts) => {
      const statements = acts.flatMap(({ statement }) => (statement ? [statement] : []))
      return client.submit(statements, { receipts })
    },
  }
}

/** Rows in one request: its key is of the file and this group, whichever run sends it. */
const groupRows = 100

type Json = Pick<RowContext, 'service' | 'keyField'> & { readonly client: Pick<Client, 'records'> }

/** Rows as JSON, for an API key: the city node signs them in the credential's name. */
export function createJsonWriter({ client, service, keyField }: Json): RowWriter {
  const groupOf = ({ sha256 }: Pick<Input, 'sha256'>, row: number) =>
    `${toHex(sha256)}/${Math.floor((row - 1) / groupRows)}`
  const actId: RowWriter['actId'] = (input, row) =>
    rowOfBatch(idempotencyActId(groupOf(input, row)), (row - 1) % groupRows)
  return {
    actId,
    group: groupOf,
    act: async (row, input) => {
      const key = keyField === undefined ? {} : { key: keyOf(row, keyField, input.name) }
      const payload = utf8(canonicalJson(row.value))
      return {
        actId: actId(input, row.number),
        payload,
        sizeBytes: payload.length,
        request: groupOf(input, row.number),
        record: { value: row.value, ...key },
      }
    },
    send: async (acts, receipts) => {
      const records = acts.flatMap(({ record }) => (record ? [record] : []))
      const idempotencyKey = acts[0]?.request ?? ''
      const { outcomes } = await client.records(service).putMany(records, {
        idempotencyKey,
        receipts,
      })
      return outcomes satisfies readonly RecordOutcome[]
    },
  }
}

/** True where a registered statement is this act, with this content. */
export function isSameAct(registered: Uint8Array, { actId, payload }: RowAct): boolean {
  const { claims, payload: found } = parseStatement(registered)
  return equalBytes(claims.cti ?? new Uint8Array(0), actId) && equalBytes(found, payload)
}
