import { parseArgs } from 'node:util'
import { cities } from './cities.ts'
import { optionInvalid } from './errors.ts'

export type SimOptions = {
  readonly seed: number
  readonly nodes: number
  readonly validators: number
  /** In each of the two parts. */
  readonly records: number
  /** Of each of the two parts, in virtual time. */
  readonly seconds: number
}

export const usage = `npm run sim -- [options]

  --seed N         the same seed, the same run (1)
  --nodes N        city nodes, 12 to ${cities.length} (${cities.length})
  --validators N   how many of them sign blocks, 4 to 21 (10)
  --records N      records while all is well, and again while continents are apart (300)
  --seconds N      virtual seconds of each of these (15)
`

const bounds = {
  seed: { least: 0, most: 2 ** 32 - 1, usual: 1 },
  nodes: { least: 12, most: cities.length, usual: cities.length },
  validators: { least: 4, most: 21, usual: 10 },
  records: { least: 1, most: 100_000, usual: 300 },
  seconds: { least: 1, most: 3600, usual: 15 },
} as const

/** Undefined where only help was asked for. @throws SIM_OPTION_INVALID */
export function readOptions(argv: readonly string[]): SimOptions | undefined {
  const values = parse(argv)
  if (values.help) return undefined
  const read = (name: keyof typeof bounds) => whole(name, values[name])
  const options = {
    ...{ seed: read('seed'), nodes: read('nodes'), validators: read('validators') },
    ...{ records: read('records'), seconds: read('seconds') },
  }
  if (options.validators * 2 <= options.nodes) return options
  throw optionInvalid('At most half of the nodes can be validators.')
}

const spec = {
  seed: { type: 'string' },
  nodes: { type: 'string' },
  validators: { type: 'string' },
  records: { type: 'string' },
  seconds: { type: 'string' },
  help: { type: 'boolean' },
} as const

function parse(argv: readonly string[]) {
  try {
    return parseArgs({ args: [...argv], options: spec }).values
  } catch (cause) {
    throw optionInvalid(cause instanceof Error ? cause.message : String(cause), cause)
  }
}

function whole(name: keyof typeof bounds, text: string | undefined): number {
  const { least, most, usual } = bounds[name]
  const value = text === undefined ? usual : Number(text)
  if (Number.isSafeInteger(value) && value >= least && value <= most) return value
  throw optionInvalid(`--${name} ${text}: a whole number from ${least} to ${most}.`)
}
