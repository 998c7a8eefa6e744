import { payloadBytes } from '../statements/template.ts'
import type { HttpAnswer } from './http-connection.ts'
import { patchNumber, placesOf } from './numbers.ts'
import type { JsonTarget, JsonWork } from './plan.ts'
import type { Requests } from './requests.ts'

/** Stand where each request has its number, and the time at which it was made. */
const marks = { number: 'n-placeholder-16', time: 't-placeholder-16' } as const

type Template = {
  readonly bytes: Buffer
  readonly at: Readonly<Record<keyof typeof marks, number[]>>
}

/** Microseconds of the machine's monotonic clock, which all its processes share. */
export const monotonicMicroseconds = () => Number(process.hrtime.bigint() / 1000n)

/** What stands before the time of making in a record's value, as every door shows it again. */
export const timeMark = '"made":"'

/** JSON records as an off-network system sends them: with an API key and an Idempotency-Key. */
export function createJsonRequests({ targets, firstNumber, expectsLimit }: JsonWork): Requests {
  const templates = targets.map(templateOf)
  let number = firstNumber
  return {
    buffer: () => Buffer.from(templates[0]?.bytes ?? []),
    fill: (request) => {
      const template = templates[number % templates.length]
      if (!template) return false
      request.set(template.bytes)
      patchNumber(request, template.at.number, number++)
      patchNumber(request, template.at.time, monotonicMicroseconds())
      return true
    },
    appended: (answer) => appendedIn(answer, expectsLimit),
  }
}

function appendedIn({ status, body }: HttpAnswer, expectsLimit: boolean): number | string {
  if (status === 201) return 1
  return expectsLimit && status === 429 ? 0 : `HTTP ${status}: ${body.toString()}`
}

function templateOf({ ledger, service, apiKey }: JsonTarget): Template {
  const body = bodyOf(service)
  const bytes = Buffer.from(
    [
      `POST /api/v1/ledgers/${ledger}/services/${service}/records HTTP/1.1`,
      'host: 127.0.0.1',
      `authorization: Bearer ${apiKey}`,
      'content-type: application/json',
      `content-length: ${body.length}`,
      `idempotency-key: ${marks.number}`,
      '',
      body,
    ].join('\r\n'),
  )
  const at = { number: placesOf(bytes, marks.number), time: placesOf(bytes, marks.time) }
  return { bytes, at }
}

/** Its value has as many bytes as the payload of a signed statement of the bench. */
function bodyOf(service: string): string {
  const head = `{${timeMark}${marks.time}","number":"${marks.number}","text":"`
  const text = service.repeat(payloadBytes).slice(0, payloadBytes - head.length - 2)
  return `{"value":${head}${text}"}}`
}
