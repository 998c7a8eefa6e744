import { randomBytes, randomInt } from 'node:crypto'
import { existsSync, mkdirSync } from 'node:fs'
import { statfs } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { CodedError, type Signer } from '@openbsn/sdk'
import type { DestinationStream } from 'pino'
import { createPrivateRecords } from '../compliance/private-payloads/private-records.ts'
import { createKeyEncryption } from '../crypto/key-encryption.ts'
import { readKeyFile } from '../crypto/key-file.ts'
import type { Framework } from '../frameworks/framework.ts'
import { createRecordsFramework } from '../frameworks/records/records-framework.ts'
import { Buckets } from '../gateway/access/buckets.ts'
import { createStatementLimits } from '../gateway/access/statement-limits.ts'
import { createGateway, type Gateway, requireFreeAddress } from '../gateway/gateway.ts'
import { openGatewayDatabase } from '../gateway/gateway-database.ts'
import { createLogger, type Logger, type LogLevel } from '../gateway/logger.ts'
import { createMetrics } from '../gateway/metrics.ts'
import { gatewayOptions } from '../gateway/options.ts'
import type { Clock } from '../kernel/clock.ts'
import { hasLedger, type OpenLedger, openLedger } from '../ledger/open-ledger.ts'
import { Projection } from '../ledger/projection/projection.ts'
import { credentialPolicy } from '../services/credential-module.ts'
import { lockFolder } from '../storage/folder-lock.ts'
import { createHome, homePaths, nameGateway } from './create-home.ts'
import { type HomeSecrets, openHomeSecrets, openOperatorKey } from './home-secrets.ts'
import { type JoinDeps, type JoinOptions, joinAlliance, type NodeFacts } from './join-alliance.ts'
import { modules } from './modules.ts'
import { openUsage } from './open-usage.ts'

/** Until nodes have ids on the ledger. */
const nodeName = 'node-1'

export type NodeOptions = {
  /** The data folder; made where it is missing. */
  readonly home: string
  readonly port: number
  readonly host?: string
  /** The alliance's name, where a ledger is to be made. */
  readonly name?: string
  readonly version: string
  readonly logLevel?: LogLevel
  /** Threads that verify signatures; one per core where not said. */
  readonly workers?: number
  /** The file of the key-encryption key; beside the data folder where not said. */
  readonly kek?: string
  /** What is registered about this city node, where nothing is yet. */
  readonly place?: Partial<Omit<NodeFacts, 'software'>>
  /** Serves what is there and registers nothing: no key is needed, and none is used. */
  readonly readOnly?: boolean
  /** Address ranges (CIDR) that webhooks may reach although they are not public. */
  readonly webhookAllow?: readonly string[]
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
  /** True where this start made the ledger. */
  readonly created: boolean
  /** Lets requests under way end, commits what waits, closes everything. */
  close(): Promise<void>
}

/**
 * Starts a node: ledger, projection, gateway, in that order.
 * @throws STORE_IN_USE, STORE_NEWER, STORE_DAMAGED, HOME_KEYS_MISSING, HOME_EMPTY, PORT_IN_USE,
 * LISTEN_*, KEY_ENCRYPTION_KEY_*, KEY_UNWRAP_FAILED, PRIVATE_KEY_MISSING
 */
export async function startNode(options: NodeOptions, deps: NodeDeps): Promise<CityNode> {
  const { home, port, host = '127.0.0.1', name = 'OpenBSN', version } = options
  const paths = homePaths(home)
  mkdirSync(home, { recursive: true, mode: 0o700 })
  const lock = lockFolder(paths.lock)
  const logger = createLogger(
    {
      service: 'bsn',
      node: options.place?.id ?? unsaid.id,
      ...(options.logLevel ? { level: options.logLevel } : {}),
    },
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
    // Before anything is made for a node that cannot start.
    else if (!options.readOnly) readValidatorKey(paths.validatorKey)
    const files = { home, ...(options.kek === undefined ? {} : { kek: options.kek }) }
    const secrets = options.readOnly
      ? undefined
      : openHomeSecrets(files, { clock: deps.clock, onFailure })
    if (created) {
      const gateway = `http://${host}:${port}`
      await createHome({ home, name, gateway }, { clock: deps.clock, onFailure })
    }
    const inside = { ...deps, onFailure, logger, secrets }
    const running = await openNode({ ...options, host }, inside).catch(async (error) => {
      await secrets?.payloads.close()
      throw error
    })
    try {
      nameGateway(paths.profile, running.gateway.address)
    } catch (error) {
      // The profile is for the commands of one person; a broken one, or a full disk, stops no node.
      logger.warn({ event: 'profile.unwritten', err: error }, `${paths.profile} is left as it is`)
    }
    logger.info({ event: 'node.started', ledger: running.ledger.id }, `OpenBSN ${version} started`)
    return {
      address: running.gateway.address,
      ledger: running.ledger.id,
      created,
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
  readonly ledger: OpenLedger
  close(): Promise<void>
}

type OpenOptions = NodeOptions & { readonly host: string }

async function openNode(
  { home, port, host, version, workers, readOnly, place, webhookAllow = [] }: OpenOptions,
  {
    clock,
    onFailure,
    logger,
    secrets,
  }: NodeDeps & {
    readonly logger: Logger
    readonly secrets: HomeSecrets | undefined
  },
): Promise<Running> {
  const paths = homePaths(home)
  const signer = readOnly ? undefined : readValidatorKey(paths.validatorKey)
  const metrics = createMetrics({ version })
  let isStopped = false
  const stop = (error: Error) => {
    isStopped = true
    onFailure(error)
  }
  const buckets = new Buckets({ nowMs: () => performance.now() })
  const admit = createStatementLimits(gatewayOptions({}), { buckets, ledger: () => ledger })
  const ledger: OpenLedger = openLedger(
    { folder: paths.ledger, workers: workers ?? availableParallelism() },
    {
      clock,
      signer,
      modules,
      recordPolicy: credentialPolicy,
      admit,
      onFailure: stop,
      onCommit: metrics.fsync,
      onBlock: ({ firstIndex, time }, entries) => {
        projection.offer(firstIndex, entries)
        records.committed(firstIndex, entries)
        usage.offer(firstIndex, time, entries)
      },
    },
  )
  const size = () => ledger.head.firstIndex + ledger.head.count
  const source = { size, entriesFrom: (from: number) => ledger.store.entriesFrom(from) }
  const projection = new Projection({ folder: paths.projection }, { source, onFailure: stop })
  projection.advance().catch(() => undefined)
  const usage = openUsage(paths.usage, ledger.store, { size, onFailure: stop })
  usage.advance().catch(() => undefined)
  const isStoppedNow = () => isStopped
  const operator = secrets && openOperatorKey(paths.operatorKey, secrets.kek)
  const records = createRecordsFramework(
    { member: ledger.genesis.member.id },
    { ledger, lists: projection, signer: operator, clock, isStopped: isStoppedNow },
  )
  const served = servedRecords(ledger, records, secrets)
  // A node that only serves keeps nothing of its own, and delivers nothing.
  const database = openGatewayDatabase(secrets ? paths.gatewayDatabase : ':memory:')
  const keys = secrets?.kek ?? createKeyEncryption(randomBytes(32))
  const gateway = createGateway(
    { host, port, webhookAllow: [...webhookAllow] },
    {
      ledgers: [{ ...served, ledger, entries: projection, usage, isStopped: isStoppedNow }],
      clock,
      logger,
      metrics,
      diskFreeBytes: () => freeBytes(home),
      buckets,
      nonceFolder: paths.nonces,
      database,
      keys,
      node: nodeName,
      chance: () => randomInt(2 ** 32) / 2 ** 32,
      version,
    },
  )
  const close = async () => {
    await gateway.close()
    database.close()
    await projection.close()
    await usage.close()
    await ledger.close()
    await secrets?.payloads.close()
  }
  try {
    await gateway.start(AbortSignal.timeout(30_000))
    if (operator) {
      const facts = { ...unsaid, software: `openbsn ${version}`, ...place }
      const joining = { profile: paths.profile, gateway: gateway.address, facts }
      await join(joining, { ledger, operator, clock }, logger)
    }
    // What the ledger does not take now is registered at another start.
    await served.privateRecords?.recordErasures().catch(() => undefined)
  } catch (error) {
    await close()
    throw error
  }
  return { gateway, ledger, close }
}

/** Records, and what stands behind private ones where the node opened its secrets. */
function servedRecords(ledger: OpenLedger, framework: Framework, secrets: HomeSecrets | undefined) {
  if (!secrets) return { frameworks: new Map([[framework.name, framework]]) }
  const { payloads } = secrets
  const privateRecords = createPrivateRecords({ ledger, framework, payloads })
  return { frameworks: new Map([[framework.name, privateRecords.framework]]), privateRecords }
}

/** Of a city node that nobody said more about: ZZ is for users of ISO 3166 to mean so. */
const unsaid = { id: 'node-1', city: 'unknown', country: 'ZZ', latitude: 0, longitude: 0 }

async function join(joining: JoinOptions, deps: JoinDeps, logger: Logger): Promise<void> {
  for (const refused of await joinAlliance(joining, deps)) {
    if (refused.outcome !== 'refused') continue
    const fields = { event: 'operator.refused', code: refused.code }
    logger.warn(fields, `the alliance does not have this node: ${refused.detail}`)
  }
}

function readValidatorKey(path: string): Signer {
  if (existsSync(path)) return readKeyFile(path)
  const message = `${path} is missing: no block can be signed. Restore it, or read alone.`
  throw new CodedError('HOME_KEYS_MISSING', message)
}

async function freeBytes(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder)
  return bavail * bsize
}
