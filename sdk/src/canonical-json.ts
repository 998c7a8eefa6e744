import { CodedError } from './errors.ts'

/**
 * The one text of a JSON value, whoever writes it: RFC 8785. No spaces, members sorted by the
 * UTF-16 code units of their names, numbers as ECMAScript prints them.
 * @throws JSON_VALUE_INVALID for what JSON cannot carry: infinite numbers, lone surrogates,
 * undefined, functions, bigint
 */
export function canonicalJson(value: unknown): string {
  if (typeof value === 'string' && value.isWellFormed()) return JSON.stringify(value)
  if (typeof value === 'number' && Number.isFinite(value)) return JSON.stringify(value)
  if (value === null || typeof value === 'boolean') return String(value)
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`
  if (typeof value === 'object') {
    // The default order of `sort` is that of UTF-16 code units, as section 3.2.3 has it.
    const names = Object.keys(value).sort()
    const members = names.map((name) => {
      return `${canonicalJson(name)}:${canonicalJson((value as Record<string, unknown>)[name])}`
    })
    return `{${members.join(',')}}`
  }
  throw new CodedError('JSON_VALUE_INVALID', `JSON cannot carry this ${typeof value}.`)
}
