import type { Failure } from './failure.ts'

/** The part of a stream that is needed here; `process.stdout` and `process.stderr` are ones. */
export type Sink = {
  write(text: string | Uint8Array): unknown
  readonly isTTY?: boolean
  readonly columns?: number
}

export type OutputOptions = {
  readonly json: boolean
  readonly quiet: boolean
  readonly verbose: boolean
  readonly color: boolean
}

/** Data goes to stdout, everything else to stderr. */
export interface Output extends OutputOptions {
  /** True where a person watches the progress. */
  readonly isTerminal: boolean
  /** The command's answer: the document with `--json`, else the text. */
  answer(document: object, text: string): void
  /** Raw bytes to stdout. */
  bytes(data: Uint8Array): void
  /** Rows as a table with a head on a terminal, as tab-separated lines elsewhere. */
  table(head: readonly string[], rows: readonly (readonly string[])[]): string
  note(text: string): void
  detail(text: string): void
  /** Rewrites one line of a terminal; empty text removes it. */
  progress(text: string): void
  failure(failure: Failure): void
}

const sgr = { red: '\u001b[31m', bold: '\u001b[1m', end: '\u001b[0m' }
const eraseLine = '\r\u001b[K'

/** `stdout` and `stderr` are written to at once: nothing waits in memory. */
export function createOutput(options: OutputOptions, stdout: Sink, stderr: Sink): Output {
  const { json, quiet, verbose, color } = options
  const painted = (code: string, text: string) => (color ? code + text + sgr.end : text)
  return {
    ...options,
    isTerminal: stderr.isTTY === true,
    answer: (document, text) => {
      if (json) stdout.write(`${JSON.stringify(document)}\n`)
      else if (text !== '') stdout.write(text.endsWith('\n') ? text : `${text}\n`)
    },
    bytes: (data) => stdout.write(data),
    table: (head, rows) =>
      stdout.isTTY ? aligned(head, rows, (line) => painted(sgr.bold, line)) : tabbed(rows),
    note: (text) => {
      // With --json, stderr carries nothing but error objects, unless more was asked for.
      if (!quiet && (!json || verbose)) stderr.write(`${text}\n`)
    },
    detail: (text) => {
      if (verbose) stderr.write(`${text}\n`)
    },
    progress: (text) => stderr.write(eraseLine + text),
    failure: (failure) =>
      stderr.write(json ? `${problemText(failure)}\n` : failureText(failure, painted)),
  }
}

function failureText(
  { code, message, remedy, details }: Failure,
  painted: (code: string, text: string) => string,
): string {
  // It may be what a gateway said. Problems of a compiler have a line each.
  const said = message.split('\n').map(oneLine).join('\n')
  const help = remedy ? `  what to do: ${remedy}\n` : ''
  // Whoever runs the gateway finds it in the log.
  const request = details?.requestId ? `  request: ${oneLine(String(details.requestId))}\n` : ''
  return `${painted(sgr.red, `error ${code}:`)} ${said}\n${help}${request}`
}

/** RFC 9457, in one line. */
function problemText({ code, message, meaning, remedy, details, exit }: Failure): string {
  const { status, ...rest } = details ?? {}
  return JSON.stringify({
    type: `/docs/reference/errors.md#${code.toLowerCase()}`,
    title: meaning ?? code,
    ...(status === undefined ? {} : { status }),
    detail: message,
    code,
    ...(remedy ? { remedy } : {}),
    exitCode: exit,
    ...(Object.keys(rest).length === 0 ? {} : { details: rest }),
  })
}

function tabbed(rows: readonly (readonly string[])[]): string {
  return rows.map((row) => row.map(oneLine).join('\t')).join('\n')
}

function aligned(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  paint: (text: string) => string,
): string {
  const cells = rows.map((row) => row.map(oneLine))
  const widths = head.map((name, i) =>
    Math.max(name.length, ...cells.map((row) => (row[i] ?? '').length)),
  )
  const line = (row: readonly string[]) =>
    row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join('  ')
  return [paint(line(head)), ...cells.map((row) => line(row).trimEnd())].join('\n')
}

/** Names and values, a line each; absent values are left out. */
export function fields(document: Readonly<Record<string, unknown>>): string {
  const rows = Object.entries(document).filter(([, value]) => value !== undefined)
  const widest = Math.max(...rows.map(([name]) => name.length))
  return rows
    .map(([name, value]) => `${`${name}:`.padEnd(widest + 2)}${oneLine(String(value))}`)
    .join('\n')
}

/**
 * A record is someone else's text: what ends a line, drives a terminal, or turns the direction of
 * what stands beside it, is shown as a dot.
 */
export function oneLine(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu, '·')
}
