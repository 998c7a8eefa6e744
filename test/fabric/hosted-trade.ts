import assert from 'node:assert/strict'
import { common } from '@hyperledger/fabric-protos'
import { blockHash } from '../../src/frameworks/fabric/blocks/read-block.ts'
import { channelName } from '../../src/frameworks/fabric/host/service-channel.ts'
import { readChannel } from '../../src/services/fabric-state.ts'
import { eventually } from '../scenarios/network-world.ts'
import type { HostWorld } from './host-world.ts'
import { book, limitMs } from './trade-network.ts'

/** A service `trade` on nodes of an alliance. */
export class HostedTrade {
  readonly world: HostWorld
  #version = 1

  constructor(world: HostWorld) {
    this.world = world
  }

  async publishOn(nodes: readonly string[]): Promise<void> {
    const { ledgers } = this.world
    await ledgers.done('service-create', { id: 'trade', framework: 'fabric', nodes: [...nodes] })
    const books = { service: 'trade', name: 'books', package: 'preset:key-value', sequence: 1 }
    await ledgers.done('contract-define', books)
    await this.ready(...nodes)
    // Peers tell each other within seconds which contracts they have.
    const [node = ''] = nodes
    const isWritten = async () => this.set(node, 'first').then(() => true)
    await eventually(isWritten, (done) => done, limitMs)
  }

  async moveTo(...nodes: readonly string[]): Promise<void> {
    const wanted = { id: 'trade', expect: this.#version++, nodes: [...nodes] }
    await this.world.ledgers.done('service-update', wanted)
  }

  /** Settles when nothing waits on these nodes. */
  async ready(...nodes: readonly string[]): Promise<void> {
    const waiting = async () => nodes.map((one) => this.world.host(one).waitsFor('trade', 'books'))
    await eventually(waiting, (said) => said.every((one) => one === undefined), limitMs)
  }

  get channel() {
    const channel = readChannel(this.world.ledgers.ledger, 'trade')
    assert(channel, 'it is open')
    return channel
  }

  async set(node: string, key: string): Promise<void> {
    await this.#books(node).submitTransaction('set', book(key, 'x'))
  }

  async history(node: string, key: string): Promise<unknown[]> {
    return JSON.parse(text(await this.#books(node).evaluateTransaction('getHistory', key)))
  }

  #books(node: string) {
    return this.world.contract(node, 'trade', 'books')
  }

  /** Settles when these have the same last block, which so many orderers have signed. */
  async agree(nodes: readonly string[], signersMin: number): Promise<void> {
    const blocks = () => Promise.all(nodes.map((one) => this.world.lastBlock(one, 'trade')))
    const hashes = (all: readonly common.Block[]) =>
      new Set(
        all.map((one) => blockHash(one.getHeader() ?? new common.BlockHeader()).toString('hex')),
      )
    const [block] = await eventually(blocks, (all) => hashes(all).size === 1, limitMs)
    const [signatures = new Uint8Array()] = block?.getMetadata()?.getMetadataList_asU8() ?? []
    const signed = common.Metadata.deserializeBinary(signatures).getSignaturesList()
    assert.ok(signed.length >= signersMin, `${signed.length} signed`)
  }

  /** Who orders, as the settings of the channel have it. */
  async orderers(node: string): Promise<common.Consenter.AsObject[]> {
    const system = this.world.contract(node, 'trade', 'cscc')
    const bytes = await system.evaluateTransaction('GetChannelConfig', channelName('trade'))
    const config = common.Config.deserializeBinary(bytes)
    const values = config.getChannelGroup()?.getGroupsMap().get('Orderer')?.getValuesMap()
    const mapping = common.Orderers.deserializeBinary(
      values?.get('Orderers')?.getValue_asU8() ?? '',
    )
    return mapping.getConsenterMappingList().map((one) => one.toObject())
  }
}

const text = (bytes: Uint8Array) => Buffer.from(bytes).toString('utf8')
