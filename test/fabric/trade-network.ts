import { decodeCbor, fromBase64url } from '@openbsn/sdk'
import { credentialClient } from '../../src/cli/credential-connection.ts'
import { readCredentialFile } from '../../src/cli/credential-file.ts'
import { systemClock } from '../../src/kernel/clock.ts'
import { bsn } from '../cli/bsn.ts'
import { type Document, eventually, NetworkWorld } from '../scenarios/network-world.ts'

/** What the key-value contract takes for a key and its value. */
export const book = (key: string, value: string) =>
  JSON.stringify({ baseKey: key, baseValue: value })

/** Some twenty programs share a machine: what takes 10 s alone is given time. */
export const limitMs = 300_000

/** City nodes with a service of Fabric, `trade`, whose contract `books` keeps values by keys. */
export class TradeNetwork extends NetworkWorld {
  /** An alliance of these nodes, the first of which founded it. */
  async begin([first = '', ...others]: readonly string[]): Promise<void> {
    for (const engine of ['fabric', 'fabric-ca', 'cometbft'])
      await bsn(['engine', 'install', engine])
    const founder = await this.found(first)
    await this.becomeNetwork(founder)
    for (const name of others) {
      await this.join(name, founder)
      await this.upToDate(name)
    }
  }

  /** Settles when both the service and its contract are ready on the nodes that it names. */
  async publishOn(...nodes: readonly string[]): Promise<void> {
    const named = nodes.flatMap((one) => ['--node', one])
    const how = ['--framework', 'fabric', '--key-mode', 'key-trust', ...named]
    await this.does(['service', 'create', 'trade', ...how, ...this.publisher])
    await this.define('books', 'preset:key-value')
    const scopes = ['records:write', 'records:read', 'events:read']
    const allowed = scopes.flatMap((one) => ['--scope', one])
    const desk = ['--service', 'trade', '--label', 'desk', '--api-key', '--out', this.#key]
    const who = ['--operator', 'admin']
    await this.does(['credential', 'create', ...desk, ...allowed, ...who, ...this.publisher])
    await this.ready(...nodes)
  }

  async define(name: string, packaged: string): Promise<void> {
    const what = ['--package', packaged, '--service', 'trade']
    await this.does(['contract', 'define', name, ...what, ...this.publisher])
  }

  /** The publisher names other nodes. */
  async moveTo(...nodes: readonly string[]): Promise<void> {
    const named = nodes.flatMap((one) => ['--node', one])
    await this.does(['service', 'update', 'trade', ...named, ...this.publisher])
  }

  /** Waits until nothing of the service waits on these nodes. */
  async ready(...nodes: readonly string[]): Promise<void> {
    for (const name of nodes) {
      await eventually(
        () => this.contract(name, 'list'),
        (answer) => {
          const contracts = answer.contracts as Document[]
          return contracts.length > 0 && contracts.every(({ waitsFor }) => waitsFor === undefined)
        },
        limitMs,
      )
    }
  }

  /** A command on contracts, through a node. */
  contract(name: string, ...argv: readonly string[]): Promise<Document> {
    const through = ['--credential', this.#key, '--gateway', this.node(name).gateway]
    return this.does(['contract', ...argv, ...through])
  }

  async get(name: string, key: string): Promise<unknown> {
    return (await this.contract(name, 'call', 'books', 'get', '--arg', key)).result
  }

  set(name: string, key: string, value = 'x'): Promise<Document> {
    return this.contract(name, 'send', 'books', 'set', '--arg', book(key, value))
  }

  /** Contracts of the service through a node, in this process. */
  async contractsAt(name: string) {
    const credential = await readCredentialFile(this.#key)
    const at = { gateways: [this.node(name).gateway], clock: systemClock }
    return credentialClient(credential, at).contracts('trade')
  }

  /** An object of the ledger's state, as a node has it. */
  async object(name: string, key: string): Promise<ReadonlyMap<unknown, unknown>> {
    const credential = await readCredentialFile(this.#key)
    const at = { gateways: [this.node(name).gateway], clock: systemClock }
    const { value } = await credentialClient(credential, at).state(key)
    const object = value === null ? undefined : decodeCbor(fromBase64url(value) ?? new Uint8Array())
    return object instanceof Map ? object : new Map()
  }

  get publisher(): readonly string[] {
    return ['--home', this.nodes[0]?.home ?? '']
  }

  get #key(): string {
    return this.file('trade.credential')
  }
}
