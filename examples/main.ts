import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { isCodedError } from '@openbsn/sdk'
import { assets } from './assets/assets.ts'
import { loyalty } from './loyalty/loyalty.ts'
import { type Network, openNetwork } from './network.ts'
import { points } from './points/points.ts'
import { sensors } from './sensors/sensors.ts'
import { shop } from './shop/shop.ts'

type Options = {
  /** Where an example with a page serves it; 0 is a free one. */
  readonly port: number
}

/** `npm run example -- NAME`: tells what it does and proves; whatever is not so ends it with 1. */
type Example = (network: Network, say: (line: string) => void, options: Options) => Promise<void>
const examples: Readonly<Record<string, Example>> = { loyalty, sensors, points, shop }
/** Those that start city nodes of their own. */
const whole: Readonly<Record<string, (say: (line: string) => void) => Promise<void>>> = { assets }

const { example, alone, port, values } = readArguments()
if (!(example || alone) || !(port < 2 ** 16)) {
  console.error('Usage: npm run example -- NAME [--home DIR] [--port PORT]')
  console.error(`NAME is one of: ${Object.keys({ ...examples, ...whole }).join(', ')}`)
  process.exit(2)
}

/** No example where the arguments are none of ours. */
function readArguments() {
  const options = { home: { type: 'string' }, port: { type: 'string', default: '0' } } as const
  const { positionals, values } = parseArgs({ allowPositionals: true, options, strict: false })
  const isKnown = Object.keys(values).every((name) => name in options)
  const [name = ''] = isKnown ? positionals : []
  const [example, alone] = [examples[name], whole[name]]
  const port = /^\d{1,5}$/.test(String(values.port)) ? Number(values.port) : Number.NaN
  const home = typeof values.home === 'string' ? values.home : undefined
  return { example, alone, port, values: { home } }
}

const home = values.home ?? process.env.BSN_HOME ?? join(homedir(), '.openbsn')
try {
  if (alone) await alone(console.log)
  else await example?.(await openNetwork(resolve(home)), console.log, { port })
} catch (error) {
  console.error(isCodedError(error) ? `${error.code}: ${error.message}` : error)
  process.exitCode = 1
}
