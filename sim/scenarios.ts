import {
  type CborValue,
  encodeCbor,
  type Signer,
  signStatement,
  thumbprint,
  utf8,
} from '@openbsn/sdk'
import { findKey } from '../src/ledger/modules/keys.ts'
import { readService } from '../src/services/service-state.ts'
import { namedSigner } from '../src/testing/named-signer.ts'
import { NetStatements } from '../src/testing/net-statements.ts'
import { type Continent, cities, continents } from './cities.ts'
import {
  directoryOf,
  factsOf,
  gatewayOf,
  gatewaysNear,
  operatorKey,
  operatorSigner,
} from './directory.ts'
import type { Place } from './network.ts'
import { type Sending, SimClient } from './sim-client.ts'
import type { SimNode } from './sim-node.ts'
import type { World } from './world.ts'

/** How often one looks whether what it builds on is registered. */
const lookMs = 250

/** What is done to a simulated network: each ends in virtual time, and says what came of it. */
export class Scenarios {
  readonly world: World
  readonly sendings: Sending[] = []
  readonly clients: SimClient[] = []
  readonly #say: NetStatements
  /** What will be sent. */
  #planned = 0
  #acts = 0
  #records = 0

  constructor(world: World) {
    this.world = world
    this.#say = new NetStatements(world.ledger, () => world.nowSeconds)
  }

  /** Lets time pass until everything that was sent is settled, and all nodes agree. */
  async settle(limitMs: number): Promise<boolean> {
    const isSettled = () => this.#planned === 0 && this.open.length === 0 && this.world.isAgreed
    await this.world.queue.run(limitMs, isSettled)
    return isSettled()
  }

  /** What is not answered yet. */
  get open(): Sending[] {
    return this.sendings.filter(({ endMs }) => endMs === undefined)
  }

  /** Sends through `client` what is in `at` ms. */
  #plan(at: number, client: SimClient, statement: () => Promise<Uint8Array>): void {
    this.#planned++
    this.world.queue.after(at, async () => {
      this.#planned--
      this.sendings.push(client.send(await statement()))
    })
  }

  /** A client that knows a node, and those around it, before there is a directory. */
  #clientAt(node: SimNode): SimClient {
    const { nodes } = this.world
    const near = nodes
      .map((one) => ({ one, ms: this.world.network.latencyMs(node.city, one.city) }))
      .sort((a, b) => a.ms - b.ms)
    const place = { ...node.city }
    return new SimClient(
      this.world,
      place,
      near.map(({ one }) => gatewayOf(one.id)),
    )
  }

  /**
   * The member makes a service, and registers the operators' keys; then each node says through
   * itself where it is, one after the other within `spanMs`.
   */
  async registerNodes(spanMs: number): Promise<void> {
    const { nodes, queue } = this.world
    const [first] = nodes
    if (!first) return
    const member = this.#clientAt(first)
    const [service, credential] = await this.#say.settling()
    if (service && credential) {
      this.#plan(0, member, async () => service)
      this.#planned++
      queue.after(lookMs, () => this.#registerCredential(first, credential))
    }
    for (const continent of continents) {
      const key = { key: operatorKey(continent) }
      this.#plan(0, member, () => this.#act('operator-key-register', key))
    }
    nodes.forEach((node, i) => {
      this.#planned++
      queue.after((spanMs * i) / nodes.length, () => this.#registerNode(node))
    })
    await queue.run(spanMs)
  }

  /** As soon as the node's ledger has the service that it is for. */
  #registerCredential(node: SimNode, credential: Uint8Array): void {
    if (node.isUp && readService(node.ledger.store, 'flights')) {
      this.#planned--
      this.#plan(0, this.#clientAt(node), async () => credential)
    } else this.world.queue.after(lookMs, () => this.#registerCredential(node, credential))
  }

  /** As soon as its own ledger has its key, as a node does that joined. */
  #registerNode(node: SimNode): void {
    const signer = operatorSigner(node.city.continent)
    if (node.isUp && findKey(node.ledger.store, thumbprint(signer.key))) {
      const client = this.#clientAt(node)
      this.#planned--
      this.#plan(0, client, () => this.#act('node-register', factsOf(node), signer))
    } else this.world.queue.after(lookMs, () => this.#registerNode(node))
  }

  #act(
    type: string,
    payload: Record<string, CborValue>,
    signer: Signer = namedSigner('member'),
  ): Promise<Uint8Array> {
    const now = this.world.nowSeconds
    const claims = { iss: 'admin', sub: 'bsn:alliance', aud: this.world.ledger, iat: now }
    const input = {
      contentType: `application/vnd.openbsn.${type}+cbor`,
      claims: { ...claims, exp: now + 600, cti: utf8(`sim act ${this.#acts++}`) },
      payload: encodeCbor(new Map(Object.entries(payload))),
    }
    return signStatement(input, signer)
  }

  /** Clients near cities by chance; each knows what the directory of its nearest node has. */
  addClients(count: number): SimClient[] {
    const { prng, nodesUp } = this.world
    const added = Array.from({ length: count }, () => {
      const place = nearCity(() => prng.int(-1000, 1000) / 1000, prng.int(0, cities.length - 1))
      const [teacher] = nodesUp.toSorted(
        (a, b) =>
          this.world.network.latencyMs(place, a.city) - this.world.network.latencyMs(place, b.city),
      )
      const directory = teacher ? directoryOf(teacher) : []
      return new SimClient(this.world, place, gatewaysNear(place, directory))
    })
    this.clients.push(...added)
    return added
  }

  /** Records, one after the other within `spanMs`, from clients by chance. */
  sendRecords(count: number, spanMs: number): void {
    const { prng } = this.world
    for (let i = 0; i < count; i++) {
      const client = this.clients[prng.int(0, this.clients.length - 1)]
      const text = `record ${this.#records++}`
      if (client) this.#plan((spanMs * i) / count, client, () => this.#say.record(text))
    }
  }
}

/** Up to a degree from a city: outside it, on land or not. */
function nearCity(chance: () => number, index: number): Place {
  const {
    latitude = 0,
    longitude = 0,
    continent = 'Asia' satisfies Continent,
  } = cities[index] ?? {}
  return { latitude: latitude + chance(), longitude: longitude + chance(), continent }
}
