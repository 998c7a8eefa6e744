import { join } from 'node:path'
import { actIdentity, verifyTransactionProof } from '@openbsn/sdk'
import type { Abi, Hex } from 'viem'
import { createKeyEncryption } from '../crypto/key-encryption.ts'
import { findEngine } from '../engines/find-engine.ts'
import { recipeOf } from '../engines/recipes.ts'
import { hexOf } from '../frameworks/blocks/hex.ts'
import { tagged } from '../frameworks/evm/act-tag.ts'
import type { Chain, ChainCall, Chains } from '../frameworks/evm/chain.ts'
import { ask } from '../frameworks/evm/chain-rpc.ts'
import { chainWithSend } from '../frameworks/evm/chain-with-send.ts'
import { decodeEvent, encodeCall } from '../frameworks/evm/contracts/abi.ts'
import { createCompiler } from '../frameworks/evm/contracts/compile.ts'
import type { CompiledContract } from '../frameworks/evm/contracts/compiled-contract.ts'
import { evmError } from '../frameworks/evm/errors.ts'
import { inputHash } from '../frameworks/evm/evm-call.ts'
import { eventContentType } from '../frameworks/evm/evm-events.ts'
import { createSandboxChains } from '../frameworks/evm/sandbox/sandbox-chains.ts'
import type { Call, Framework } from '../frameworks/framework.ts'
import {
  type FrameworkWorld,
  idOf,
  never,
  type Put,
  type Writer,
} from '../frameworks/world-contract.ts'
import { createLogger } from '../gateway/logger.ts'
import { assert } from '../kernel/assert.ts'
import { systemClock } from '../kernel/clock.ts'
import type { JsonObject, JsonValue } from '../kernel/json.ts'
import { Projection } from '../ledger/projection/projection.ts'
import { type OpenEvm, openEvm } from '../node/open-evm.ts'
import { FaultyLine } from './faulty-line.ts'
import { testFolder } from './folder.ts'
import { credentialOf, keyOf, LedgerWorld } from './ledger-world.ts'
import { namedSigner } from './named-signer.ts'

const nodeNames = ['node 1', 'node 2']
/** Contracts of each service: texts are put into the one of their key. */
const keys = ['key-a', 'key-b', 'key-0', 'key-1', 'key-2'] as const

const notes = `// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.20;

contract Notes {
    event Note(string text);
    event OddNote(string text);

    string public latest;

    function put(string calldata text, bool isOdd) external {
        require(bytes(text).length > 0, "nothing to put");
        latest = text;
        if (isOdd) emit OddNote(text);
        else emit Note(text);
    }
}
`

/** Chains that are reached over a line. */
function chainsOver(line: FaultyLine, chains: Chains): Chains {
  const known = new Map<string, Chain>()
  return {
    engine: chains.engine,
    isFailing: () => chains.isFailing(),
    of: (service) => {
      const chain = chains.of(service)
      if (!chain) return undefined
      const between =
        known.get(service) ?? chainWithSend(chain, (call) => sendOver(line, chain, call))
      known.set(service, between)
      return between
    },
    close: async () => undefined,
  }
}

async function sendOver(line: FaultyLine, chain: Chain, call: ChainCall): Promise<Buffer> {
  if (line.isCut) {
    throw evmError('CHAIN_UNAVAILABLE', 'The line to the chain is cut.', { retryable: true })
  }
  const send = () => chain.send(call)
  if (!String(call.body).includes('eth_sendRawTransaction')) return send()
  return line.handOver(send, () => evmError('CHAIN_FATE_UNKNOWN', 'The line to the chain was cut.'))
}

/**
 * Two city nodes that follow the chains of two services of a real ledger: `flights`, where the
 * credential `c1` writes, and `sensors` for `c2`. Each service has a chain on a real engine with a
 * contract for each key.
 */
export class EvmWorld implements FrameworkWorld {
  readonly writers = [
    { service: 'flights', credential: 'c1' },
    { service: 'sensors', credential: 'c2' },
  ] as const
  readonly contentTypes = {
    usual: eventContentType('Note'),
    other: eventContentType('OddNote'),
  }
  readonly ledgers: LedgerWorld
  readonly #folder = testFolder()
  readonly #line = new FaultyLine()
  #chains: Chains | undefined
  #projection: Projection | undefined
  #nodes: readonly OpenEvm[] = []
  #abi: Abi = []
  #isBroken = false

  private constructor(ledgers: LedgerWorld) {
    this.ledgers = ledgers
  }

  static async create(): Promise<EvmWorld> {
    const ledgers = await LedgerWorld.create({
      environment: 'sandbox',
      onBlock: ({ firstIndex }, entries) => {
        world.#projection?.offer(firstIndex, entries)
        for (const node of world.#nodes) node.committed(firstIndex, entries)
      },
    })
    const world = new EvmWorld(ledgers)
    for (const { outcome } of await ledgers.ledger.submit(await setUp(world))) {
      assert(outcome === 'appended', 'the world is set up')
    }
    world.#start()
    try {
      await world.#deploy()
    } catch (error) {
      await world.close()
      throw error
    }
    return world
  }

  get node(): Framework {
    return this.#nodeAt(0).framework
  }

  get other(): Framework {
    return this.#nodeAt(1).framework
  }

  #nodeAt(place: number): OpenEvm {
    const node = this.#nodes[place]
    assert(node !== undefined, 'the nodes run')
    return node
  }

  #start(): void {
    const { ledger } = this.ledgers
    const size = () => ledger.head.firstIndex + ledger.head.count
    const source = { size, entriesFrom: (from: number) => ledger.store.entriesFrom(from) }
    const onFailure = (error: Error) => this.ledgers.failures.push(error)
    const { path } = this.#folder
    this.#projection = new Projection({ folder: join(path, 'lists') }, { source, onFailure })
    this.#line.mend()
    this.#chains = createSandboxChains(
      { folder: join(path, 'chains'), ledger: ledger.id },
      {
        isEvm: (service) => this.writers.some((writer) => writer.service === service),
        clock: systemClock,
        findAnvil: async () => (await findEngine({ recipe: recipeOf('anvil'), cache: path })).path,
        onNotice: () => undefined,
      },
    )
    this.#nodes = nodeNames.map((name) => this.#open(name, chainsOver(this.#line, this.chains)))
  }

  #open(name: string, chains: Chains): OpenEvm {
    const { ledger, clock } = this.ledgers
    return openEvm(
      { file: join(this.#folder.path, `${name}.sqlite`) },
      {
        ...{ ledger, lists: this.projection, chains, clock, logger: silent },
        keys: createKeyEncryption(new Uint8Array(32)),
        operator: { id: 'admin', signer: namedSigner(name) },
        node: () => undefined,
        isStopped: () => this.#isBroken,
      },
    )
  }

  get chains(): Chains {
    assert(this.#chains !== undefined, 'the chains are open')
    return this.#chains
  }

  get projection(): Projection {
    assert(this.#projection !== undefined, 'the lists are open')
    return this.#projection
  }

  /** The contracts, known to both nodes by the names of their keys. */
  async #deploy(): Promise<void> {
    const { abi, bytecode } = await compiledNotes()
    this.#abi = abi
    for (const writer of this.writers) {
      const calls = keys.map((name): Call => {
        const args = { name, abi: abi as unknown as JsonValue, bytecode }
        return { ...writer, function: 'deploy', args, id: idOf(`deploy ${name}`) }
      })
      for (const outcome of await this.node.submit(calls, never)) {
        assert(outcome.state === 'committed', `deployed: ${JSON.stringify(outcome)}`)
        const args = { ...outcome.result, abi } as unknown as JsonObject
        const { name, address } = args
        const known = { name, address, abi: abi as unknown as JsonValue } as JsonObject
        await this.other.query(writer.service, { function: 'register', args: known })
      }
    }
  }

  put({ service, credential }: Writer, { id, key, text, contentType }: Put): Call {
    const args = [text, contentType === this.contentTypes.other]
    const call = { to: key, function: 'put', args }
    return { service, credential, function: 'send', args: call, id }
  }

  /** It is reverted. */
  rejectedCall(id: Uint8Array): Call {
    return this.put(this.writers[0], { id, key: 'key-a', text: '' })
  }

  async catchUp(node: Framework): Promise<void> {
    for (const writer of this.writers) await node.status({ ...writer, id: idOf('nobody sent it') })
  }

  async issuerOf({ service, credential }: Writer): Promise<string> {
    const asked = { function: 'account', args: {}, credential }
    return String(((await this.node.query(service, asked)) as JsonObject).address)
  }

  async get(node: Framework, { service }: Writer, key: string): Promise<string | undefined> {
    if (!keys.some((one) => one === key)) return undefined
    const args = { to: key, function: 'latest' }
    const { result } = (await node.query(service, { function: 'call', args })) as JsonObject
    return String(result)
  }

  /** As the chain itself has it. */
  async list(node: Framework, { service }: Writer, key?: string): Promise<string[]> {
    const chain = this.chains.of(service)
    assert(chain !== undefined, 'the service has a chain')
    const filter = { fromBlock: '0x0', toBlock: 'latest', ...(await addressIn(node, service, key)) }
    const logs = (await ask(chain, 'eth_getLogs', [filter], { signal: never })) as Log[]
    return logs.map((log) => String(decodeEvent(this.#abi, log)?.args.text))
  }

  async restart(): Promise<void> {
    await this.#close()
    await this.ledgers.reopen()
    this.#start()
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
    assert(proven.transaction === transaction, 'the proof is of that transaction')
    assert(proven.service === call.service && proven.status === 1, 'of that service, and done')
    const { service, credential, id, args } = call
    const act = { ledger: this.ledgers.id, service, by: credential, id }
    const data = encodeCall(this.#abi, 'put', args.args ?? [])
    const input = inputHash(tagged(data, actIdentity(act)))
    assert(proven.input === hexOf(input), 'the transaction has what was put')
  }

  async #close(): Promise<void> {
    for (const node of this.#nodes) await node.close()
    this.#nodes = []
    await this.chains.close()
    await this.projection.close()
  }

  async close(): Promise<void> {
    await this.#close()
    await this.ledgers.remove()
    this.#folder.remove()
    assert(this.ledgers.failures.length === 0, 'nothing failed')
  }
}

let compiled: Promise<CompiledContract> | undefined

/** Once for all worlds of a process. */
function compiledNotes(): Promise<CompiledContract> {
  const compiler = createCompiler()
  const input = { sources: { 'Notes.sol': notes } }
  compiled ??= compiler.compile(input, never).finally(() => compiler.close())
  return compiled
}

type Log = { readonly topics: readonly Hex[]; readonly data: Hex }

async function addressIn(node: Framework, service: string, contract: string | undefined) {
  if (contract === undefined) return {}
  const shown = await node.query(service, { function: 'contract', args: { contract } })
  return { address: String((shown as JsonObject).address) }
}

/** Keys of the operators, services and credentials. */
function setUp({ ledgers, writers }: EvmWorld): Promise<Uint8Array[]> {
  const made = nodeNames.map((name) => ledgers.act('operator-key-register', { key: keyOf(name) }))
  const services = writers.flatMap(({ service, credential }) => [
    ledgers.act('service-create', { id: service, framework: 'evm', keyMode: 'key-trust' }),
    ledgers.act('credential-create', credentialOf(credential, { service, operators: ['admin'] })),
  ])
  return Promise.all([...made, ...services])
}

const silent = createLogger(
  { service: 'bsn', node: 'test' },
  { stream: { write: () => undefined } },
)
