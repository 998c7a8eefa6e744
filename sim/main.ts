import { isCodedError } from '@openbsn/sdk'
import { readOptions, type SimOptions, usage } from './options.ts'
import { formatReport } from './report.ts'
import { runTour } from './tour.ts'
import { World } from './world.ts'

/** The program behind `npm run sim`. */

async function run({ records, seconds, ...options }: SimOptions): Promise<boolean> {
  const started = performance.now()
  const realSeconds = () => (performance.now() - started) / 1000
  const entriesMax = 2 ** Math.ceil(Math.log2(options.nodes + 2 * records + 100))
  const world = await World.create({ ...options, entriesMax })
  const report = await runTour(world, {
    ...{ records, recordsMs: seconds * 1000, apartMs: seconds * 1000 },
    say: (text) => process.stderr.write(`${realSeconds().toFixed(0).padStart(4)} s  ${text}\n`),
  })
  process.stdout.write(formatReport(world, report, realSeconds()))
  await world.close()
  return report.faults.length === 0
}

try {
  const options = readOptions(process.argv.slice(2))
  if (!options) process.stdout.write(usage)
  else if (!(await run(options))) process.exitCode = 1
} catch (error) {
  const text = isCodedError(error) ? `${error.code}: ${error.message}` : String(error)
  process.stderr.write(`sim: ${text}\n`)
  process.exit(1)
}
