import { lstatSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect as connectHttp } from 'node:http2'
import { connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream'
import { CodedError } from '@openbsn/sdk'
import { createEngine, type Engine, type EngineChange } from '../../../engines/engine.ts'
import { engineLogPath } from '../../../engines/engine-folder.ts'
import { requireFree } from '../../../engines/listen-address.ts'
import { readLog } from '../../../engines/read-log.ts'
import type { Clock } from '../../../kernel/clock.ts'
import { artefactProgram, contractSocket } from '../contracts/run-contract.ts'
import type { Enclosure, EnclosureLimits } from './enclosure.ts'
import { packageError } from './errors.ts'
import type { StoredArtefact } from './package-store.ts'

/** Node itself takes 100 MB of them. Threads count as processes, and Node has a dozen. */
export const usualContractLimits: EnclosureLimits = {
  memoryBytes: 512 * 1024 * 1024,
  openFiles: 1024,
  fileBytes: 16 * 1024 * 1024,
  processes: 128,
  niceness: 5,
}

export type ContractServiceOptions = {
  /** As people know it. */
  readonly name: string
  readonly artefact: Pick<StoredArtefact, 'folder' | 'kind'>
  /** On loopback: where the peer comes to. */
  readonly port: number
  /** Of the package that the peer has, which names the port. */
  readonly packageId: string
  /** For its log and the mark of its process; made where absent. */
  readonly folder: string
  readonly limits?: EnclosureLimits
  readonly startTimeoutMs?: number
  /** So long it may not answer; longer than a peer waits for a call, which is 30 s. */
  readonly silentMsMax?: number
}

export type ContractServiceDeps = {
  readonly clock: Clock
  readonly enclosure: Enclosure
  readonly onChange?: (change: EngineChange) => void
}

/** A contract of a publisher that runs: started again when it ends or no longer answers. */
export interface ContractService {
  readonly state: Engine['state']
  /**
   * Settles when it answers at its port; where it does not come up, nothing of it is left.
   * @throws CONTRACT_NOT_STARTED, ENGINE_PORT_IN_USE, ENGINE_STOPPED
   */
  start(signal: AbortSignal): Promise<void>
  /** Settles when nothing of it runs. */
  stop(): Promise<void>
  /** What it prints, the oldest line first; 3 MB of it are kept. */
  log(): AsyncGenerator<string, void>
}

/** Starts nothing yet. */
export function createContractService(
  options: ContractServiceOptions,
  deps: ContractServiceDeps,
): ContractService {
  return new KeptContract(options, deps)
}

const logs = { logSizeBytesMax: 1024 * 1024, logFilesMax: 3 }

class KeptContract implements ContractService {
  readonly #options: ContractServiceOptions
  readonly #enclosure: Enclosure
  readonly #engine: Engine
  #socketFolder = ''
  #relay: Relay | undefined

  constructor(
    options: ContractServiceOptions,
    { clock, enclosure, onChange }: ContractServiceDeps,
  ) {
    this.#options = options
    this.#enclosure = enclosure
    const { name, folder, port, limits = usualContractLimits } = options
    const { startTimeoutMs = 30_000, silentMsMax = 40_000 } = options
    const program = () => {
      const { artefact, packageId } = options
      const run = { artefact, packageId, port, socketFolder: this.#socketFolder, limits }
      return artefactProgram(run, enclosure)
    }
    // Where a relay listens there, it does so before.
    const isRelayed = enclosure.means === 'namespaces'
    const listens = isRelayed ? [] : [{ host: '127.0.0.1', port }]
    const kept = {
      listens,
      startTimeoutMs,
      unhealthyMsMax: silentMsMax,
      startAttemptsMax: 2,
      ...logs,
    }
    this.#engine = createEngine(
      // What is kept in does not hear SIGTERM, and has nothing to put in order.
      { name, program, folder, probeIntervalMs: 500, stopTimeoutMs: 200, ...kept },
      {
        ...{ clock, probe: (signal) => answers(port, signal), ...(onChange ? { onChange } : {}) },
        beforeStart: () => rm(contractSocket(this.#socketFolder), { force: true }),
      },
    )
  }

  get state(): Engine['state'] {
    return this.#engine.state
  }

  async start(signal: AbortSignal): Promise<void> {
    // Names of sockets are short, and folders of a node need not be.
    this.#socketFolder = await mkdtemp(join(tmpdir(), 'bsn-contract-'))
    try {
      if (this.#enclosure.means === 'namespaces') {
        await requireFree({ host: '127.0.0.1', port: this.#options.port })
        this.#relay = await openRelay(this.#options.port, contractSocket(this.#socketFolder))
      }
      await this.#engine.start(signal)
    } catch (error) {
      await this.stop()
      throw notStarted(error)
    }
  }

  async stop(): Promise<void> {
    await this.#engine.stop()
    await this.#relay?.close()
    this.#relay = undefined
    if (this.#socketFolder) await rm(this.#socketFolder, { recursive: true, force: true })
  }

  log(): AsyncGenerator<string, void> {
    return readLog(engineLogPath(this.#options.folder))
  }
}

function notStarted(error: unknown): unknown {
  if (!(error instanceof CodedError) || error.code !== 'ENGINE_START_FAILED') return error
  const message = `The contract does not come up: ${error.message}`
  return packageError('CONTRACT_NOT_STARTED', message, { cause: error, details: error.details })
}

/** Its HTTP/2 says hello: more than a listening port, which the system keeps for one that hangs. */
function answers(port: number, signal: AbortSignal): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const session = connectHttp(`http://127.0.0.1:${port}`)
  session.once('remoteSettings', () => resolve())
  session.on('error', reject)
  session.once('close', () => reject(packageError('CONTRACT_NOT_STARTED', 'It hangs up.')))
  const give = () => session.destroy()
  signal.addEventListener('abort', give, { once: true })
  return promise.finally(() => {
    signal.removeEventListener('abort', give)
    session.destroy()
  })
}

type Relay = { close(): Promise<void> }

/** Leads whoever comes to a port of loopback to a socket. */
async function openRelay(port: number, socket: string): Promise<Relay> {
  const open = new Set<Socket>()
  const server = createServer((peer) => {
    // What is there is the contract's own: it might lead elsewhere.
    const isSocket = lstatSync(socket, { throwIfNoEntry: false })?.isSocket() ?? false
    if (!isSocket) return void peer.destroy()
    open.add(peer)
    pipeline(peer, connect(socket), peer, () => open.delete(peer))
  })
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  server.once('error', reject)
  server.listen(port, '127.0.0.1', resolve)
  await promise
  return {
    close: async () => {
      const closed = new Promise<void>((done) => server.close(() => done()))
      for (const one of open) one.destroy()
      await closed
    },
  }
}
