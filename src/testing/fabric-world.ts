import { join } from 'node:path'
import { verifyTransactionProof } from '@openbsn/sdk'
import { BlockEntries } from '../frameworks/blocks/block-entries.ts'
import type { BlockIndex } from '../frameworks/blocks/block-index.ts'
import { createBlockIndex } from '../frameworks/blocks/block-index.ts'
import { hexOf } from '../frameworks/blocks/hex.ts'
import { blockTables } from '../frameworks/blocks/index-tables.ts'
import type { RegisterRange } from '../frameworks/blocks/range-registrar.ts'
import { notSent } from '../frameworks/errors.ts'
import { ChannelFollower } from '../frameworks/fabric/blocks/channel-follower.ts'
import { readBlock } from '../frameworks/fabric/blocks/read-block.ts'
import type { PeerClient } from '../frameworks/fabric/channels/connect-channel.ts'
import {
  channelHeight,
  channelOn,
  connectOrganisation,
} from '../frameworks/fabric/channels/open-channel.ts'
import { eventContentType } from '../frameworks/fabric/fabric-events.ts'
import {
  createFabricFramework,
  type FabricFramework,
} from '../frameworks/fabric/fabric-framework.ts'
import type { Channel } from '../frameworks/fabric/transactions/make-transaction.ts'
import { propose } from '../frameworks/fabric/transactions/make-transaction.ts'
import { invocationHash, specOf } from '../frameworks/fabric/transactions/proposals.ts'
import type { Call, Framework } from '../frameworks/framework.ts'
import { RawActs, rawActsTable } from '../frameworks/raw-acts.ts'
import { type FrameworkWorld, idOf, type Put, type Writer } from '../frameworks/world-contract.ts'
import { assert } from '../kernel/assert.ts'
import type { JsonObject } from '../kernel/json.ts'
import { Projection } from '../ledger/projection/projection.ts'
import { openSql } from '../storage/sql.ts'
import type { FabricNetwork } from './fabric-network.ts'
import { FaultyLine } from './faulty-line.ts'
import { testFolder } from './folder.ts'
import { credentialOf, keyOf, LedgerWorld } from './ledger-world.ts'
import { namedSigner } from './named-signer.ts'

/** The same one twice, by its label. */
const contracts = { notes: 'notes', odd: 'notes' }
let worlds = 0

type Node = {
  readonly framework: FabricFramework
  readonly index: BlockIndex
  readonly entries: BlockEntries
  readonly client: PeerClient
  close(): Promise<void>
}

/**
 * Two city nodes, each with the peer of its organisation, that follow the channels of two services
 * of a real ledger: `flights`, where the credential `c1` writes, and `sensors` for `c2`.
 */
export class FabricWorld implements FrameworkWorld {
  readonly writers = [
    { service: 'flights', credential: 'c1' },
    { service: 'sensors', credential: 'c2' },
  ] as const
  readonly contentTypes = { usual: eventContentType('notes'), other: eventContentType('odd') }
  readonly ledgers: LedgerWorld
  readonly #network: FabricNetwork
  readonly #number = ++worlds
  readonly #folder = testFolder()
  readonly #line = new FaultyLine()
  #projection: Projection | undefined
  #nodes: readonly Node[] = []
  #isBroken = false

  private constructor(network: FabricNetwork, ledgers: LedgerWorld) {
    this.#network = network
    this.ledgers = ledgers
  }

  static async create(network: FabricNetwork): Promise<FabricWorld> {
    const ledgers = await LedgerWorld.create({
      environment: 'sandbox',
      onBlock: ({ firstIndex }, entries) => {
        world.#projection?.offer(firstIndex, entries)
        for (const node of world.#nodes) node.entries.committed(firstIndex, entries)
      },
    })
    const world = new FabricWorld(network, ledgers)
    for (const { outcome } of await ledgers.ledger.submit(await setUp(world))) {
      assert(outcome === 'appended', 'the world is set up')
    }
    for (const { service } of world.writers) {
      await network.openChannel(world.#channelOf(service), contracts)
    }
    await world.#start()
    // What made the channels and their contracts is in blocks, too.
    for (const node of [world.node, world.other]) await world.catchUp(node)
    return world
  }

  get node(): Framework {
    return this.#nodeAt(0).framework
  }

  get other(): Framework {
    return this.#nodeAt(1).framework
  }

  #nodeAt(place: number): Node {
    const node = this.#nodes[place]
    assert(node !== undefined, 'the nodes run')
    return node
  }

  #channelOf(service: string): string {
    return `${service}-${this.#number}`
  }

  async #start(): Promise<void> {
    const { ledger } = this.ledgers
    const size = () => ledger.head.firstIndex + ledger.head.count
    const source = { size, entriesFrom: (from: number) => ledger.store.entriesFrom(from) }
    const onFailure = (error: Error) => this.ledgers.failures.push(error)
    const lists = { folder: join(this.#folder.path, 'lists') }
    this.#projection = new Projection(lists, { source, onFailure })
    this.#line.mend()
    this.#nodes = await Promise.all(
      this.#network.organisations.map((_, place) => this.#open(place)),
    )
  }

  async #open(place: number): Promise<Node> {
    const { organisations } = this.#network
    const organisation = organisations[place]
    assert(organisation !== undefined && this.#projection !== undefined, 'it is there')
    const { ledger } = this.ledgers
    const client = await connectOrganisation(organisation)
    const members = organisations.map(({ mspId }) => mspId)
    const file = join(this.#folder.path, `${organisation.mspId}.sqlite`)
    const database = openSql(file, [blockTables, rawActsTable])
    const onNotice = () => undefined
    const register: RegisterRange = async (range) => {
      const how = { sub: 'bsn:blocks', signer: namedSigner('node 1') }
      const act = await this.ledgers.act('blocks-register', range, how)
      const [outcome] = await ledger.submit([act])
      assert(outcome !== undefined, 'one statement has one outcome')
      return outcome
    }
    const index = createBlockIndex(
      { registerMs: 100 },
      {
        ...{ database, ledger, onNotice, ...(place === 0 ? { register } : {}) },
        follow: (service, ports) => {
          const channel = this.#channelOf(service)
          const heightOf = async () => {
            this.#requireLine()
            return channelHeight(client, { channel, members })
          }
          const network = () => client.network(channel)
          return new ChannelFollower(
            { service, channel },
            { ...ports, network, heightOf, onNotice },
          )
        },
      },
    )
    const framework = createFabricFramework(
      { ledger: ledger.id },
      {
        ...{ index, rawActs: new RawActs(database) },
        channelOf: (service) => {
          const channel = channelOn(client, this.#channelOf(service))
          const submit: Channel['submit'] = async (proposal) => {
            this.#requireLine()
            return this.#line.handOver(() => channel.submit(proposal))
          }
          return { ...channel, submit }
        },
        waitsFor: () => undefined,
        contracts: () => [],
        isStopped: () => this.#isBroken,
      },
    )
    const entries = new BlockEntries({ ledger, lists: this.#projection, index })
    entries.catchUp().catch(() => undefined)
    for (const { service } of this.writers) index.touched(service)
    const close = async () => {
      framework.close()
      await index.close()
      client.close()
      database.close()
    }
    return { framework, index, entries, client, close }
  }

  #requireLine(): void {
    if (this.#line.isCut) throw notSent('The line to the peer is cut.')
  }

  put({ service, credential }: Writer, { id, key, text, contentType }: Put): Call {
    const contract = contentType === this.contentTypes.other ? 'odd' : 'notes'
    const args = { contract, function: 'put', args: [key, text] }
    return { service, credential, function: 'send', args, id }
  }

  /** The contract refuses it. */
  rejectedCall(id: Uint8Array): Call {
    return this.put(this.writers[0], { id, key: 'key-a', text: '' })
  }

  async catchUp(node: Framework): Promise<void> {
    for (const writer of this.writers) await node.status({ ...writer, id: idOf('nobody sent it') })
  }

  async issuerOf(): Promise<string> {
    return 'alphaMSP/gateway'
  }

  async get(node: Framework, { service }: Writer, key: string): Promise<string | undefined> {
    const args = { contract: 'notes', function: 'get', args: [key] }
    const { result } = (await node.query(service, { function: 'call', args })) as JsonObject
    return result === '' ? undefined : String(result)
  }

  /** As the blocks of the channel have it. */
  async list(_node: Framework, { service }: Writer, key?: string): Promise<string[]> {
    const { client } = this.#nodeAt(0)
    const channel = this.#channelOf(service)
    const members = this.#network.organisations.map(({ mspId }) => mspId)
    const height = await channelHeight(client, { channel, members })
    const texts: string[] = []
    const blocks = await client.network(channel).getBlockEvents({ startBlock: 0n })
    try {
      for await (const block of blocks) {
        const read = readBlock(block)
        for (const { logs } of read.transactions) {
          const name = logs[0]?.topics.toString('utf8').replace(/\0+$/, '')
          if (logs[0] && (key === undefined || name === key)) {
            texts.push(logs[0].data.toString('utf8'))
          }
        }
        if (read.height + 1 >= height) break
      }
    } finally {
      blocks.close()
    }
    return texts
  }

  async restart(): Promise<void> {
    await this.#close()
    await this.ledgers.reopen()
    await this.#start()
  }

  whileCut(run: () => Promise<void>): Promise<void> {
    return this.#line.whileCut(run)
  }

  lose(what: 'answers' | 'calls'): void {
    this.#line.loss = what
  }

  hold() {
    return this.#line.hold()
  }

  breakDown(): void {
    this.#isBroken = true
  }

  verify(call: Call, transaction: string, receipts: readonly Uint8Array[]): void {
    const [proof, ...more] = receipts
    assert(proof !== undefined && more.length === 0, 'there is one proof')
    const proven = verifyTransactionProof(proof, this.ledgers.keys)
    assert(proven.transaction === `0x${transaction}`, 'the proof is of that transaction')
    assert(proven.service === call.service && proven.status === 1, 'of that service, and done')
    const { contract = '', function: name = '', args = [] } = call.args
    const channel = channelOn(this.#nodeAt(0).client, this.#channelOf(call.service))
    const called = { contract: String(contract), function: String(name), args: args as string[] }
    const spec = specOf(propose(channel, { ...called, nonce: Buffer.alloc(24) }))
    assert(proven.input === hexOf(invocationHash(spec)), 'the transaction has what was put')
  }

  async #close(): Promise<void> {
    // What one of them still registers is told to none: their databases close.
    const nodes = this.#nodes
    this.#nodes = []
    await Promise.all(nodes.map((node) => node.close()))
    await this.#projection?.close()
  }

  async close(): Promise<void> {
    await this.#close()
    await this.ledgers.remove()
    this.#folder.remove()
    assert(this.ledgers.failures.length === 0, 'nothing failed')
  }
}

/** Keys of the operator, services and credentials. */
function setUp({ ledgers, writers }: FabricWorld): Promise<Uint8Array[]> {
  const made = ['node 1'].map((name) => ledgers.act('operator-key-register', { key: keyOf(name) }))
  const services = writers.flatMap(({ service, credential }) => [
    ledgers.act('service-create', { id: service, framework: 'fabric', keyMode: 'key-trust' }),
    ledgers.act('credential-create', credentialOf(credential, { service, operators: ['admin'] })),
  ])
  return Promise.all([...made, ...services])
}
