import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { createEngine, type Engine } from '../../../engines/engine.ts'
import type { Clock } from '../../../kernel/clock.ts'
import { type ContractPackage, contractPackage } from '../contracts/contract-package.ts'
import { contractProgram } from '../contracts/run-contract.ts'
import { fabricError } from '../errors.ts'
import { listens } from '../nodes/listens.ts'
import type { PortsFile } from './ports-file.ts'

export type ContractRunsOptions = { readonly folder: string }
export type ContractRunsDeps = { readonly clock: Clock; readonly ports: PortsFile }

type Run = { readonly engine: Engine; readonly made: ContractPackage }

const startTimeoutMs = 60_000
const presetPrefix = 'preset:'
const extension = import.meta.filename.endsWith('.ts') ? '.ts' : '.js'

/** Contracts of this node: each package runs once, whatever channels it is in. */
export class ContractRuns {
  readonly #options: ContractRunsOptions
  readonly #deps: ContractRunsDeps
  readonly #runs = new Map<string, Promise<Run>>()

  constructor(options: ContractRunsOptions, deps: ContractRunsDeps) {
    this.#options = options
    this.#deps = deps
  }

  /** Settles when it runs, with what the peer is to install. @throws CONTRACT_PACKAGE_UNKNOWN */
  async run(name: string): Promise<ContractPackage> {
    const run = this.#runs.get(name) ?? this.#start(name)
    this.#runs.set(name, run)
    run.catch(() => this.#runs.delete(name))
    return (await run).made
  }

  async close(): Promise<void> {
    const runs = await Promise.allSettled(this.#runs.values())
    this.#runs.clear()
    const running = runs.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
    await Promise.all(running.map(({ engine }) => engine.stop()))
  }

  async #start(name: string): Promise<Run> {
    const module = presetModule(name)
    const label = name.replace(':', '-')
    const { folder } = this.#options
    const port = await this.#deps.ports.of(`contract ${name}`)
    const address = `127.0.0.1:${port}`
    const made = await contractPackage(label, address)
    const program = contractProgram({ module, address, packageId: made.id, folder })
    const listening = [{ host: '127.0.0.1', port }]
    const own = { folder: join(folder, 'engines', `contract-${label}`), listens: listening }
    const engine = createEngine(
      { name: `contract-${label}`, program, probeIntervalMs: 500, ...own },
      { clock: this.#deps.clock, probe: () => listens(port) },
    )
    await engine.start(AbortSignal.timeout(startTimeoutMs))
    return { engine, made }
  }
}

/** @throws CONTRACT_PACKAGE_UNKNOWN */
function presetModule(name: string): string {
  const preset = name.startsWith(presetPrefix) ? name.slice(presetPrefix.length) : ''
  const module = join(import.meta.dirname, '../contracts/presets', `${preset}${extension}`)
  if (/^[a-z0-9-]+$/.test(preset) && existsSync(module)) return module
  throw fabricError('CONTRACT_PACKAGE_UNKNOWN', `This node has no package ${name}.`)
}
