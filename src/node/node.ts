import { mkdirSync } from 'node:fs'
import { statfs } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { CodedError } from '@openbsn/sdk'
import type { DestinationStream } from 'pino'
import { createGateway, type Gateway, requireFreeAddress, requireTls } from '../gateway/gateway.ts'
import { createLogger, type Logger, type LogLevel } from '../gateway/logger.ts'
import { createMetrics } from '../gateway/metrics.ts'
import { readTlsFiles, type Tls, type TlsFiles } from '../gateway/tls-files.ts'
import type { Clock } from '../kernel/clock.ts'
import { hasLedger } from '../ledger/open-ledger.ts'
import { lockFolder } from '../storage/folder-lock.ts'
import { createHome, createSandbox, homePaths, nameNode } from './create-home.ts'
import { environmentHome } from './environment.ts'
import { type EnvironmentDeps, type OpenEnvironment, openEnvironment } from './open-environment.ts'

export type NodeOptions = {
  /** The data folder; made where it is missing. */
  readonly home: string
  readonly port: number
  readonly host?: string
  /** Certificate and key: without them a node listens on loopback alone. */
  readonly tls?: TlsFiles
  /** The alliance's name, where a ledger is to be made. */
  readonly name?: string
  readonly version: string
  readonly logLevel?: LogLevel
  /** Threads that verify signatures; one per core where not said. */
  readonly workers?: number
  /** Serves what is there and registers nothing: no key is needed, and none is used. */
  readonly readOnly?: boolean
}

export type NodeDeps = {
  readonly clock: Clock
  readonly logStream: DestinationStream
  /** The node cannot go on and nothing may be answered any more: end the process. */
  readonly onFailure: (error: Error) => void
}

/** A city node that runs. */
export interface CityNode {
  readonly address: string
  readonly ledger: string
  /** Id of the sandbox; undefined where there is none. */
  readonly sandbox: string | undefined
  /** True where this start made the ledger. */
  readonly created: boolean
  /** Reads the files for TLS again. What is wrong with them is logged, and the old ones stay. */
  renewTls(): void
  /** Lets requests under way end, commits what waits, closes everything. */
  close(): Promise<void>
}

/**
 * Starts a node: ledger and lists, live and sandbox, then the gateway, in that order.
 * @throws STORE_IN_USE, STORE_NEWER, STORE_DAMAGED, HOME_KEYS_MISSING, HOME_EMPTY, PORT_IN_USE,
 * LISTEN_*, TLS_FILE_INVALID
 */
export async function startNode(options: NodeOptions, deps: NodeDeps): Promise<CityNode> {
  const { home, port, host = '127.0.0.1', name = 'OpenBSN', version } = options
  const paths = homePaths(home)
  // Before anything is made: what cannot be served shall leave nothing behind.
  const secure = options.tls ? { tls: readTlsFiles(options.tls) } : {}
  requireTls({ host, ...secure })
  mkdirSync(home, { recursive: true, mode: 0o700 })
  const lock = lockFolder(paths.lock)
  const logger = createLogger(
    { service: 'bsn', node: 'node-1', ...(options.logLevel ? { level: options.logLevel } : {}) },
    { stream: deps.logStream },
  )
  let hasFailed = false
  const onFailure = (error: Error) => {
    // One fault is told by everything that it stops; the first says it best.
    if (hasFailed) return
    hasFailed = true
    logger.error({ event: 'node.failed', err: error }, 'the node stops')
    deps.onFailure(error)
  }
  try {
    const created = !hasLedger(paths.ledger)
    if (created && options.readOnly) {
      throw new CodedError('HOME_EMPTY', `${home} holds no ledger to read.`)
    }
    if (created) {
      await requireFreeAddress({ host, port })
      const gateway = `${options.tls ? 'https' : 'http'}://${host}:${port}`
      await createHome({ home, name, gateway }, { clock: deps.clock, onFailure })
    }
    const running = await openNode({ ...options, ...secure, host }, { ...deps, onFailure, logger })
    try {
      const facts = { gateway: running.gateway.address, sandbox: running.sandbox?.ledger.id }
      nameNode(paths.profile, facts)
    } catch (error) {
      // The profile is for the commands of one person; a broken one, or a full disk, stops no node.
      logger.warn({ event: 'profile.unwritten', err: error }, `${paths.profile} is left as it is`)
    }
    logger.info(
      { event: 'node.started', ledger: running.live.ledger.id },
      `OpenBSN ${version} started`,
    )
    return {
      address: running.gateway.address,
      ledger: running.live.ledger.id,
      sandbox: running.sandbox?.ledger.id,
      created,
      renewTls: () => options.tls && renewTls(options.tls, running.gateway, logger),
      close: async () => {
        await running.close()
        lock.release()
        logger.info({ event: 'node.stopped' }, 'stopped')
      },
    }
  } catch (error) {
    lock.release()
    throw error
  }
}

type Running = {
  readonly gateway: Gateway
  readonly live: OpenEnvironment
  readonly sandbox: OpenEnvironment | undefined
  close(): Promise<void>
}

function renewTls(files: TlsFiles, gateway: Gateway, logger: Logger): void {
  try {
    const tls = readTlsFiles(files)
    gateway.renewTls(tls)
    const until = tls.expires.toISOString()
    logger.info({ event: 'tls.renewed' }, `a new certificate, good until ${until}`)
  } catch (error) {
    logger.error({ event: 'tls.kept', err: error }, 'the certificate stays as it was')
  }
}

type OpenDeps = NodeDeps & { readonly logger: Logger }

async function openNode(
  options: Omit<NodeOptions, 'tls'> & { readonly host: string; readonly tls?: Tls },
  { logger, ...deps }: OpenDeps,
): Promise<Running> {
  const { home, port, host, version, tls, readOnly = false } = options
  const { workers = availableParallelism() } = options
  const metrics = createMetrics({ version })
  const live = openEnvironment(
    { home, environment: 'live', workers, readOnly },
    { ...deps, metrics },
  )
  const sandbox = await openSandbox({ home, readOnly, name: live.ledger.genesis.name }, logger, {
    ...deps,
    metrics,
  })
  const gateway = createGateway(
    { host, port, ...(tls ? { tls } : {}) },
    {
      ledgers: sandbox ? [live, sandbox] : [live],
      clock: deps.clock,
      logger,
      metrics,
      diskFreeBytes: () => freeBytes(home),
      version,
    },
  )
  const close = async () => {
    await gateway.close()
    await sandbox?.close()
    await live.close()
  }
  try {
    await gateway.start(AbortSignal.timeout(30_000))
  } catch (error) {
    await close()
    throw error
  }
  return { gateway, live, sandbox, close }
}

/** A sandbox takes little of the machine: one thread, and 0.7 MB for new acts instead of 23. */
const sandboxSize = { workers: 1, memtableEntries: 2 ** 14 }

/** Made where it is missing. What is wrong with it keeps nobody from the live ledger. */
async function openSandbox(
  { home, name, readOnly }: { home: string; name: string; readOnly: boolean },
  logger: Logger,
  deps: EnvironmentDeps,
): Promise<OpenEnvironment | undefined> {
  const { ledger } = homePaths(environmentHome(home, 'sandbox'))
  try {
    if (!hasLedger(ledger) && !readOnly) await createSandbox({ home, name }, deps)
    if (!hasLedger(ledger)) return undefined
    return openEnvironment({ home, environment: 'sandbox', readOnly, ...sandboxSize }, deps)
  } catch (error) {
    logger.error({ event: 'sandbox.unusable', err: error }, 'the sandbox is not served')
    return undefined
  }
}

async function freeBytes(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder)
  return bavail * bsize
}
