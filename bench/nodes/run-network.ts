import { readFileSync, rmSync } from 'node:fs'
import { CborReader, createClient } from '@openbsn/sdk'
import { engineHere } from '../../src/testing/user-engines.ts'
import { type BenchContext, wants } from '../context.ts'
import { measureKvstore } from '../kvstore/measure-kvstore.ts'
import type { Target } from '../load/run-load.ts'
import { prepare } from '../records/prepare.ts'
import type { Subject } from '../records/throughput.ts'
import { type RowName, rowNamesOf } from '../report.ts'
import { measureCatchup } from './catchup.ts'
import { type CityNodes, joinNodes, placeNodes } from './city-network.ts'
import { measureIdle } from './idle.ts'
import { measurePeak } from './peak.ts'
import { measureSteady } from './steady.ts'

/** A network under measurement: the load is spread over all of its nodes. */
export type NetworkSubject = Subject & {
  readonly nodes: CityNodes
  readonly targets: readonly Target[]
}

/** Where others disturbed that measurement: what is signed for a load must not run out. */
const verifyRateLeast = 8000

const peer: RowName = 'peer.kvstore'
const ownRows = rowNamesOf('network').filter((row) => row !== peer)

/** Four validators that each verify every signature, and CometBFT's own kvstore beside them. */
export async function runNetwork(context: BenchContext): Promise<void> {
  const program = engineHere('cometbft')
  if (program === undefined) {
    const why = 'needs CometBFT: bin/bsn engine install cometbft'
    for (const row of rowNamesOf('network')) if (wants(context, row)) context.miss(row, why)
    return
  }
  const nodes = await placeNodes(context)
  await nodes[0].start()
  const alone = await prepare(context, nodes[0].server)
  if (wants(context, ...ownRows)) {
    const subject = await openNetwork(context, nodes, alone)
    await measureIdle(context, subject)
    await measureSteady(context, subject)
    await measurePeak(context, subject)
    await measureCatchup(context, subject)
    for (const node of nodes) await node.stop()
  } else {
    await nodes[0].stop()
  }
  if (!context.options.keeps) {
    for (const { home } of nodes) rmSync(home, { recursive: true, force: true })
  }
  if (wants(context, peer)) await measureKvstore(context, { program, ...alone })
}

/** The alliance of one, with its writers, becomes the network. */
async function openNetwork(
  context: BenchContext,
  nodes: CityNodes,
  alone: Subject,
): Promise<NetworkSubject> {
  const { ledger } = alone.writers
  await joinNodes(context, nodes, async () => {
    const client = createClient({ gateway: nodes[0].server.gateway, ledger })
    const file = await alone.source.sign(1)
    await client.submit([new CborReader(readFileSync(file.path)).readBytes()])
  })
  return {
    ...alone,
    ...{ nodes, server: nodes[0].server, targets: nodes.map((node) => node.target()) },
    // Each node verifies every signature, on the same cores.
    verifyRate: Math.max(alone.verifyRate / nodes.length, verifyRateLeast),
  }
}
