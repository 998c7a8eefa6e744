import { CodedError } from '@openbsn/sdk'
import { type JsonObject, type JsonValue, parseJson } from '../../../kernel/json.ts'
import type { Named } from './mac-text.ts'

/** A request as the protocol wraps it. What else is in it is not looked at. */
export type Envelope = Named & { readonly mac: string; readonly body: JsonObject }

const jsonLimits = { depthMax: 16, valuesMax: 20_000 }

/** Reads a request, whatever its type says. @throws REQUEST_INVALID, JSON_* */
export function readEnvelope(bytes: unknown): Envelope {
  if (!Buffer.isBuffer(bytes) || bytes.length === 0) throw invalid('It has no body.')
  const whole = parseJson(bytes, jsonLimits)
  if (!isObject(whole) || !isObject(whole.header)) throw invalid('header: an object.')
  const { userCode, appCode } = whole.header
  if (typeof userCode !== 'string' || typeof appCode !== 'string') {
    throw invalid('header: userCode and appCode, as texts.')
  }
  const { mac, body } = whole
  return {
    userCode,
    appCode,
    mac: typeof mac === 'string' ? mac : '',
    // What takes nothing comes with nothing, null, an empty text or an empty object.
    body: isObject(body) ? body : {},
  }
}

/** A member as text; empty where it is absent. @throws REQUEST_INVALID */
export function textIn(body: JsonObject, name: string): string {
  const value = body[name] ?? ''
  if (typeof value === 'string') return value
  throw invalid(`body.${name}: a text.`)
}

/** As `textIn`, of what must be there. @throws REQUEST_INVALID */
export function neededIn(body: JsonObject, name: string): string {
  const value = textIn(body, name)
  if (value !== '') return value
  throw invalid(`body.${name} is missing.`)
}

/** A list of texts; empty where it is absent. @throws REQUEST_INVALID */
export function textsIn(body: JsonObject, name: string): string[] {
  const value = body[name] ?? []
  const isText = (one: JsonValue): one is string => typeof one === 'string'
  if (Array.isArray(value) && value.every(isText)) return value
  throw invalid(`body.${name}: a list of texts.`)
}

/** Texts by their names; none where it is absent. @throws REQUEST_INVALID */
export function mapIn(body: JsonObject, name: string): Record<string, Uint8Array> {
  const value = body[name] ?? {}
  if (!isObject(value)) throw invalid(`body.${name}: texts by their names.`)
  const entries = Object.entries(value).map(([key, one]) => {
    if (typeof one !== 'string') throw invalid(`body.${name}: texts by their names.`)
    return [key, Buffer.from(one)] as const
  })
  return Object.fromEntries(entries)
}

export const invalid = (detail: string) => new CodedError('REQUEST_INVALID', detail)

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
