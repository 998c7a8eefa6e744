import { isCodedError } from '@openbsn/sdk'
import { type JsonObject, type JsonValue, parseJson } from '../../../kernel/json.ts'

/** What the sources say of functions for users (`@notice`), by signature. */
export type Notices = ReadonlyMap<string, string>

const noticesMax = 2000
const noticeLengthMax = 2000

/** The notices in Solidity's metadata; none where it is no such text. */
export function noticesOf(metadata: string): Notices {
  const methods = memberOf(memberOf(memberOf(parsed(metadata), 'output'), 'userdoc'), 'methods')
  const entries = Object.entries(methods).slice(0, noticesMax)
  return new Map(
    entries.flatMap(([signature, method]) => {
      const { notice } = objectOf(method)
      return typeof notice === 'string' ? [[signature, notice.slice(0, noticeLengthMax)]] : []
    }),
  )
}

function parsed(text: string): JsonObject {
  try {
    return objectOf(parseJson(text, { valuesMax: 200_000 }))
  } catch (error) {
    if (isCodedError(error)) return {}
    throw error
  }
}

const memberOf = (value: JsonObject, name: string) =>
  objectOf(Object.hasOwn(value, name) ? value[name] : undefined)

const objectOf = (value: JsonValue | undefined): JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {}
