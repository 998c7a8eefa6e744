import { dirname, join } from 'node:path'
import type { Environment } from '../engines/go-build.ts'
import {
  BlockEntries,
  type CommittedEntry,
  type EntryLists,
} from '../frameworks/blocks/block-entries.ts'
import { createBlockIndex } from '../frameworks/blocks/block-index.ts'
import { blockTables } from '../frameworks/blocks/index-tables.ts'
import { ChannelFollower } from '../frameworks/fabric/blocks/channel-follower.ts'
import { channelHeight, channelOn } from '../frameworks/fabric/channels/open-channel.ts'
import type { ChannelsFile } from '../frameworks/fabric/external/channels-file.ts'
import { ExternalChannels } from '../frameworks/fabric/external/external-channels.ts'
import { isNodesGateway } from '../frameworks/fabric/fabric-acts.ts'
import { createFabricFramework } from '../frameworks/fabric/fabric-framework.ts'
import { readContractLog } from '../frameworks/fabric/host/contract-log.ts'
import { createFabricHost } from '../frameworks/fabric/host/fabric-host.ts'
import type { HostedChannel } from '../frameworks/fabric/hosted-channel.ts'
import { mspIdOf } from '../frameworks/fabric/organisation/open-organisation.ts'
import { Archives } from '../frameworks/fabric/packages/archives.ts'
import type { Framework } from '../frameworks/framework.ts'
import { RawActs, rawActsTable } from '../frameworks/raw-acts.ts'
import type { Logger } from '../gateway/logger.ts'
import type { ServedFabric } from '../gateway/served-ledger.ts'
import type { Clock } from '../kernel/clock.ts'
import type { Ledger } from '../ledger/ledger.ts'
import { openSql } from '../storage/sql.ts'
import { contractsOf, fabricLedger } from './fabric-ledger.ts'
import type { Member } from './member.ts'
import { logNotices } from './open-chains.ts'
import { registerBlocks } from './register-blocks.ts'
import { createSendPackage } from './send-package.ts'

export type OpenFabricOptions = {
  /** For the organisation of this node and its programs. */
  readonly folder: string
  /** The index of blocks. */
  readonly file: string
  /** Where other nodes reach its peer and its orderer. */
  readonly host: string
  /** Channels of networks that others run, by the live services that they are for. */
  readonly channels?: ChannelsFile | undefined
  /** Where tools are that packages of contracts are built with. */
  readonly env: Environment
}

export type OpenFabricDeps = {
  readonly ledger: Ledger
  readonly lists: EntryLists
  readonly operator: Member | undefined
  /** The name of this node in the alliance; undefined until it is registered. */
  readonly node: () => string | undefined
  /** @throws ENGINE_* */
  readonly findEngine: (name: string) => Promise<string>
  readonly clock: Clock
  readonly logger: Logger
  readonly isStopped: () => boolean
}

/** Fabric of this node, for one ledger. */
export type OpenFabric = ServedFabric & {
  readonly framework: Framework
  /** The node may have its name now. */
  touched(): void
  /** Tell it of every block of the ledger with its entries. */
  committed(firstIndex: number, entries: readonly CommittedEntry[]): void
  close(): Promise<void>
}

/** Acts that may change what is wanted of Fabric. */
const heard: readonly string[] = ['bsn:fabric', 'bsn:services', 'bsn:alliance']

/** @throws STORE_NEWER */
export function openFabric(
  { folder, file, host: address, channels = new Map(), env }: OpenFabricOptions,
  deps: OpenFabricDeps,
): OpenFabric {
  const { ledger, lists, operator, node, findEngine, clock, logger, isStopped } = deps
  const onNotice = logNotices(logger)
  const database = openSql(file, [blockTables, rawActsTable])
  const external = new ExternalChannels(channels)
  const wanted = fabricLedger(deps)
  const archives = new Archives(join(folder, 'archives'))
  const hostLedger = {
    ...wanted,
    services: () => wanted.services().filter(({ service }) => !external.has(service)),
  }
  const host = createFabricHost(
    { folder, host: address, env },
    {
      ...{ node, clock, onNotice, archives, nowMs: () => performance.now() },
      ledger: hostLedger,
      findPrograms: async () => {
        const [peer, caServer] = [await findEngine('fabric'), await findEngine('fabric-ca')]
        return { folder: dirname(peer), caServer }
      },
      onHosted: (service) => index.touched(service),
    },
  )
  const hostedOn = (service: string) => external.hosted(service) ?? host.hosted(service)
  const index = createBlockIndex(
    {},
    {
      ...{ database, ledger, onNotice },
      ...(operator ? { register: registerBlocks(operator, { ledger, clock }) } : {}),
      follow: (service, ports) => {
        const hosted = hostedOn(service)
        if (!hosted) return undefined
        const { name: channel } = hosted
        const heightOf = () => {
          const members = external.members(service) ?? host.members(service).map(mspIdOf)
          return channelHeight(hosted.client, { channel, members })
        }
        const network = () => hosted.client.network(channel)
        return new ChannelFollower({ service, channel }, { ...ports, network, heightOf, onNotice })
      },
    },
  )
  const framework = createFabricFramework(
    { ledger: ledger.id },
    {
      ...{ index, isStopped, rawActs: new RawActs(database) },
      waitsFor: (service, contract) =>
        external.has(service) ? undefined : host.waitsFor(service, contract),
      progress: (service, contract) =>
        external.has(service) ? {} : host.progress(service, contract),
      isGateway: (service, sender) => isGateway(hostedOn(service), sender),
      channelOf: (service) => {
        const hosted = hostedOn(service)
        return hosted && channelOn(hosted.client, hosted.name)
      },
      contracts: (service) => contractsOf(ledger, service),
    },
  )
  const blocks = new BlockEntries({ ledger, lists, index })
  blocks.catchUp().catch(() => undefined)
  return {
    framework,
    hosted: hostedOn,
    takePackage: (digest, bytes) => host.takePackage(digest, bytes),
    sendPackage: createSendPackage({
      ...{ ledger, node, archives },
      take: (digest, bytes) => host.takePackage(digest, bytes),
    }),
    contractLog: (query) => readContractLog(folder, query, hostLedger),
    touched: () => host.touched(),
    committed: (firstIndex, entries) => {
      blocks.committed(firstIndex, entries)
      if (entries.some(({ authority }) => heard.includes(authority.sub))) host.touched()
    },
    close: async () => {
      framework.close()
      await index.close()
      await host.close()
      external.close()
      blocks.close()
      database.close()
    },
  }
}

/** On a channel of others this node signs with the identity that it was given. */
function isGateway(hosted: HostedChannel | undefined, sender: string): boolean {
  return hosted?.gateways ? hosted.gateways.includes(sender) : isNodesGateway(sender)
}
