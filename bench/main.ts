import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isCodedError } from '@openbsn/sdk'
import type { BenchContext } from './context.ts'
import { runEvm } from './evm/run-evm.ts'
import { runFabric } from './fabric/run-fabric.ts'
import { runGateway } from './gateway/run-gateway.ts'
import { describeMachine } from './machine.ts'
import { killChildren } from './network/children.ts'
import { runNetwork } from './nodes/run-network.ts'
import { type BenchOptions, readOptions, usage } from './options.ts'
import { runPortal } from './portal/run-portal.ts'
import { runRecords } from './records/run-records.ts'
import { formatReport, type Result } from './report.ts'

/** The program behind `npm run bench`. */

const benches = {
  ...{ records: runRecords, gateway: runGateway, network: runNetwork, evm: runEvm },
  ...{ fabric: runFabric, portal: runPortal },
}

async function run(options: BenchOptions, folder: string): Promise<void> {
  const results: Result[] = []
  const missing: string[] = []
  const started = performance.now()
  const context: BenchContext = {
    ...{ options, folder },
    say: (text) => {
      const seconds = ((performance.now() - started) / 1000).toFixed(0)
      process.stderr.write(`${seconds.padStart(4)} s  ${text}\n`)
    },
    add: (result) => results.push(result),
    miss: (row, why) => missing.push(`${row}: ${why}`),
  }
  const machine = await describeMachine(folder)
  await benches[options.bench](context)
  process.stdout.write(formatReport({ machine, results }, missing))
  if (options.jsonFile !== undefined) {
    writeFileSync(options.jsonFile, `${JSON.stringify({ machine, results }, null, 2)}\n`)
  }
}

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2))
  if (!options) {
    process.stdout.write(usage)
    return
  }
  const folder = mkdtempSync(join(tmpdir(), 'openbsn-bench-'))
  process.once('exit', () => {
    killChildren()
    // A killed process may still be closing its files.
    if (!options.keeps) rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
    else process.stderr.write(`kept: ${folder}\n`)
  })
  // 128 and the signal's number, as shells have it; the exit above clears up.
  process.once('SIGINT', () => process.exit(130))
  process.once('SIGTERM', () => process.exit(143))
  await run(options, folder)
}

try {
  await main()
} catch (error) {
  const text = isCodedError(error) ? `${error.code}: ${error.message}` : String(error)
  process.stderr.write(`bench: ${text}\n`)
  process.exit(1)
}
