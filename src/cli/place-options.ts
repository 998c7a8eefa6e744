import { namePattern } from '../ledger/modules/module.ts'
import type { NodeFacts } from '../node/join-alliance.ts'
import type { Arguments } from './arguments.ts'
import type { OptionSpec } from './command.ts'
import { fail } from './fail.ts'

/** What the first start registers about a city node. */
export const placeOptions = {
  node: { type: 'string', value: 'NAME', summary: "The city node's name, at the first start" },
  city: { type: 'string', value: 'TEXT', summary: 'Where it is, at the first start' },
  country: { type: 'string', value: 'CC', summary: 'Its country, two letters of ISO 3166-1' },
  latitude: {
    type: 'string',
    value: 'DEG',
    summary: 'In degrees, such as 52.52; south is below 0',
  },
  longitude: { type: 'string', value: 'DEG', summary: 'In degrees; west is below 0' },
} as const satisfies Record<string, OptionSpec>

/** @throws CLI_OPTION_INVALID */
export function placeOf(args: Arguments): Partial<Omit<NodeFacts, 'software'>> {
  const [id, city, country] = ['node', 'city', 'country'].map(args.optional)
  if (id !== undefined) requireForm('node', id, namePattern, '2 to 63 of a-z, 0-9, -')
  if (country !== undefined) requireForm('country', country, /^[A-Z]{2}$/, 'two capital letters')
  const latitude = microdegrees(args, 'latitude', 90)
  const longitude = microdegrees(args, 'longitude', 180)
  return {
    ...(id === undefined ? {} : { id }),
    ...(city === undefined ? {} : { city }),
    ...(country === undefined ? {} : { country }),
    ...(latitude === undefined ? {} : { latitude }),
    ...(longitude === undefined ? {} : { longitude }),
  }
}

function microdegrees(args: Arguments, option: string, most: number): number | undefined {
  const text = args.optional(option)
  if (text === undefined) return undefined
  const rule = `degrees from -${most} to ${most}, such as -33.87`
  requireForm(option, text, /^-?\d{1,3}(\.\d+)?$/, rule)
  if (Math.abs(Number(text)) > most) throw fail('CLI_OPTION_INVALID', `--${option}: ${rule}.`)
  return Math.round(Number(text) * 1e6)
}

function requireForm(option: string, text: string, form: RegExp, rule: string): void {
  if (!form.test(text)) throw fail('CLI_OPTION_INVALID', `--${option} ${text}: ${rule}.`)
}
