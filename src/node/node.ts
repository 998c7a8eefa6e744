import { randomBytes, randomInt } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { statfs } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { CodedError, isCodedError } from '@openbsn/sdk'
import type { DestinationStream } from 'pino'
import { createKeyEncryption } from '../crypto/key-encryption.ts'
import type { ChainsFile } from '../frameworks/evm/external/chains-file.ts'
import { Buckets } from '../gateway/access/buckets.ts'
import { createGateway, type Gateway, requireFreeAddress, requireTls } from '../gateway/gateway.ts'
import { openGatewayDatabase } from '../gateway/gateway-database.ts'
import { createLogger, type Logger, type LogLevel } from '../gateway/logger.ts'
import { createMetrics } from '../gateway/metrics.ts'
import { readTlsFiles, type Tls, type TlsFiles } from '../gateway/tls-files.ts'
import { createAddressPolicy } from '../gateway/webhooks/address-policy.ts'
import type { Clock } from '../kernel/clock.ts'
import { hasLedger } from '../ledger/open-ledger.ts'
import { lockFolder } from '../storage/folder-lock.ts'
import { createHome, createSandbox, homePaths, nameNode } from './create-home.ts'
import { environmentHome } from './environment.ts'
import { type HomeSecrets, kekFile, openHomeSecrets } from './home-secrets.ts'
import { type NodeFacts, unsaidFacts } from './join-alliance.ts'
import { createJoinHost } from './network/host-joins.ts'
import { isNetwork, readNetwork } from './network/network-file.ts'
import { type OpenNetwork, openNetwork } from './network/open-network.ts'
import {
  type EnvironmentDeps,
  type EnvironmentOptions,
  type OpenEnvironment,
  openEnvironment,
} from './open-environment.ts'

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
  /** The file of the key-encryption key; beside the data folder where not said. */
  readonly kek?: string
  /** Address ranges (CIDR) that webhooks may reach although they are not public. */
  readonly webhookAllow?: readonly string[]
  /** Serves what is there and registers nothing: no key is needed, and none is used. */
  readonly readOnly?: boolean
  /** What the operator says of this city node, at the first start. */
  readonly place?: Partial<NodeFacts>
  /** Finds the program of an engine that is needed. @throws ENGINE_* */
  readonly findEngine?: (name: string) => Promise<string>
  /** Chains of others, by the live services that they are for. */
  readonly externalChains?: ChainsFile | undefined
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
 * LISTEN_*, TLS_FILE_INVALID, KEY_ENCRYPTION_KEY_*, KEY_UNWRAP_FAILED, PRIVATE_KEY_MISSING,
 * WEBHOOK_RANGE_INVALID
 */
export async function startNode(options: NodeOptions, deps: NodeDeps): Promise<CityNode> {
  const { home, port, host = '127.0.0.1', name = 'OpenBSN', version } = options
  const paths = homePaths(home)
  // Before anything is made: what cannot be served shall leave nothing behind.
  const secure = options.tls ? { tls: readTlsFiles(options.tls) } : {}
  requireTls({ host, ...secure })
  createAddressPolicy(options.webhookAllow ?? [])
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
    if (created) await requireFreeAddress({ host, port })
    const files = { home, ...(options.kek === undefined ? {} : { kek: options.kek }) }
    const secrets = options.readOnly
      ? undefined
      : openHomeSecrets(files, { clock: deps.clock, onFailure })
    if (created) {
      const gateway = `${options.tls ? 'https' : 'http'}://${host}:${port}`
      await createHome({ home, name, gateway }, { clock: deps.clock, onFailure })
    }
    const inside = { ...deps, onFailure, logger, secrets }
    const running = await openNode({ ...options, ...secure, host }, inside)
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

type OpenDeps = NodeDeps & {
  readonly logger: Logger
  readonly secrets: HomeSecrets | undefined
}

async function openNode(
  options: Omit<NodeOptions, 'tls'> & { readonly host: string; readonly tls?: Tls },
  { secrets, ...deps }: OpenDeps,
): Promise<Running> {
  const { home, port, host, version, tls, readOnly = false, kek, place } = options
  const { webhookAllow = [] } = options
  const facts = { ...unsaidFacts, software: `openbsn ${version}`, ...place }
  const { workers = availableParallelism() } = options
  const metrics = createMetrics({ version })
  const buckets = new Buckets({ nowMs: () => performance.now() })
  const { findEngine, externalChains } = options
  const inside = { ...deps, metrics, buckets, version, findEngine, externalChains }
  const network = await networkOf(options, { ...deps, secrets })
  const beside = network ? { network } : {}
  const live = await openLive({ home, workers, readOnly, ...beside }, { ...inside, secrets })
  const { name } = live.ledger.genesis
  const sandbox = await openSandbox({ home, readOnly, name, kek: kek ?? kekFile(home) }, inside)
  const opened = sandbox ? [live, sandbox] : [live]
  // A node that only serves keeps nothing of its own, and delivers nothing.
  const database = openGatewayDatabase(secrets ? homePaths(home).gatewayDatabase : ':memory:')
  const joins = network && joinsOf(options, network, { ...deps, ledger: live.ledger, database })
  const served = opened.map((one) => (one === live && joins ? { ...one, joins } : one))
  const gateway = createGateway(
    { host, port, webhookAllow: [...webhookAllow], ...(tls ? { tls } : {}) },
    {
      ledgers: served,
      clock: deps.clock,
      logger: deps.logger,
      metrics,
      diskFreeBytes: () => freeBytes(home),
      buckets,
      nonceFolder: homePaths(home).nonces,
      database,
      keys: secrets?.kek ?? createKeyEncryption(randomBytes(32)),
      node: facts.id,
      chance: () => randomInt(2 ** 32) / 2 ** 32,
      version,
    },
  )
  const close = async () => {
    await gateway.close()
    database.close()
    for (const one of opened.toReversed()) await one.close()
  }
  try {
    await gateway.start(AbortSignal.timeout(30_000))
    await network?.start()
    for (const one of opened) {
      await settle(one, gateway.address, facts, deps.logger)
    }
  } catch (error) {
    await close()
    throw error
  }
  return { gateway, live, sandbox, close }
}

/**
 * Says to the ledger what this node is. A network may not decide anything now, because this node
 * has to catch up or others are away: then it is said later, and nobody waits for it.
 */
async function settle(
  one: OpenEnvironment,
  gateway: string,
  facts: NodeFacts,
  logger: Logger,
): Promise<void> {
  const say = async () => {
    const refusals = await one.join(gateway, facts)
    // A node that is behind does not know of its own key yet.
    const isBehind = one.network && refusals.some(({ code }) => code === 'KEY_UNKNOWN')
    if (isBehind) return false
    for (const { code, detail } of refusals) {
      const text = `the alliance does not have this node: ${detail}`
      logger.warn({ event: 'operator.refused', code }, text)
    }
    await one.finishErasures()
    return true
  }
  if (!one.network) {
    await say()
    return
  }
  const retry = async () => {
    for (let waitMs = 500; !one.isStopped(); waitMs = Math.min(2 * waitMs, 10_000)) {
      if (await say().catch(falseIfRetryable)) return
      await new Promise((done) => setTimeout(done, waitMs).unref())
    }
  }
  void retry().catch((error: unknown) => {
    logger.warn({ event: 'node.unsaid', err: error }, 'the alliance does not know of this node')
  })
}

function falseIfRetryable(error: unknown): boolean {
  if (isCodedError(error) && error.retryable) return false
  throw error
}

type NetworkedOptions = Pick<NodeOptions, 'home' | 'version' | 'findEngine' | 'readOnly'>

async function networkOf(
  { home, version, findEngine, readOnly }: NetworkedOptions,
  deps: OpenDeps,
): Promise<OpenNetwork | undefined> {
  if (readOnly || !isNetwork(home)) return undefined
  const program = await findEngine?.('cometbft')
  if (program === undefined) {
    throw new CodedError('NETWORK_ENGINE_MISSING', `${home} is part of a network.`)
  }
  return openNetwork({ home, network: readNetwork(home), program, version }, deps)
}

function joinsOf(
  { home }: NetworkedOptions,
  { peer }: OpenNetwork,
  deps: Parameters<typeof createJoinHost>[1],
) {
  return createJoinHost({ home, network: readNetwork(home), peer }, deps)
}

async function openLive(
  options: Omit<EnvironmentOptions, 'environment'>,
  deps: EnvironmentDeps,
): Promise<OpenEnvironment> {
  try {
    return openEnvironment({ ...options, environment: 'live' }, deps)
  } catch (error) {
    await deps.secrets?.payloads.close()
    throw error
  }
}

/** A sandbox takes little of the machine: one thread, and 0.7 MB for new acts instead of 23. */
const sandboxSize = { workers: 1, memtableEntries: 2 ** 14 }

type Sandbox = {
  readonly home: string
  readonly name: string
  readonly readOnly: boolean
  readonly kek: string
}

/** Made where it is missing. What is wrong with it keeps nobody from the live ledger. */
async function openSandbox(
  { home, name, readOnly, kek }: Sandbox,
  deps: Omit<EnvironmentDeps, 'secrets'>,
): Promise<OpenEnvironment | undefined> {
  const own = environmentHome(home, 'sandbox')
  const { ledger } = homePaths(own)
  let secrets: HomeSecrets | undefined
  try {
    if (!hasLedger(ledger) && !readOnly) await createSandbox({ home, name }, deps)
    if (!hasLedger(ledger)) return undefined
    secrets = readOnly ? undefined : openHomeSecrets({ home: own, kek }, deps)
    const options = { home, environment: 'sandbox', readOnly, ...sandboxSize } as const
    return openEnvironment(options, { ...deps, secrets })
  } catch (error) {
    await secrets?.payloads.close()
    deps.logger.error({ event: 'sandbox.unusable', err: error }, 'the sandbox is not served')
    return undefined
  }
}

async function freeBytes(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder)
  return bavail * bsize
}
