import type { Arguments } from './arguments.ts'
import { fail } from './fail.ts'

/** A whole number, or undefined where the option is absent. @throws CLI_OPTION_INVALID */
export function wholeNumber(
  args: Arguments,
  option: string,
  { min, max }: { readonly min: number; readonly max: number },
): number | undefined {
  const text = args.optional(option)
  if (text === undefined) return undefined
  const number = Number(text)
  if (/^\d{1,15}$/.test(text) && number >= min && number <= max) return number
  const message = `--${option} ${text}: give a whole number from ${min} to ${max}.`
  throw fail('CLI_OPTION_INVALID', message)
}

/** One of `allowed`, or undefined where the option is absent. @throws CLI_OPTION_INVALID */
export function oneOf<const T extends string>(
  args: Arguments,
  option: string,
  allowed: readonly T[],
): T | undefined {
  const text = args.optional(option)
  if (text === undefined) return undefined
  const found = allowed.find((one) => one === text)
  if (found !== undefined) return found
  throw fail('CLI_OPTION_INVALID', `--${option} ${text}: give ${allowed.join(', ')}.`)
}

/**
 * A time in seconds since 1970, from such a number or from ISO 8601; without a zone it is UTC.
 * @throws CLI_OPTION_INVALID
 */
export function timeSeconds(args: Arguments, option: string): number | undefined {
  const text = args.optional(option)
  if (text === undefined) return undefined
  if (/^\d{1,12}$/.test(text)) return Number(text)
  const hasZone = /(Z|[+-]\d\d:?\d\d)$/i.test(text)
  const isDate = /^\d{4}-\d\d-\d\d$/.test(text)
  const ms = Date.parse(hasZone || isDate ? text : `${text}Z`)
  if (/^\d{4}-\d\d-\d\d/.test(text) && !Number.isNaN(ms)) return Math.ceil(ms / 1000)
  const message = `--${option} ${text}: give seconds since 1970, or 2026-11-30T12:00:00Z.`
  throw fail('CLI_OPTION_INVALID', message)
}

/** Seconds since 1970 as `2026-11-30T12:00:00Z`. */
export function isoTime(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace('.000Z', 'Z')
}
