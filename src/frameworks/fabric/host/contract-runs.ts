import { existsSync } from 'node:fs'
import { readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { type CodedError, isCodedError } from '@openbsn/sdk'
import { createEngine, type Engine } from '../../../engines/engine.ts'
import type { Environment } from '../../../engines/go-build.ts'
import type { Clock } from '../../../kernel/clock.ts'
import type { PackageFound } from '../contract-progress.ts'
import { type ContractPackage, contractPackage } from '../contracts/contract-package.ts'
import { contractProgram } from '../contracts/run-contract.ts'
import { fabricError } from '../errors.ts'
import { listens } from '../nodes/listens.ts'
import type { Archives } from '../packages/archives.ts'
import { createContractService } from '../packages/contract-service.ts'
import {
  openPackageStore,
  type PackageStore,
  type StoredArtefact,
} from '../packages/package-store.ts'
import {
  contractFolder,
  contractLabel,
  enginesFolder,
  isContractFolder,
  presetPrefix,
} from './contract-log.ts'
import type { PortsFile } from './ports-file.ts'

export type ContractRunsOptions = {
  readonly folder: string
  /** Where tools are that packages are built with, and how the operator has set them up. */
  readonly env: Environment
}
export type ContractRunsDeps = {
  readonly clock: Clock
  readonly ports: PortsFile
  readonly archives: Archives
}

type Run = { readonly service: Pick<Engine, 'stop'>; readonly made: ContractPackage }

/** A package that was not built, as it was sent then. */
type Failed = { readonly sentMs: number; readonly error: CodedError; readonly againSeconds: number }

const startTimeoutMs = 60_000
/** What does not compile seldom does so later; what could not be fetched may be there then. */
const buildAgainSeconds = 600
const extension = import.meta.filename.endsWith('.ts') ? '.ts' : '.js'

/** Contracts of this node: each package runs once, whatever channels it is in. */
export class ContractRuns {
  readonly #options: ContractRunsOptions
  readonly #deps: ContractRunsDeps
  readonly #runs = new Map<string, Promise<Run>>()
  readonly #found = new Map<string, PackageFound>()
  readonly #failed = new Map<string, Failed>()
  readonly #closing = new AbortController()
  #store: Promise<PackageStore> | undefined

  constructor(options: ContractRunsOptions, deps: ContractRunsDeps) {
    this.#options = options
    this.#deps = deps
  }

  /**
   * Settles when it runs, with what the peer is to install.
   * @throws CONTRACT_PACKAGE_UNKNOWN, CONTRACT_NOT_STARTED, PACKAGE_*, ENGINE_*
   */
  async run(name: string): Promise<ContractPackage> {
    const run = this.#runs.get(name) ?? this.#start(name)
    this.#runs.set(name, run)
    run.catch(() => this.#runs.delete(name))
    return (await run).made
  }

  /** Ends those that run and are none of these, and forgets what they were built to. */
  async keepOnly(names: ReadonlySet<string>): Promise<void> {
    for (const [name, run] of this.#runs) {
      if (names.has(name)) continue
      this.#runs.delete(name)
      const started = await run.catch(() => undefined)
      await started?.service.stop()
      this.#found.delete(name)
      this.#failed.delete(name)
      if (!name.startsWith(presetPrefix)) await (await this.#store)?.remove(name)
    }
    await this.#forgetLogs(names)
  }

  /** What was printed for services that had a package is none of the next one's matters. */
  async #forgetLogs(names: ReadonlySet<string>): Promise<void> {
    const { folder } = this.#options
    const kept = new Set([...names].map((name) => contractFolder(folder, name)))
    const place = enginesFolder(folder)
    const found = (await readdir(place).catch(() => [])).map((name) => join(place, name))
    const gone = found.filter((one) => isContractFolder(one) && !kept.has(one))
    for (const one of gone) await rm(one, { recursive: true, force: true })
  }

  /** Undefined of one that is not built, and of presets. */
  found(name: string): PackageFound | undefined {
    return this.#found.get(name)
  }

  async close(): Promise<void> {
    this.#closing.abort()
    const runs = await Promise.allSettled(this.#runs.values())
    this.#runs.clear()
    const running = runs.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
    await Promise.all(running.map(({ service }) => service.stop()))
  }

  async #start(name: string): Promise<Run> {
    const label = contractLabel(name)
    const port = await this.#deps.ports.of(`contract ${name}`)
    const address = `127.0.0.1:${port}`
    const made = await contractPackage(label, address)
    const folder = contractFolder(this.#options.folder, name)
    const place = { name: `contract-${label}`, folder, port, packageId: made.id }
    const run = name.startsWith(presetPrefix) ? this.#preset(name, place) : this.#built(name, place)
    const service = await run
    await service.start(AbortSignal.timeout(startTimeoutMs))
    return { service, made }
  }

  async #preset(name: string, { port, packageId, ...own }: Place): Promise<Pick<Engine, Kept>> {
    const module = presetModule(name)
    const { folder } = this.#options
    const address = `127.0.0.1:${port}`
    const program = contractProgram({ module, address, packageId, folder })
    return createEngine(
      { ...own, program, probeIntervalMs: 500, listens: [{ host: '127.0.0.1', port }] },
      { clock: this.#deps.clock, probe: () => listens(port) },
    )
  }

  /** Builds it first where that was not done. */
  async #built(digest: string, place: Place): Promise<Pick<Engine, Kept>> {
    const { archives, clock } = this.#deps
    const archive = await archives.find(digest)
    if (archive === undefined) {
      const message = `The package ${digest} was not sent to this node.`
      throw fabricError('CONTRACT_PACKAGE_UNKNOWN', message)
    }
    const { folder, env } = this.#options
    this.#store ??= openPackageStore({ folder: join(folder, 'packages'), env })
    const store = await this.#store
    const artefact = await this.#build(digest, archive, store)
    const { functions, chance } = artefact
    this.#found.set(digest, { ...(functions ? { functions } : {}), warnings: chance.warnings })
    return createContractService({ ...place, artefact }, { clock, enclosure: store.enclosure })
  }

  /** One that failed is built again after a while, and at once where it is sent anew. */
  async #build(digest: string, archive: string, store: PackageStore): Promise<StoredArtefact> {
    const { clock } = this.#deps
    const { mtimeMs: sentMs } = await stat(archive)
    const failed = this.#failed.get(digest)
    if (failed?.sentMs === sentMs && clock.nowSeconds() < failed.againSeconds) throw failed.error
    try {
      return await store.publish(archive, { signal: this.#closing.signal })
    } catch (error) {
      if (isCodedError(error) && error.code === 'PACKAGE_BUILD_FAILED') {
        const againSeconds = clock.nowSeconds() + buildAgainSeconds
        this.#failed.set(digest, { sentMs, error, againSeconds })
      }
      throw error
    }
  }
}

type Kept = 'start' | 'stop'
type Place = {
  readonly name: string
  readonly folder: string
  readonly port: number
  /** Of the package that the peer has, which names the port. */
  readonly packageId: string
}

/** @throws CONTRACT_PACKAGE_UNKNOWN */
function presetModule(name: string): string {
  const preset = name.startsWith(presetPrefix) ? name.slice(presetPrefix.length) : ''
  const module = join(import.meta.dirname, '../contracts/presets', `${preset}${extension}`)
  if (/^[a-z0-9-]+$/.test(preset) && existsSync(module)) return module
  throw fabricError('CONTRACT_PACKAGE_UNKNOWN', `This node has no package ${name}.`)
}
