import type { TestContext } from 'node:test'
import { createBlockIndex } from '../frameworks/blocks/block-index.ts'
import { blockTables } from '../frameworks/blocks/index-tables.ts'
import { ChannelFollower } from '../frameworks/fabric/blocks/channel-follower.ts'
import { channelOn } from '../frameworks/fabric/channels/open-channel.ts'
import {
  createFabricFramework,
  type FabricFramework,
} from '../frameworks/fabric/fabric-framework.ts'
import { RawActs, rawActsTable } from '../frameworks/raw-acts.ts'
import { openSql } from '../storage/sql.ts'
import { awayChannel } from './bsn-gateway.ts'

/** Fabric of a node whose peer is away, all the time or since it told how many blocks there are. */
export function awayFabric(
  t: Pick<TestContext, 'after'>,
  ledger: string,
  heightOf = (): Promise<number> => Promise.reject(new Error('the peer is away')),
): FabricFramework {
  const { client, name: channel } = awayChannel(t)
  const database = openSql(':memory:', [blockTables, rawActsTable])
  const index = createBlockIndex(
    {},
    {
      database,
      ledger: { entry: () => undefined, receipts: () => [] },
      onNotice: () => undefined,
      follow: (service, ports) =>
        new ChannelFollower(
          { service, channel },
          {
            ...ports,
            network: () => client.network(channel),
            heightOf,
            onNotice: () => undefined,
          },
        ),
    },
  )
  const framework = createFabricFramework(
    { ledger },
    {
      ...{ index, rawActs: new RawActs(database) },
      channelOf: () => channelOn(client, channel),
      ...{ waitsFor: () => undefined, contracts: () => [], isStopped: () => false },
    },
  )
  t.after(async () => {
    framework.close()
    await index.close()
    database.close()
  })
  return framework
}
