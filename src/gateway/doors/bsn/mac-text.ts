import type { JsonObject, JsonValue } from '../../../kernel/json.ts'

/**
 * The text that a mac of the old protocol is over: values one after the other with nothing between
 * them, so that different bodies can have the same one.
 */

export type Named = { readonly userCode: string; readonly appCode: string }

/** Texts as they are, numbers in decimal, the items of lists, and nothing for what is absent. */
export function valueText(value: JsonValue | undefined): string {
  if (value === undefined || value === null) return ''
  if (Array.isArray(value)) return value.map(valueText).join('')
  if (typeof value === 'object') return Object.values(value).map(valueText).join('')
  return String(value)
}

/** Of an answer: its members are in the order that is signed. */
export function replyText(code: number, msg: string, body: JsonValue): string {
  return `${code}${msg}${valueText(body)}`
}

/** Of a notification. */
export function noticeText({ userCode, appCode }: Named, body: JsonValue): string {
  return userCode + appCode + valueText(body)
}

export type Tries = {
  /** Of a map with more keys not all orders are tried. */
  readonly allOrdersMax: number
}

/**
 * Of a request: what each client that there is may have signed, the likeliest first. Java leaves a
 * block number of 0 out of the body, and signs it; Go signs a map in an order of its own.
 */
export function* requestTexts(
  { userCode, appCode }: Named,
  { fields, body }: { readonly fields: readonly string[]; readonly body: JsonObject },
  tries: Tries,
): Generator<string> {
  const parts = fields.map((name) => [...fieldTexts(name, body[name], tries)])
  yield* joined(userCode + appCode, parts)
}

/** Each way to choose one of every part. */
function* joined(before: string, parts: readonly (readonly string[])[]): Generator<string> {
  const [first, ...rest] = parts
  if (!first) return yield before
  for (const text of first) yield* joined(before + text, rest)
}

function* fieldTexts(
  name: string,
  value: JsonValue | undefined,
  { allOrdersMax }: Tries,
): Generator<string> {
  if (name === 'blockNumber' && (value === undefined || value === null)) yield '0'
  const isMap = typeof value === 'object' && value !== null && !Array.isArray(value)
  if (!isMap) return yield valueText(value)
  const entries = Object.entries(value).map(([key, one]) => key + valueText(one))
  yield entries.join('')
  for (let i = 1; i < entries.length; i++)
    yield entries.slice(i).concat(entries.slice(0, i)).join('')
  if (entries.length > 2 && entries.length <= allOrdersMax) {
    for (const order of permutations(entries)) yield order.join('')
  }
}

function* permutations(items: readonly string[]): Generator<readonly string[]> {
  if (items.length <= 1) return yield items
  for (const [i, first] of items.entries()) {
    for (const rest of permutations(items.toSpliced(i, 1))) yield [first, ...rest]
  }
}
