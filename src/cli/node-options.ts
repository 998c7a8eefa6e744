import type { NodeFields } from '@openbsn/sdk'
import type { Arguments } from './arguments.ts'
import type { OptionSpec } from './command.ts'
import { fail } from './fail.ts'

/** Options of `node register` and `node update`. */
export const nodeOptions = {
  city: { type: 'string', value: 'NAME', summary: 'Where it stands' },
  country: { type: 'string', value: 'CODE', summary: 'ISO 3166-1 alpha-2, such as CN' },
  latitude: { type: 'string', value: 'DEGREES', summary: 'Such as 39.9042; south is negative' },
  longitude: { type: 'string', value: 'DEGREES', summary: 'Such as 116.4074; west is negative' },
  address: { type: 'string', value: 'URL', summary: 'Where its gateway is reached' },
  software: { type: 'string', value: 'TEXT', summary: 'What it runs' },
  framework: {
    type: 'string',
    value: 'NAME',
    many: true,
    summary: 'A kind of ledger that it has',
  },
} as const satisfies Record<string, OptionSpec>

/** What is given of a node's facts. @throws CLI_OPTION_INVALID */
export function nodeFields(args: Arguments): Partial<NodeFields> {
  const texts = { city: 'city', country: 'country', address: 'gateway', software: 'software' }
  const given = Object.entries(texts).map(([option, name]) => [name, args.optional(option)])
  const frameworks = args.values('framework')
  const fields = {
    ...Object.fromEntries(given),
    latitude: microdegrees(args, 'latitude', 90),
    longitude: microdegrees(args, 'longitude', 180),
    frameworks: frameworks.length === 0 ? undefined : frameworks,
  }
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
}

function microdegrees(args: Arguments, option: string, max: number): number | undefined {
  const text = args.optional(option)
  if (text === undefined) return undefined
  const degrees = Number(text)
  if (/^-?\d{1,3}(\.\d{1,9})?$/.test(text) && Math.abs(degrees) <= max) {
    return Math.round(degrees * 1e6)
  }
  throw fail('CLI_OPTION_INVALID', `--${option} ${text}: give degrees from -${max} to ${max}.`)
}
