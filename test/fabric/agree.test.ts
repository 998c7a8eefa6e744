import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { after, before, describe, it } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { isCodedError } from '@openbsn/sdk'
import type { PeerClient } from '../../src/frameworks/fabric/channels/connect-channel.ts'
import {
  channelOn,
  connectOrganisation,
} from '../../src/frameworks/fabric/channels/open-channel.ts'
import { Agreements } from '../../src/frameworks/fabric/host/agree.ts'
import { ContractRuns } from '../../src/frameworks/fabric/host/contract-runs.ts'
import type { HostLedger, WantedContract } from '../../src/frameworks/fabric/host/host-ledger.ts'
import { PortsFile } from '../../src/frameworks/fabric/host/ports-file.ts'
import { organisationFiles } from '../../src/frameworks/fabric/organisation/identities.ts'
import type { Organisation } from '../../src/frameworks/fabric/organisation/open-organisation.ts'
import { Archives } from '../../src/frameworks/fabric/packages/archives.ts'
import {
  propose,
  submitProposal,
} from '../../src/frameworks/fabric/transactions/make-transaction.ts'
import { systemClock } from '../../src/kernel/clock.ts'
import { FabricNetwork } from '../../src/testing/fabric-network.ts'
import { testFolder } from '../../src/testing/folder.ts'
import { skipUnless } from '../../src/testing/needs.ts'
import { eventually } from '../scenarios/network-world.ts'

const books = { name: 'books', package: 'preset:key-value' } as const
const nodes = ['alpha', 'beta'] as const

/** What one of two nodes does for the contracts of their channel. */
class Member {
  /** Of the channel, as the ledger has it. */
  readonly #block: Uint8Array
  readonly agreements: Agreements
  readonly runs: ContractRuns
  readonly client: PeerClient

  constructor(
    organisation: Organisation,
    {
      folder,
      ledger,
      client,
      block,
    }: {
      readonly folder: string
      readonly block: Uint8Array
      readonly ledger: Pick<HostLedger, 'organisation'>
      readonly client: PeerClient
    },
  ) {
    const ports = new PortsFile(`${folder}/ports.json`, '127.0.0.1')
    const archives = new Archives(`${folder}/archives`)
    this.client = client
    this.#block = block
    this.runs = new ContractRuns({ folder, env: {} }, { clock: systemClock, ports, archives })
    const node = organisation.options.name
    const nowMs = () => performance.now()
    this.agreements = new Agreements({
      organisation,
      node,
      ledger,
      nowMs,
      runs: this.runs,
      client: () => client,
    })
  }

  /** Settles once it has nothing more to wait for; a step that fails is tried again. */
  async agree(contract: WantedContract): Promise<void> {
    const channel = { nodes, block: this.#block }
    const step = () => this.agreements.advance('trade', channel, contract)
    await eventually(step, (waitsFor) => waitsFor === undefined)
  }

  /** Writes through the peer of this node, whose channel wants the endorsements of both. */
  async set(name: string, key: string): Promise<string> {
    const args = [JSON.stringify({ baseKey: key, baseValue: 'x' })]
    const nonce = Buffer.from(key.padEnd(24))
    const called = { contract: name, function: 'set', args, nonce }
    const until = performance.now() + 30_000
    for (;;) {
      try {
        return (await submitProposal(propose(channelOn(this.client, 's-trade'), called))).result
      } catch (error) {
        // Endorsed it has to be at once; orderers that were just started elect first.
        const isElecting = isCodedError(error) && error.code === 'CALL_FATE_UNKNOWN'
        if (!isElecting || performance.now() > until) throw error
        await pause(200)
      }
    }
  }
}

describe('two nodes that agree to a contract', skipUnless('fabric'), () => {
  const folder = testFolder()
  let network: FabricNetwork
  let members: readonly Member[] = []
  before(async () => {
    network = await FabricNetwork.create({})
    const block = gzipSync(await network.openChannel('s-trade', {}))
    const ledger = { organisation: (name: string) => factsOf(network, name) }
    members = await Promise.all(
      network.organisations.map(async (one) => {
        const client = await connectOrganisation(one)
        return new Member(one, { folder: folder.file(one.options.name), ledger, client, block })
      }),
    )
  })
  after(async () => {
    for (const { client } of members) client.close()
    await Promise.all(members.map(({ runs }) => runs.close()))
    await network?.close()
    folder.remove()
  })

  it('say that it is there once calls through each of them have an effect', async () => {
    await writesOnceAgreed({ ...books, sequence: 1 })
    await writesOnceAgreed({ ...books, sequence: 2 })
  })

  it('say so anew after their peers were away', async () => {
    await Promise.all(network.organisations.map((one) => one.stop()))
    await Promise.all(network.organisations.map((one) => one.start(AbortSignal.timeout(60_000))))
    await Promise.all(network.organisations.map((one) => one.orders('raft')))
    await writesOnceAgreed({ ...books, sequence: 2 })
  })

  /** Each at once where it is there for itself: nobody waits for the other. */
  async function writesOnceAgreed(wanted: WantedContract): Promise<void> {
    const key = randomUUID().slice(0, 8)
    const done = members.map(async (one, place) => {
      await one.agree(wanted)
      return one.set(wanted.name, `${key} ${place}`)
    })
    assert.deepEqual(await Promise.all(done), ['SUCCESS', 'SUCCESS'])
  }
})

function factsOf({ organisations }: FabricNetwork, name: string) {
  const found = organisations.find(({ options }) => options.name === name)
  if (!found) return undefined
  const { folder, host, ports } = found.options
  const files = organisationFiles(folder)
  const certificate = readFileSync(files.of('orderer').tls.certificate, 'utf8')
  return {
    root: readFileSync(files.root, 'utf8'),
    peer: `${host}:${ports.peer}`,
    orderer: { address: `${host}:${ports.orderer}`, certificate },
  }
}
