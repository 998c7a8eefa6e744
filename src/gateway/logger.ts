import { isCodedError } from '@openbsn/sdk'
import { type DestinationStream, pino, stdTimeFunctions } from 'pino'

export type LogLevel = 'debug' | 'info' | 'warn' | 'error'

/** What may stand in a line of the log, beside level, time, msg, service and node. */
export const logFields = [
  ...['request_id', 'trace_id', 'app_id', 'actor', 'event', 'code', 'ledger', 'index', 'height'],
  ...[
    'size',
    'count',
    'bytes',
    'method',
    'route',
    'status',
    'duration_ms',
    'host',
    'port',
    'signal',
  ],
] as const

export type LogFields = { readonly [K in (typeof logFields)[number]]?: string | number } & {
  readonly err?: unknown
}

/** Writes lines of JSON. A field that is not in `logFields` never reaches them. */
export interface Logger {
  debug(fields: LogFields, message: string): void
  info(fields: LogFields, message: string): void
  warn(fields: LogFields, message: string): void
  error(fields: LogFields, message: string): void
  isDebug(): boolean
}

export type LoggerOptions = {
  /** The part that writes, such as `bsn`. */
  readonly service: string
  /** The node's name. */
  readonly node: string
  readonly level?: LogLevel
}

/** A logger of one process; `stream` gets every line as one write. */
export function createLogger(
  { service, node, level = 'info' }: LoggerOptions,
  { stream }: { readonly stream: DestinationStream },
): Logger {
  const sink = pino(
    {
      level,
      base: { service, node },
      // RFC 3339 in UTC with milliseconds.
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }), log: allowed },
    },
    stream,
  )
  return {
    debug: (fields, message) => sink.debug(fields, plain(message)),
    info: (fields, message) => sink.info(fields, plain(message)),
    warn: (fields, message) => sink.warn(fields, plain(message)),
    error: (fields, message) => sink.error(fields, plain(message)),
    isDebug: () => sink.isLevelEnabled('debug'),
  }
}

/** An allow-list: what nobody thought of, such as a header or a key, is not written. */
function allowed(fields: Record<string, unknown>): Record<string, unknown> {
  const out: Record<string, unknown> = {}
  for (const name of logFields) {
    const value = fields[name]
    if (typeof value === 'string') out[name] = plain(value)
    if (typeof value === 'number') out[name] = value
  }
  return 'err' in fields ? { ...out, ...describeError(fields.err) } : out
}

/** Field names of OpenTelemetry. Of a coded error the place in the code tells nothing more. */
function describeError(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { 'exception.message': plain(String(error)) }
  const message = plain(error.message)
  if (isCodedError(error)) return { code: error.code, 'exception.message': message }
  return {
    'exception.type': error.name,
    'exception.message': message,
    'exception.stacktrace': plain(error.stack ?? ''),
  }
}

/** What JSON leaves as it is, and yet ends a line or drives a terminal. */
const unsafe = /[\u007f-\u009f\p{Zl}\p{Zp}\p{Bidi_Control}]/gu

/** Others choose some texts: a path, what a receiver of webhooks says, a name in a certificate. */
function plain(text: string): string {
  return text.replaceAll(unsafe, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`)
}
