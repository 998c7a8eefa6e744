import { existsSync } from 'node:fs'
import { CodedError, encodeCoseKey, type Signer } from '@openbsn/sdk'
import { createPrivateRecords } from '../compliance/private-payloads/private-records.ts'
import type { Refusal } from '../crypto/check-statement.ts'
import { readKeyFile } from '../crypto/key-file.ts'
import type { Environment } from '../engines/go-build.ts'
import type { ChainsFile } from '../frameworks/evm/external/chains-file.ts'
import type { ChannelsFile } from '../frameworks/fabric/external/channels-file.ts'
import type { Framework } from '../frameworks/framework.ts'
import { createRecordsFramework } from '../frameworks/records/records-framework.ts'
import type { Buckets } from '../gateway/access/buckets.ts'
import { createStatementLimits } from '../gateway/access/statement-limits.ts'
import type { Logger } from '../gateway/logger.ts'
import type { Metrics } from '../gateway/metrics.ts'
import { gatewayOptions } from '../gateway/options.ts'
import type { ServedLedger } from '../gateway/served-ledger.ts'
import type { Clock } from '../kernel/clock.ts'
import { type OpenLedger, openLedger } from '../ledger/open-ledger.ts'
import { Projection } from '../ledger/projection/projection.ts'
import { credentialPolicy } from '../services/credential-module.ts'
import { whyNotWritten } from '../services/why-not-written.ts'
import { createClockWatch } from './clock-watch.ts'
import { homePaths } from './create-home.ts'
import { type HomeSecrets, openOperatorKey } from './home-secrets.ts'
import { joinAlliance, type KeptGroup, type NodeFacts } from './join-alliance.ts'
import type { Member } from './member.ts'
import { modules } from './modules.ts'
import type { OpenNetwork } from './network/open-network.ts'
import { type OpenFrameworks, openFrameworks } from './open-frameworks.ts'
import { openUsage } from './open-usage.ts'

export type EnvironmentOptions = {
  /** The data folder of the node. */
  readonly home: string
  /** The folder where the ledger has its own things; `homePaths` says where in it. */
  readonly own: string
  /** File of the key that the node signs acts of this ledger with. */
  readonly operatorKey: string
  /** Threads that verify signatures. */
  readonly workers: number
  /** Entries that the index of acts keeps in memory; its own measure where absent. */
  readonly memtableEntries?: number
  readonly readOnly?: boolean
  /** Where other nodes reach this node's peer and orderer of Fabric; loopback where absent. */
  readonly fabricHost?: string | undefined
  /** The network that the ledger is part of; it is in this process alone where absent. */
  readonly network?: OpenNetwork
}

export type EnvironmentDeps = {
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: Metrics
  /** Version of the program. */
  readonly version: string
  /** Limits of credentials, shared with the gateway. */
  readonly buckets: Buckets
  /** What this ledger keeps for others; closed with it. Absent where the node only reads. */
  readonly secrets: HomeSecrets | undefined
  /** Finds the program of an engine that is needed; without it no chain runs. @throws ENGINE_* */
  readonly findEngine?: ((name: string) => Promise<string>) | undefined
  /** Chains of others that live services are for. */
  readonly externalChains?: ChainsFile | undefined
  readonly externalChannels?: ChannelsFile | undefined
  /** Of the operator: where tools are that packages of contracts are built with. */
  readonly env?: Environment | undefined
  readonly onFailure: (error: Error) => void
}

const loopback = '127.0.0.1'

/** A ledger of the node with all that stands beside it, as the gateway serves it. */
export type OpenEnvironment = ServedLedger & {
  readonly ledger: OpenLedger
  readonly network?: OpenNetwork
  /** Who signs in the name of this node's operator; absent where the node only reads. */
  readonly operator?: Member
  /**
   * Registers this node and the key that it signs with, where the ledger does not have them, and
   * which groups the node keeps. What was refused.
   */
  join(
    gateway: string,
    facts: NodeFacts,
    groups?: readonly KeptGroup[],
  ): Promise<readonly Refusal[]>
  /** Registers erasures that were made but not registered yet. */
  finishErasures(): Promise<void>
  close(): Promise<void>
}

/** @throws STORE_NEWER, STORE_DAMAGED, SOFTWARE_TOO_OLD, HOME_KEYS_MISSING, KEY_UNWRAP_FAILED */
export function openEnvironment(
  { home, own, network, fabricHost = loopback, ...more }: EnvironmentOptions,
  deps: EnvironmentDeps,
): OpenEnvironment {
  const { clock, metrics, secrets } = deps
  const { operatorKey, readOnly, ...options } = more
  const paths = homePaths(own)
  const signer = readOnly ? undefined : readValidatorKey(paths.validatorKey)
  let isStopped = false
  const onFailure = (error: Error) => {
    isStopped = true
    deps.onFailure(error)
  }
  const clockWatch = network && createClockWatch({ clock, onChange: logOff(deps.logger) })
  const admit = createStatementLimits(gatewayOptions({}), { ...deps, ledger: () => ledger })
  const ledger: OpenLedger = openLedger(
    { folder: paths.ledger, ...options },
    {
      ...{ clock, signer, modules, recordPolicy: credentialPolicy, admit, onFailure },
      ...(network ? { openSequencer: network.openSequencer } : {}),
      software: deps.version,
      onCommit: metrics.fsync,
      onBlock: ({ firstIndex, time }, entries) => {
        clockWatch?.block(time)
        projection.offer(firstIndex, entries)
        records.committed(firstIndex, entries)
        outside?.committed(firstIndex, entries)
        usage.offer(firstIndex, time, entries)
      },
    },
  )
  const size = () => ledger.head.firstIndex + ledger.head.count
  const source = { size, entriesFrom: (from: number) => ledger.store.entriesFrom(from) }
  const projection = new Projection({ folder: paths.projection }, { source, onFailure })
  projection.advance().catch(() => undefined)
  const usage = openUsage(paths.usage, ledger.store, { size, onFailure })
  usage.advance().catch(() => undefined)
  const isStoppedNow = () => isStopped
  const operator = secrets && openOperatorKey(operatorKey, secrets.kek)
  const member = network?.operator ?? ledger.genesis.member.id
  const records = createRecordsFramework(
    { member },
    { ledger, lists: projection, signer: operator, clock, isStopped: isStoppedNow },
  )
  const served = servedRecords({ ledger, framework: records, member, clock }, secrets)
  let node: string | undefined
  const outside: OpenFrameworks | undefined =
    secrets &&
    openFrameworks(
      { paths, fabricHost, env: deps.env ?? {} },
      {
        ...{ ...deps, ledger, lists: projection, secrets },
        operator: operator && { id: member, signer: operator },
        node: () => node,
        isStopped: isStoppedNow,
      },
    )
  for (const one of outside?.frameworks ?? []) served.frameworks.set(one.name, one)
  return {
    ...{ ...served, ledger, entries: projection, usage, isStopped: isStoppedNow },
    ...(operator ? { operator: { id: member, signer: operator } } : {}),
    ...(outside?.chains ? { chains: outside.chains } : {}),
    ...(outside?.fabric ? { fabric: outside.fabric } : {}),
    unknownOutcomes: () => ({
      records: network?.unknownOutcomes() ?? 0,
      evm: outside?.unknownOutcomes() ?? 0,
    }),
    ...(network ? { network, clockOffSeconds: () => clockWatch?.offSeconds } : {}),
    join: async (gateway, facts, groups = []) => {
      if (!operator) return []
      node = facts.id
      const { profile } = homePaths(home)
      const said = network && signer && networkFactsOf(network, signer)
      const options = { profile, gateway, facts, groups, ...(said ? { network: said } : {}) }
      const outcomes = await joinAlliance(options, { ledger, operator, clock })
      outside?.named()
      return outcomes.flatMap((one) => (one.outcome === 'refused' ? [one] : []))
    },
    // What the ledger does not take now is registered at another start.
    finishErasures: async () => served.privateRecords?.recordErasures().catch(() => undefined),
    close: async () => {
      await outside?.close()
      await projection.close()
      await usage.close()
      await ledger.close()
      await secrets?.payloads.close()
    },
  }
}

const logOff = (logger: Logger) => (off: number | undefined) => {
  if (off === undefined) return logger.info({ event: 'clock.right' }, 'the clock is right again')
  const way = off < 0 ? 'behind' : 'ahead of'
  const text = `this clock is ${Math.abs(off)} s ${way} block time: keep it by NTP`
  return logger.warn({ event: 'clock.off' }, text)
}

function networkFactsOf({ peer, consensusKey, operator }: OpenNetwork, signer: Signer) {
  return { peer, consensusKey, operator, validatorKey: encodeCoseKey(signer.key) }
}

type RecordsParts = {
  readonly ledger: OpenLedger
  readonly framework: Framework
  readonly member: string
  readonly clock: Clock
}

/** Records, and what stands behind private ones where the node opened its secrets. */
function servedRecords(
  { ledger, framework, member: operator, clock }: RecordsParts,
  secrets: HomeSecrets | undefined,
) {
  const operatedBy = operator
  if (!secrets) return { operatedBy, frameworks: new Map([[framework.name, framework]]) }
  const privateRecords = createPrivateRecords({
    ...{ ledger, framework, payloads: secrets.payloads },
    whyNotRecorded: (record) => {
      const time = Math.max(ledger.head.time, clock.nowSeconds())
      return whyNotWritten(ledger, { ...record, operator, time })
    },
  })
  const frameworks = new Map([[framework.name, privateRecords.framework]])
  return { operatedBy, frameworks, privateRecords }
}

function readValidatorKey(path: string): Signer {
  if (existsSync(path)) return readKeyFile(path)
  const message = `${path} is missing: no block can be signed. Restore it, or read alone.`
  throw new CodedError('HOME_KEYS_MISSING', message)
}
