import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { isCodedError } from '@openbsn/sdk'
import { loyalty } from './loyalty/loyalty.ts'
import { type Network, openNetwork } from './network.ts'
import { points } from './points/points.ts'
import { sensors } from './sensors/sensors.ts'

/** `npm run example -- NAME`: tells what it does and proves; whatever is not so ends it with 1. */
type Example = (network: Network, say: (line: string) => void) => Promise<void>
const examples: Readonly<Record<string, Example>> = { loyalty, sensors, points }

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { home: { type: 'string' } },
})
const example = examples[positionals[0] ?? '']
if (!example) {
  console.error('Usage: npm run example -- NAME [--home DIR]')
  console.error(`NAME is one of: ${Object.keys(examples).join(', ')}`)
  process.exit(2)
}
const home = values.home ?? process.env.BSN_HOME ?? join(homedir(), '.openbsn')
try {
  await example(await openNetwork(resolve(home)), console.log)
} catch (error) {
  console.error(isCodedError(error) ? `${error.code}: ${error.message}` : error)
  process.exitCode = 1
}
