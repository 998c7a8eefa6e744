import { randomBytes, randomInt } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { statfs } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import type { DatabaseSync } from 'node:sqlite'
import { CodedError, isCodedError } from '@openbsn/sdk'
import type { DestinationStream } from 'pino'
import { createKeyEncryption } from '../crypto/key-encryption.ts'
import type { Environment } from '../engines/go-build.ts'
import type { ChainsFile } from '../frameworks/evm/external/chains-file.ts'
import type { ChannelsFile } from '../frameworks/fabric/external/channels-file.ts'
import { Buckets } from '../gateway/access/buckets.ts'
import {
  createGateway,
  type Gateway,
  type GatewaySettings,
  requireFreeAddress,
} from '../gateway/gateway.ts'
import { openGatewayDatabase } from '../gateway/gateway-database.ts'
import { createLogger, type Logger, type LogLevel } from '../gateway/logger.ts'
import { createMetrics } from '../gateway/metrics.ts'
import type { TlsFiles } from '../gateway/tls-files.ts'
import { createAddressPolicy } from '../gateway/webhooks/address-policy.ts'
import type { Clock } from '../kernel/clock.ts'
import { hasLedger } from '../ledger/open-ledger.ts'
import type { PortalApi } from '../portal-api/portal-api.ts'
import { lockFolder } from '../storage/folder-lock.ts'
import { lastBackupOf } from './backup.ts'
import { createHome, homePaths, nameNode } from './create-home.ts'
import { createProposalExecutor, type ProposalExecutor } from './execute-proposals.ts'
import { groupJoins, keptGroups, openGroups, startGroups } from './groups/open-groups.ts'
import { type HomeSecrets, kekFile, openHomeSecrets } from './home-secrets.ts'
import { type NodeFacts, unsaidFacts } from './join-alliance.ts'
import { createJoinHost } from './network/host-joins.ts'
import { isNetwork, readNetwork } from './network/network-file.ts'
import { type OpenNetwork, type OpenNetworkDeps, openNetwork } from './network/open-network.ts'
import {
  type EnvironmentDeps,
  type EnvironmentOptions,
  type OpenEnvironment,
  openEnvironment,
} from './open-environment.ts'
import { newSetup, openPortal, type PortalSettings, servedPortal } from './open-portal.ts'
import { openSandbox } from './open-sandbox.ts'
import { settle } from './settle.ts'
import type { CertificateKeeper } from './tls/certificate-keeper.ts'
import { openTls, planTls, type TlsPlan } from './tls/open-tls.ts'
import { renewTls } from './tls/renew-tls.ts'

export type NodeOptions = {
  /** The data folder; made where it is missing. */
  readonly home: string
  readonly port: number
  readonly host?: string
  /** Certificate and key; beyond loopback the alliance's issuer gives one where they are absent. */
  readonly tls?: TlsFiles
  /** Where the others reach the gateway; what it listens on where not said. */
  readonly address?: string
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
  /** Channels of Fabric of others, by the live services that they are for. */
  readonly externalChannels?: ChannelsFile | undefined
  /** Where other nodes reach this node's peer and orderer of Fabric; loopback where not said. */
  readonly fabricHost?: string | undefined
  /** Of the operator: where tools are that packages of contracts are built with. */
  readonly env?: Environment
  readonly portal?: PortalSettings
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
  /** Where the first account is made; undefined where there is one, or nobody can make one. */
  readonly setup: string | undefined
  /**
   * Reads the files for TLS again, or has the issuer asked if that is due. What is wrong is logged,
   * and what was there stays. Absent where the gateway speaks plain HTTP.
   */
  readonly renewTls?: () => void
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
  const plan = planTls({ ...options, host })
  createAddressPolicy(options.webhookAllow ?? [])
  if (!hasLedger(paths.ledger)) await requireMayBegin({ ...options, host })
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
    const files = { home, ...(options.kek === undefined ? {} : { kek: options.kek }) }
    const secrets = options.readOnly
      ? undefined
      : openHomeSecrets(files, { clock: deps.clock, onFailure })
    if (created) {
      const gateway = `${options.tls ? 'https' : 'http'}://${host}:${port}`
      await createHome({ home, name, gateway }, { clock: deps.clock, onFailure })
    }
    const inside = { ...deps, onFailure, logger, secrets }
    const running = await openNode({ ...options, plan, host }, inside)
    const address = plan.address ?? running.gateway.address
    try {
      nameNode(paths.profile, { gateway: address, sandbox: running.sandbox?.ledger.id })
    } catch (error) {
      // The profile is for the commands of one person; a broken one, or a full disk, stops no node.
      logger.warn({ event: 'profile.unwritten', err: error }, `${paths.profile} is left as it is`)
    }
    logger.info(
      { event: 'node.started', ledger: running.live.ledger.id },
      `OpenBSN ${version} started`,
    )
    return {
      address,
      ledger: running.live.ledger.id,
      sandbox: running.sandbox?.ledger.id,
      created,
      setup: await newSetup(running.portal, { gateway: running.gateway.address, logger }),
      ...renewing(options.tls, running, logger),
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

/** That a ledger can be made and served where none is. @throws HOME_EMPTY, PORT_IN_USE, LISTEN_* */
async function requireMayBegin({
  home,
  host,
  port,
  readOnly,
}: Pick<NodeOptions, 'home' | 'port' | 'readOnly'> & { readonly host: string }): Promise<void> {
  if (readOnly) throw new CodedError('HOME_EMPTY', `${home} holds no ledger to read.`)
  await requireFreeAddress({ host, port })
}

type Running = {
  readonly gateway: Gateway
  readonly keeper: CertificateKeeper | undefined
  readonly live: OpenEnvironment
  readonly sandbox: OpenEnvironment | undefined
  readonly portal: PortalApi | undefined
  close(): Promise<void>
}

function renewing(
  files: TlsFiles | undefined,
  { gateway, keeper }: Running,
  logger: Logger,
): Pick<CityNode, 'renewTls'> {
  if (files) return { renewTls: () => renewTls(files, gateway, logger) }
  return keeper ? { renewTls: () => void keeper.tick() } : {}
}

type OpenOptions = Omit<NodeOptions, 'tls'> & { readonly host: string; readonly plan: TlsPlan }
type OpenDeps = NodeDeps & {
  readonly logger: Logger
  readonly secrets: HomeSecrets | undefined
}

/** The gateway's database first: where a newer version wrote it, nothing else is touched. */
async function openNode(options: OpenOptions, deps: OpenDeps): Promise<Running> {
  // A node that only serves keeps nothing of its own, and delivers nothing.
  const path = deps.secrets ? homePaths(options.home).gatewayDatabase : ':memory:'
  const database = openGatewayDatabase(path)
  try {
    const running = await openLedgers(options, { ...deps, database })
    const close = async () => {
      await running.close()
      database.close()
    }
    return { ...running, close }
  } catch (error) {
    database.close()
    throw error
  }
}

type LedgerDeps = OpenDeps & { readonly database: DatabaseSync }

async function openLedgers(
  options: OpenOptions,
  { secrets, database, ...deps }: LedgerDeps,
): Promise<Running> {
  const { home, version, readOnly = false, kek, place, plan, fabricHost } = options
  const facts = { ...unsaidFacts, software: `openbsn ${version}`, ...place }
  const { workers = availableParallelism() } = options
  const metrics = createMetrics({ version })
  const buckets = new Buckets({ nowMs: () => performance.now() })
  const { findEngine, externalChains, externalChannels, env } = options
  const onFailure = (error: Error) => {
    if (isCodedError(error) && error.code === 'LEDGER_FORKED') metrics.forkDetected()
    deps.onFailure(error)
  }
  const external = { externalChains, externalChannels, env }
  const inside = { ...deps, onFailure, metrics, buckets, version, findEngine, ...external }
  const program = await programOf(options)
  const network = program === undefined ? undefined : networkOf(options, program, inside)
  const beside = network ? { network } : {}
  const live = await openLive(
    { home, workers, readOnly, fabricHost, ...beside },
    { ...inside, secrets },
  )
  const { name } = live.ledger.genesis
  const sandbox = await openSandbox({ home, readOnly, name, kek: kek ?? kekFile(home) }, inside)
  const groups = openGroups({ home, workers, readOnly, kek, program, fabricHost }, inside)
  const opened = [live, ...groups, ...(sandbox ? [sandbox] : [])]
  const portal = openPortal(
    { ...options, address: plan.address, ...options.portal },
    { ...deps, secrets, ledgers: () => opened },
  )
  const starting: Closing[] = portal ? [portal] : []
  const close = async () => {
    for (const one of starting.toReversed()) await one.close()
    for (const one of opened.toReversed()) await one.close()
  }
  try {
    const joins = network && joinsOf(options, network, { ...deps, ledger: live.ledger, database })
    const { certificates, keeper } = openTls(
      { ...options, node: facts.id },
      { ...deps, live, secrets, onCertificate: (tls) => gateway.renewTls(tls) },
    )
    const own = { ...(joins ? { joins } : {}), ...(certificates ? { certificates } : {}) }
    const hosting = { ...deps, root: live, database }
    const ledgers = [
      { ...live, ...own },
      ...groups.map((group) => ({ ...group, ...groupJoins(home, group, hosting) })),
      ...(sandbox ? [sandbox] : []),
    ]
    const gateway = createGateway(gatewaySettings(options, keeper), {
      ...{ ledgers, metrics, buckets, database, version },
      ...{ clock: deps.clock, logger: deps.logger },
      diskFreeBytes: () => freeBytes(home),
      lastBackup: () => lastBackupOf(home),
      nonceFolder: homePaths(home).nonces,
      keys: secrets?.kek ?? createKeyEncryption(randomBytes(32)),
      ...servedPortal(portal),
      node: facts.id,
      chance: () => randomInt(2 ** 32) / 2 ** 32,
    })
    starting.push(gateway)
    await gateway.start(AbortSignal.timeout(30_000))
    await network?.start()
    await startGroups(groups, deps.logger)
    const said = { gateway: plan.address ?? gateway.address, facts }
    await settle(live, { ...said, groups: keptGroups(groups) }, deps.logger)
    for (const one of opened.slice(1)) await settle(one, said, deps.logger)
    const executors = opened.map((each) => executorOf(each, facts, deps))
    for (const one of [keeper, ...executors].filter((each) => each !== undefined)) {
      one.start()
      starting.push(one)
    }
    await keeper?.ready(certificateWaitMs)
    return { gateway, keeper, live, sandbox, portal, close }
  } catch (error) {
    await close()
    throw error
  }
}

/** Whoever is told that the node is up shall reach it; who has to catch up first, waits longer. */
const certificateWaitMs = 15_000

type Closing = { close(): Promise<void> }

/** The names that a gateway has in signed requests are those of the address that it says. */
function gatewaySettings(
  { port, host, plan, webhookAllow = [] }: OpenOptions,
  keeper: CertificateKeeper | undefined,
): GatewaySettings {
  const { tls, address } = plan
  const shown = tls === 'issued' ? (keeper?.present ?? 'pending') : tls
  const names = address === undefined ? [] : [new URL(address).host]
  return { host, port, names, webhookAllow: [...webhookAllow], ...(shown ? { tls: shown } : {}) }
}

/** Only what can sign executes what the members decided. */
function executorOf(
  { ledger, operator }: OpenEnvironment,
  { id }: NodeFacts,
  { clock, logger }: OpenDeps | Omit<OpenDeps, 'secrets'>,
): ProposalExecutor | undefined {
  return operator && createProposalExecutor({ node: id }, { ledger, operator, clock, logger })
}

type NetworkedOptions = Pick<NodeOptions, 'home' | 'version' | 'findEngine' | 'readOnly'>

/** Path of the CometBFT program; undefined where the data folder is no part of a network. */
async function programOf({ home, findEngine, readOnly }: NetworkedOptions) {
  if (readOnly || !isNetwork(home)) return undefined
  const program = await findEngine?.('cometbft')
  if (program !== undefined) return program
  throw new CodedError('NETWORK_ENGINE_MISSING', `${home} is part of a network.`)
}

function networkOf(
  { home, version }: NetworkedOptions,
  program: string,
  deps: OpenNetworkDeps,
): OpenNetwork {
  return openNetwork({ home, network: readNetwork(home), program, version }, deps)
}

function joinsOf(
  { home }: NetworkedOptions,
  { peer, ask }: OpenNetwork,
  deps: Omit<Parameters<typeof createJoinHost>[1], 'ask'>,
) {
  return createJoinHost({ home, network: readNetwork(home), peer }, { ...deps, ask })
}

async function openLive(
  options: Omit<EnvironmentOptions, 'own' | 'operatorKey'>,
  deps: EnvironmentDeps,
): Promise<OpenEnvironment> {
  const { home } = options
  const { operatorKey } = homePaths(home)
  try {
    return openEnvironment({ ...options, own: home, operatorKey }, deps)
  } catch (error) {
    await deps.secrets?.payloads.close()
    throw error
  }
}

async function freeBytes(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder)
  return bavail * bsize
}
