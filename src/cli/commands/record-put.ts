import { performance } from 'node:perf_hooks'
import { type CodedError, isCodedError } from '@openbsn/sdk'
import type { Arguments } from '../arguments.ts'
import { errorRow } from '../catalogue.ts'
import type { Cli, Command } from '../command.ts'
import { gatewaysOf, tellingFate } from '../connection.ts'
import {
  credentialClient,
  credentialOptions,
  requireCredentialOf,
} from '../credential-connection.ts'
import { readCredentialFile } from '../credential-file.ts'
import { fail } from '../fail.ts'
import { exitCode } from '../failure.ts'
import { flag, list, object, text, whole } from '../json-schema.ts'
import { createProgress, duration, grouped } from '../put/progress.ts'
import { defaultPutOptions, type PutReport, putRows } from '../put/put-rows.ts'
import { openReceiptsFile } from '../put/receipts-file.ts'
import { keyOf } from '../put/row-statement.ts'
import { createJsonWriter, createStatementWriter } from '../put/row-writer.ts'
import { type Input, inputFormats, type OpenInput, openInput } from '../rows/input.ts'
import { oneOf } from '../values.ts'

/** Refusals that are told one by one; the rest is counted. */
const toldMax = 20

export const command: Command = {
  description:
    'Each row becomes one signed entry; equal rows of a file are separate entries. Nothing is ' +
    'sent before all input is read and found right. When it is interrupted, run the same command ' +
    'again: it goes on where it stopped, and nothing is registered twice. A row is known by its ' +
    "file's bytes and its place there: the same file again, under whatever name, adds nothing. A " +
    'limit of requests a second is waited out; a quota of the day that is spent ends with 6. The ' +
    'summary is printed in either case. Where a gateway fails, or answers what does not hold, ' +
    'the same rows go on through the next one, and none is registered twice.',
  examples: [
    'bsn record put --service flights --credential flights.credential rows.csv',
    'bsn record put --service flights --credential flights.credential --key id --receipts ' +
      'receipts.ndjson rows.json',
    'other-program | bsn record put --service flights --credential flights.credential --format ' +
      'ndjson -',
  ],
  operands: [
    {
      name: 'INPUT',
      summary: 'CSV with a head line, NDJSON, or a JSON array; - is standard input',
      required: true,
      many: true,
    },
  ],
  options: {
    service: { type: 'string', value: 'NAME', required: true, summary: 'Service to write to' },
    credential: {
      type: 'string',
      value: 'FILE',
      required: true,
      env: 'BSN_CREDENTIAL',
      summary: 'Credential of the service',
    },
    key: { type: 'string', value: 'FIELD', summary: 'Field whose value finds the record later' },
    receipts: {
      type: 'string',
      value: 'OUT',
      summary: 'Append a line for each row: its index, statement and receipt (NDJSON)',
    },
    format: { type: 'string', value: 'FORMAT', summary: 'csv, ndjson or json; else found out' },
    gateway: credentialOptions.gateway,
    'dry-run': { type: 'boolean', summary: 'Read and check all input, send nothing' },
  },
  output: object({
    service: text,
    ledger: text,
    rows: whole,
    appended: whole,
    duplicates: whole,
    skipped: whole,
    refused: whole,
    refusals: list(object({ file: text, row: whole, code: text, detail: text })),
    interrupted: flag,
    seconds: { type: 'number' },
    'dryRun?': flag,
  }),
  run,
}

async function run(args: Arguments, cli: Cli): Promise<number | undefined> {
  const signal = cli.interrupted()
  const service = args.value('service')
  const credential = await readCredentialFile(args.value('credential'))
  requireCredentialOf(credential, service)
  const opened: OpenInput[] = []
  try {
    for (const path of args.operands) {
      if (signal.aborted) return exitCode.interrupted
      opened.push(await openInput({ path, ...reading(args) }, cli.stdin()))
    }
    const inputs = opened.map(({ input }) => input)
    return await register(inputs, { args, cli, credential, signal })
  } finally {
    for (const { remove } of opened) await remove()
  }
}

function reading(args: Arguments) {
  const format = oneOf(args, 'format', inputFormats)
  const keyField = args.optional('key')
  if (keyField === undefined) return { format }
  return {
    format,
    check: (row: Parameters<typeof keyOf>[0], name: string) => void keyOf(row, keyField, name),
  }
}

type Run = {
  readonly args: Arguments
  readonly cli: Cli
  readonly credential: Awaited<ReturnType<typeof readCredentialFile>>
  readonly signal: AbortSignal
}

async function register(inputs: readonly Input[], { args, cli, credential, signal }: Run) {
  const { out, clock } = cli
  const { ledger, service } = credential
  const total = inputs.reduce((sum, { rows }) => sum + rows, 0)
  for (const { name, rows } of inputs) if (rows === 0) out.note(`${name} has no rows`)
  if (args.has('dry-run')) {
    const nothing = { appended: 0, duplicates: 0, skipped: 0, refused: [], interrupted: false }
    return report({ total, seconds: 0, put: nothing, dryRun: true }, credential, cli)
  }
  const path = args.optional('receipts')
  const scope = { ledger, service, credential: credential.credential }
  const receipts = path === undefined ? undefined : await openReceiptsFile(path, scope)
  // Told once of each: while it is dead it may be tried again and again.
  const left = new Set<string>()
  const onLeave = (gateway: string, { code }: CodedError) => {
    if (!left.has(gateway + code)) out.note(`${gateway}: ${code}, so another gateway is asked`)
    left.add(gateway + code)
  }
  const gateways = gatewaysOf(args)
  const client = tellingFate(credentialClient(credential, { gateways, clock, onLeave }))
  const startMs = performance.now()
  const label = inputs.map(({ name }) => name).join(', ')
  const progress = createProgress({ total, label }, { out, nowMs: () => performance.now() })
  const keyField = args.optional('key')
  // A key that signs serves services of both key modes; JSON needs one of key-trust.
  const { signer } = credential
  const writer = signer
    ? createStatementWriter({ client, context: { ...scope, signer, clock, keyField } })
    : createJsonWriter({ client, service, keyField })
  try {
    const put = await putRows(inputs, defaultPutOptions, {
      client,
      writer,
      receipts,
      concernsSender,
      progress,
      signal,
    })
    progress.end()
    const seconds = (performance.now() - startMs) / 1000
    return report({ total, seconds, put, dryRun: false }, credential, cli)
  } finally {
    progress.end()
    await receipts?.close()
  }
}

/** Refusals that name nothing in the row: with this key, or this clock, no row will pass. */
function concernsSender(code: string): boolean {
  const sameForAll = ['SERVICE_UNKNOWN', 'LEDGER_MISMATCH', 'ISSUED_IN_FUTURE']
  return errorRow(code)?.status === 403 || sameForAll.includes(code)
}

type Ended = {
  readonly total: number
  readonly seconds: number
  readonly put: PutReport
  readonly dryRun: boolean
}

function report({ total, seconds, put, dryRun }: Ended, scope: Run['credential'], { out }: Cli) {
  const { appended, duplicates, skipped, refused, interrupted, failure } = put
  out.answer(
    {
      service: scope.service,
      ledger: scope.ledger,
      rows: total,
      appended,
      duplicates,
      skipped,
      refused: refused.length,
      refusals: refused.slice(0, toldMax),
      interrupted,
      seconds: Math.round(seconds * 1000) / 1000,
      ...(dryRun ? { dryRun } : {}),
    },
    dryRun ? `${rowsOf(total)} can be sent` : summary({ total, seconds, put }),
  )
  // What ended the run is told once, below, and not for every row that it refused.
  const ended = isCodedError(failure) ? failure.code : undefined
  const others = refused.filter(({ code }) => code !== ended)
  for (const { file, row, code, detail } of others.slice(0, toldMax)) {
    out.note(`refused: ${file}, row ${row}: ${code}: ${detail}`)
  }
  if (failure !== undefined) throw failure
  if (interrupted) {
    out.note('interrupted: run the same command again to go on; nothing is registered twice')
    return exitCode.interrupted
  }
  if (refused.length === 0) return undefined
  throw fail('ROWS_REFUSED', `${grouped(refused.length)} of ${grouped(total)} rows were refused.`)
}

function summary({ total, seconds, put }: Omit<Ended, 'dryRun'>): string {
  const { appended, duplicates, skipped, refused } = put
  const rest = total - appended - duplicates - skipped - refused.length
  const rate = seconds > 0 ? Math.round((appended + duplicates) / seconds) : 0
  const parts = [
    `${grouped(appended)} appended`,
    `${grouped(duplicates)} found registered`,
    ...(skipped > 0 ? [`${grouped(skipped)} had receipts already`] : []),
    `${grouped(refused.length)} refused`,
    ...(rest > 0 ? [`${grouped(rest)} not done`] : []),
  ]
  return `${rowsOf(total)}: ${parts.join(', ')}; ${duration(seconds)}, ${grouped(rate)}/s`
}

const rowsOf = (count: number) => `${grouped(count)} ${count === 1 ? 'row' : 'rows'}`
