import { actIdentity, CodedError, fromUtf8, sha256, toHex, utf8 } from '@openbsn/sdk'
import type { Call, CallOutcome, CallStatus, Framework, Question } from '../frameworks/framework.ts'
import type { JsonObject, JsonValue } from '../kernel/json.ts'
import { MemoryEvents } from './memory-events.ts'

/** A contract that keeps one text: `get`, `set(text)`, and `fail(reason)`, which reverts. */
type Box = {
  readonly name: string
  readonly address: string
  readonly source?: JsonObject
  readonly template?: string
  text: string
}

type Act = Pick<Call, 'service' | 'credential' | 'id'>
type Known = { readonly content: string; readonly outcome: CallOutcome }
type Sent = JsonObject & { readonly hash: string }

export type MemoryContracts = Framework & {
  /** Awaited by every `submit` before it has an effect: tests hold calls there. */
  gate: Promise<void>
  /** Transactions so far. */
  readonly count: number
  /** While false, transactions have no proofs yet. */
  isProving: boolean
  /** Thrown by the next `submit`, after the effect where it is of a fate that is unknown. */
  fault: CodedError | undefined
}

/**
 * The port for EVM without a chain, for what stands in front of it: contracts in memory whose calls
 * have one effect for each id, are rejected, and are pending while they are held. Nothing is
 * compiled, and nothing signed. Contracts are found by their names too, and transactions without
 * 0x, as channels of Fabric have them.
 */
export function createMemoryContracts(ledger: string): MemoryContracts {
  const world = new World()
  const acts = new Map<string, Known>()
  const underWay = new Map<string, Promise<CallOutcome>>()
  const nameOf = ({ service, credential: by, id }: Act) =>
    toHex(actIdentity({ ledger, service, by, id }))

  async function run(call: Call, act: string): Promise<CallOutcome> {
    await framework.gate
    const { fault } = framework
    framework.fault = undefined
    if (fault && fault.code !== 'CALL_FATE_UNKNOWN') throw fault
    const outcome = world.run(call, act)
    acts.set(act, { content: contentOf(call), outcome })
    if (fault) throw fault
    return outcome
  }

  async function submitOne(call: Call): Promise<CallOutcome> {
    if (call.function !== 'deploy' && call.function !== 'send') throw unknownFunction(call.function)
    const act = nameOf(call)
    await underWay.get(act)?.catch(() => undefined)
    const known = acts.get(act)
    if (known?.outcome.state === 'committed') return repeatOf(known.outcome, known.content, call)
    const made = run(call, act)
    underWay.set(act, made)
    return made.finally(() => underWay.delete(act))
  }

  async function status(act: Act): Promise<CallStatus> {
    if (underWay.has(nameOf(act))) return { state: 'pending' }
    return acts.get(nameOf(act))?.outcome ?? { state: 'not_sent' }
  }

  const framework: MemoryContracts = {
    ...{ name: 'evm', gate: Promise.resolve(), isProving: true, fault: undefined },
    events: world.events,
    get count() {
      return world.count
    },
    submit: (calls) => Promise.all(calls.map(submitOne)),
    query: async (service, question) => world.answer(service, question),
    status,
    receipts: (service, hash) =>
      framework.isProving && world.has(service, hash) ? [utf8(`proof of ${hash}`)] : [],
    unhealthy: () => undefined,
  }
  return framework
}

const contentOf = ({ function: name, args }: Call) => JSON.stringify([name, args])

function repeatOf(
  outcome: Extract<CallOutcome, { readonly state: 'committed' }>,
  content: string,
  call: Call,
): CallOutcome {
  if (content === contentOf(call)) return { ...outcome, isRepeat: true }
  const detail = 'The same id was used for another call.'
  return { state: 'rejected', code: 'ACT_ID_CONFLICT', detail }
}

const unknownFunction = (name: string) =>
  new CodedError('FUNCTION_UNKNOWN', `There is no function ${name}.`)
const rejected = (code: string, detail: string): CallOutcome => ({
  state: 'rejected',
  code,
  detail,
})
const hashOf = (text: string) => `0x${toHex(sha256(utf8(text)))}`
const addressOf = (text: string) => hashOf(text).slice(0, 42)

const abi = [
  { type: 'function', name: 'get', stateMutability: 'view', inputs: [], outputs: ['string'] },
  { type: 'function', name: 'set', stateMutability: 'nonpayable', inputs: ['string'] },
  { type: 'function', name: 'fail', stateMutability: 'nonpayable', inputs: ['string'] },
]
const templates = [
  {
    ...{ name: 'box', title: 'A box', description: 'Keeps one text.' },
    args: [{ name: 'text', type: 'string', description: 'What it keeps at first.' }],
  },
]

/** Contracts and transactions of all services. */
class World {
  readonly events = new MemoryEvents((service, key) => this.#find(service, key)?.name ?? key)
  readonly #boxes = new Map<string, Map<string, Box>>()
  readonly #transactions = new Map<string, Sent & { readonly service: string }>()

  get count(): number {
    return this.#transactions.size
  }

  has(service: string, hash: string): boolean {
    return this.#sent(hash)?.service === service
  }

  #sent(hash: string) {
    return this.#transactions.get(hash.startsWith('0x') ? hash : `0x${hash}`)
  }

  #boxesOf(service: string): Map<string, Box> {
    const found = this.#boxes.get(service) ?? new Map<string, Box>()
    this.#boxes.set(service, found)
    return found
  }

  #boxesByName(service: string): Box[] {
    return [...this.#boxesOf(service).values()].toSorted((a, b) => (a.name < b.name ? -1 : 1))
  }

  #find(service: string, contract: JsonValue | undefined): Box | undefined {
    const boxes = this.#boxesOf(service)
    const wanted = String(contract)
    return boxes.get(wanted) ?? [...boxes.values()].find(({ address }) => address === wanted)
  }

  run(call: Call, act: string): CallOutcome {
    const { service, credential, function: name, args } = call
    if (name === 'deploy') return this.#deploy(call, act)
    const from = addressOf(credential)
    if (typeof args.raw === 'string') {
      if (args.raw.length < 16) return rejected('ARGUMENT_INVALID', 'raw: this is no transaction.')
      return this.#commit(call, hashOf(args.raw), { from, gasUsed: '21000', events: [] })
    }
    const box = this.#find(service, args.to ?? args.contract)
    if (!box) return rejected('CONTRACT_NOT_FOUND', `There is no contract ${args.to}.`)
    const sent = { from, to: box.address, gasUsed: '30000' }
    if (args.function === undefined) return this.#commit(call, hashOf(act), { ...sent, events: [] })
    const [text = ''] = Array.isArray(args.args) ? args.args : []
    if (args.function === 'fail') return rejected('CHAIN_REFUSED', `reverted: ${text}`)
    if (args.function !== 'set') return rejected('FUNCTION_UNKNOWN', 'It has get, set and fail.')
    box.text = String(text)
    const changed = { contract: box.name, event: 'Changed', args: { text } }
    return this.#commit(call, hashOf(act), { ...sent, events: [changed] })
  }

  #deploy(call: Call, act: string): CallOutcome {
    const { service, args } = call
    if (args.template !== undefined && args.template !== 'box') {
      return rejected('ARGUMENT_INVALID', 'template: there is box alone.')
    }
    const boxes = this.#boxesOf(service)
    const name = String(args.name ?? `box-${boxes.size + 1}`)
    if (boxes.has(name)) return rejected('ARGUMENT_INVALID', `name: ${name} is taken.`)
    const [text = ''] = Array.isArray(args.args) ? args.args : []
    const address = addressOf(act)
    boxes.set(name, {
      ...{ name, address, text: String(text) },
      ...(args.sources === undefined ? {} : { source: sourceOf(args, args.contract) }),
      ...(args.template === undefined ? {} : { template: 'box' }),
    })
    const from = addressOf(call.credential)
    const done = { from, gasUsed: '50000', events: [] }
    return this.#commit(call, hashOf(act), { name, address, ...done })
  }

  #commit({ service, credential }: Call, transaction: string, result: JsonObject): CallOutcome {
    const height = this.#transactions.size + 1
    const place = { transaction, height, time: 1_700_000_000 + height }
    const { from = addressOf(credential), to, address } = result
    const about = { ...(to ? { to } : {}), ...(address ? { created: address } : {}) }
    const where = { height, time: place.time, from, ...about }
    const sent = { hash: transaction, state: 'committed', ...where }
    this.#transactions.set(transaction, { ...sent, service })
    const events = Array.isArray(result.events) ? (result.events as JsonObject[]) : []
    for (const event of events) this.events.add({ service, issuer: String(from), place, event })
    return { state: 'committed', place, isRepeat: false, result }
  }

  answer(service: string, { function: name, args, credential = '' }: Question): JsonValue {
    const plain: Readonly<Record<string, () => JsonValue>> = {
      contracts: () => ({ contracts: this.#boxesByName(service).map(listed) }),
      templates: () => ({ templates }),
      compile: () => compiled(args),
      account: () => ({ address: addressOf(credential), balance: '0', nonce: 0 }),
      transaction: () => this.#transaction(service, String(args.hash)),
      register: () => this.#register(service, args),
      events: () => this.#told(service, args),
    }
    const found = this.#find(service, args.contract ?? args.to)
    return plain[name]?.() ?? (name === 'transaction' ? null : ofBox(found, name, args))
  }

  #told(service: string, { contract, before, limit }: JsonObject): JsonValue {
    const name = this.#find(service, contract)?.name
    if (name === undefined) return null
    const all = this.events.of(service, name).toReversed()
    const older = all.filter(({ position }) => position < Number(before ?? all.length + 1e9))
    const shown = older.slice(0, Number(limit))
    const [last] = shown.slice(-1)
    const events = shown.map(({ place, issuer, payload }) => {
      const { contract: _, ...told } = JSON.parse(fromUtf8(payload) ?? '') as JsonObject
      const more = { logIndex: 0, from: issuer, topics: [], data: '0x' }
      return { ...told, ...place, ...more }
    })
    return { events, ...(last && older.length > shown.length ? { next: last.position } : {}) }
  }

  #transaction(service: string, hash: string): JsonValue {
    const sent = this.#sent(hash)
    if (sent?.service !== service) return null
    const { service: _, ...transaction } = sent
    return transaction
  }

  #register(service: string, { name, address }: JsonObject): JsonValue {
    const box = { name: String(name), address: String(address), text: '' }
    this.#boxesOf(service).set(box.name, box)
    return shown(box, {})
  }
}

function ofBox(found: Box | undefined, name: string, args: JsonObject): JsonValue {
  if (name === 'contract' || name === 'verify') return found ? shown(found, args) : null
  if (!found) throw new CodedError('CONTRACT_NOT_FOUND', `There is no contract ${args.to}.`)
  if (name === 'openapi') return { openapi: '3.1.0', servers: [{ url: args.base ?? '' }] }
  if (name === 'client') return { text: `export const base = ${JSON.stringify(args.base)}\n` }
  if (name === 'call' && args.function === 'get') return { result: found.text }
  if (name === 'estimate' && args.function === 'set') return { gas: '30000' }
  throw unknownFunction(name === 'call' || name === 'estimate' ? String(args.function) : name)
}

const sourceOf = ({ sources = {} }: JsonObject, contract: JsonValue = 'Box'): JsonObject => ({
  ...{ sources, contract, compiler: '0.0.0' },
})

const compiled = ({ sources = {} }: JsonObject): JsonObject => ({
  ...{ name: 'Box', file: 'Box.sol', abi, bytecode: '0x60', compiler: '0.0.0' },
  ...{ warnings: [], sources },
})

function listed({ name, address, source, template }: Box): JsonObject {
  return {
    ...{ name, address, hasSource: source !== undefined },
    ...(source === undefined ? {} : { verified: 'exact' }),
    ...(template === undefined ? {} : { template }),
  }
}

function shown(box: Box, args: JsonObject): JsonObject {
  const source = args.sources === undefined ? box.source : sourceOf(args, args.main)
  const known = source === undefined ? {} : { source }
  return { ...listed({ ...box, ...known }), abi, ...known }
}
