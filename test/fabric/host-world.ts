import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Contract } from '@hyperledger/fabric-gateway'
import { common } from '@hyperledger/fabric-protos'
import { createFabricHost, type FabricHost } from '../../src/frameworks/fabric/host/fabric-host.ts'
import { channelName } from '../../src/frameworks/fabric/host/service-channel.ts'
import { Archives } from '../../src/frameworks/fabric/packages/archives.ts'
import { assert } from '../../src/kernel/assert.ts'
import { systemClock } from '../../src/kernel/clock.ts'
import { fabricLedger } from '../../src/node/fabric-ledger.ts'
import { fabricPrograms } from '../../src/testing/fabric-network.ts'
import { freePorts } from '../../src/testing/free-ports.ts'
import { keyOf, LedgerWorld } from '../../src/testing/ledger-world.ts'
import { namedSigner } from '../../src/testing/named-signer.ts'

const portNames = [
  ...['ca', 'peer', 'contracts', 'orderer', 'orderer admin', 'bft orderer', 'bft orderer admin'],
  'contract preset:key-value',
]
const place = { city: 'Roma', country: 'IT', latitude: 1, longitude: 2, software: 'x' }
const daySeconds = 86_400

/** A host of Fabric, and how far its clock is ahead. */
type Hosting = { readonly host: FabricHost; aheadDays: number }

/**
 * Hosts of Fabric as city nodes have them, of one member, over a real ledger in this process: all
 * that is real of them runs in peers, orderers and contracts of their own.
 */
export class HostWorld {
  readonly ledgers: LedgerWorld
  readonly #hosts = new Map<string, Hosting>()
  readonly #programs: Awaited<ReturnType<typeof fabricPrograms>>

  private constructor(ledgers: LedgerWorld, programs: Awaited<ReturnType<typeof fabricPrograms>>) {
    this.ledgers = ledgers
    this.#programs = programs
  }

  static async create(nodes: readonly string[]): Promise<HostWorld> {
    const programs = await fabricPrograms()
    const onBlock = () => {
      for (const { host } of world.#hosts.values()) host.touched()
    }
    const now = systemClock.nowSeconds()
    const world: HostWorld = new HostWorld(await LedgerWorld.create({ now, onBlock }), programs)
    await world.ledgers.done('operator-key-register', { key: keyOf('operator') })
    for (const id of nodes) {
      const gateway = `https://${id}.example.org`
      await world.ledgers.done('node-register', { id, ...place, gateway, frameworks: ['fabric'] })
      await world.#add(id)
    }
    return world
  }

  async #add(id: string): Promise<void> {
    const folder = this.ledgers.folder.file(id)
    await mkdir(folder)
    const own = await freePorts(portNames.length)
    const ports = Object.fromEntries(portNames.map((name, at) => [name, own[at]]))
    await writeFile(join(folder, 'ports.json'), JSON.stringify(ports))
    const operator = { id: 'admin', signer: namedSigner('operator') }
    const { ledger, clock } = this.ledgers
    const node = () => id
    const aheadSeconds = () => (this.#hosts.get(id)?.aheadDays ?? 0) * daySeconds
    const host = createFabricHost(
      { folder, host: '127.0.0.1', env: {} },
      {
        ledger: fabricLedger({ ledger, operator, node, clock }),
        ...{ node, findPrograms: async () => this.#programs },
        clock: { nowSeconds: () => systemClock.nowSeconds() + aheadSeconds() },
        nowMs: () => performance.now(),
        archives: new Archives(join(folder, 'archives')),
        ...{ onNotice: () => undefined, onHosted: () => undefined },
      },
    )
    this.#hosts.set(id, { host, aheadDays: 0 })
  }

  /** Time passes at one node. */
  moveOn(id: string, days: number): void {
    const hosting = this.#hosts.get(id)
    assert(hosting !== undefined, `${id} is a node`)
    hosting.aheadDays = days
    hosting.host.touched()
  }

  host(id: string): FabricHost {
    const host = this.#hosts.get(id)?.host
    assert(host !== undefined, `${id} is a node`)
    return host
  }

  /** The contract of a service through the peer of a node. */
  contract(id: string, service: string, name: string): Contract {
    const hosted = this.host(id).hosted(service)
    assert(hosted !== undefined, `${id} hosts ${service}`)
    return hosted.client.network(channelName(service)).getContract(name)
  }

  /** The last block that the peer of a node has. */
  async lastBlock(id: string, service: string): Promise<common.Block> {
    const system = this.contract(id, service, 'qscc')
    const channel = channelName(service)
    const info = await system.evaluateTransaction('GetChainInfo', channel)
    const last = common.BlockchainInfo.deserializeBinary(info).getHeight() - 1
    const block = await system.evaluateTransaction('GetBlockByNumber', channel, String(last))
    return common.Block.deserializeBinary(block)
  }

  /** Ends a program of a node without a word; undefined where it does not run. */
  kill(id: string, name: string): number | undefined {
    const pid = this.pidOf(id, name)
    if (pid !== undefined) process.kill(pid, 'SIGKILL')
    return pid
  }

  /** Of a program, such as `bft-orderer`, which works in a folder of that name. */
  pidOf(id: string, name: string): number | undefined {
    const folder = join(this.ledgers.folder.file(id), name)
    const ids = readdirSync('/proc').filter((one) => /^\d+$/.test(one))
    return ids.map(Number).find((pid) => isChildIn(folder, pid))
  }

  async close(): Promise<void> {
    await Promise.all([...this.#hosts.values()].map(({ host }) => host.close()))
    await this.ledgers.remove()
  }
}

function isChildIn(folder: string, pid: number): boolean {
  try {
    const [, parent] = /\) . (\d+)/.exec(readFileSync(`/proc/${pid}/stat`, 'latin1')) ?? []
    return Number(parent) === process.pid && readlinkSync(`/proc/${pid}/cwd`) === folder
  } catch {
    return false // It has ended meanwhile.
  }
}
