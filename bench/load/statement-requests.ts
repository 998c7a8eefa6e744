import { openSync, readSync } from 'node:fs'
import { headBytes, recordBytes } from '../statements/statement-file.ts'
import type { HttpAnswer } from './http-connection.ts'
import type { StatementWork } from './plan.ts'
import type { Requests } from './requests.ts'

/** Statements read at one time: far more than a batch, in well under a millisecond. */
const stepBytes = 1024 * 1024

/** Makes the requests of a load, one after the other, from a file of signed statements. */
export function createStatementRequests(work: StatementWork): Requests {
  const { file, perRequest, path } = work
  const isSingle = perRequest === 1
  const record = recordBytes(file)
  const bodyBytes = isSingle ? file.statementBytes : perRequest * record
  const head = Buffer.from(
    [
      `POST ${path} HTTP/1.1`,
      'host: 127.0.0.1',
      `content-type: application/${isSingle ? 'cose' : 'cbor-seq'}`,
      `content-length: ${bodyBytes}`,
      '\r\n',
    ].join('\r\n'),
  )
  const records = createRecordReader(work, record)
  return {
    buffer: () => Buffer.concat([head, Buffer.alloc(bodyBytes)]),
    fill: (request) => {
      const next = records.take(perRequest)
      if (next) request.set(isSingle ? next.subarray(headBytes) : next, head.length)
      return next !== undefined
    },
    appended: (answer) => appendedIn(answer, work),
  }
}

function appendedIn(
  { status, body }: HttpAnswer,
  { perRequest, successStatus, receiptsLeast = 0 }: StatementWork,
): number | string {
  if (status !== successStatus) return `HTTP ${status}: ${body.toString()}`
  if (perRequest === 1) {
    return receiptsIn(body) >= receiptsLeast ? 1 : `Too few receipts: ${body.toString()}`
  }
  let count = 0
  for (let at = body.indexOf('"appended"'); at >= 0; at = body.indexOf('"appended"', at + 10)) {
    count++
  }
  return count === perRequest ? count : body.toString()
}

const receiptMark = Buffer.from('"receipt":"')

/** Of how many validators an answer has receipts, by how they begin: an array, or one receipt. */
function receiptsIn(body: Buffer): number {
  const at = body.indexOf(receiptMark)
  if (at < 0) return 0
  const start = at + receiptMark.length
  const [first = 0] = Buffer.from(body.toString('latin1', start, start + 4), 'base64url')
  // Major type 4 with a length below 24; 0xd2 begins every COSE_Sign1.
  if (first >= 0x80 && first < 0x98) return first - 0x80
  return first === 0xd2 ? 1 : 0
}

function createRecordReader({ file, perRequest }: StatementWork, record: number) {
  const stepRecords = Math.max(1, Math.floor(stepBytes / (record * perRequest))) * perRequest
  const step = Buffer.alloc(stepRecords * record)
  const descriptor = openSync(file.path, 'r')
  let taken = 0
  return {
    /** The next `perRequest` records, valid until the next call. */
    take: (count: number): Uint8Array | undefined => {
      if (taken + count > file.count) return undefined
      const place = taken % stepRecords
      if (place === 0) readSync(descriptor, step, 0, step.length, taken * record)
      taken += count
      return step.subarray(place * record, (place + count) * record)
    },
  }
}
