import { actIdentity, type CodedError, isCodedError } from '@openbsn/sdk'
import type { Abi, Hex } from 'viem'
import { getAddress } from 'viem'
import type { Refusal } from '../../crypto/check-statement.ts'
import type { JsonObject } from '../../kernel/json.ts'
import { allOutcomes, asRepeat, otherContent } from '../act-outcomes.ts'
import { ActsUnderWay } from '../acts-under-way.ts'
import type { BlockIndex } from '../blocks/block-index.ts'
import { hexOf } from '../blocks/hex.ts'
import type { IndexedTransaction } from '../blocks/indexed-transactions.ts'
import { asRepeatError, fateUnknown, notSent } from '../errors.ts'
import type { Call, CallOutcome, CallStatus } from '../framework.ts'
import type { RawActs } from '../raw-acts.ts'
import type { Accounts } from './accounts/accounts.ts'
import { tagged } from './act-tag.ts'
import { isRefusal, isUnknown, reasonOf, refusable } from './call-refusals.ts'
import type { Chain, Chains } from './chain.ts'
import { type ContractRegistry, nameOfContract, nameTaken } from './contract-registry.ts'
import {
  contentOf,
  inputHash,
  type NewContract,
  type PrepareDeps,
  type PreparedCall,
  prepareCall,
} from './evm-call.ts'
import { eventOf } from './evm-events.ts'
import type { Parties, Screen } from './screen.ts'
import type { Signers } from './signers.ts'
import { StandingCode } from './standing-code.ts'
import { readTransaction } from './transactions/read-transaction.ts'
import type { Sender } from './transactions/sender.ts'

export type EvmActsDeps = PrepareDeps & {
  readonly contracts: ContractRegistry
  readonly rawActs: RawActs
  readonly chains: Chains
  readonly accounts: Accounts
  readonly index: BlockIndex
  readonly screen: Screen
  readonly signers: Signers
  readonly senderOf: (service: string) => Sender
}

type Act = Pick<Call, 'service' | 'credential' | 'id'>

/** One that is under way here, until it is in a block or cannot come into one any more. */
type UnderWay = {
  readonly content: string
  readonly outcome: Promise<CallOutcome>
  /** Undefined where it could not be started. */
  readonly started: Promise<OnItsWay | undefined>
}

/** A transaction on its way; what is told of it may be known before what comes of it. */
type OnItsWay = {
  readonly hashes: () => readonly Hex[]
  readonly dropped: Promise<CodedError>
  readonly handedOver: Promise<unknown>
}

/** So long a caller waits for a block; what comes of it is known later. */
const patienceMs = { sandbox: 30_000, external: 120_000 } as const
const advanceMs = 5000

/**
 * Acts as transactions. Each has one effect, because its identity is in the transaction: every node
 * that follows the chain sees it there. While this process lives none is signed a second time.
 */
export class EvmActs {
  readonly #ledger: string
  readonly #deps: EvmActsDeps
  readonly #refusals = new ActsUnderWay()
  readonly #underWay = new Map<string, UnderWay>()
  readonly #closed = new AbortController()
  readonly #code = new StandingCode()
  /** The last one of each account to be started. */
  readonly #turns = new Map<string, Promise<void>>()

  constructor(ledger: string, deps: EvmActsDeps) {
    this.#ledger = ledger
    this.#deps = deps
  }

  async submit(calls: readonly Call[], signal: AbortSignal): Promise<CallOutcome[]> {
    if (signal.aborted) throw notSent('The request was given up before it was sent.')
    await this.#catchUp(calls, signal)
    const outcomes: Promise<CallOutcome>[] = []
    for (const call of calls) {
      const prepared = await refusable(() => prepareCall(call, this.#deps, signal))
      const outcome =
        'code' in prepared ? this.#refuse(call, prepared) : this.#once(call, prepared, signal)
      outcomes.push(Promise.resolve(outcome))
    }
    return allOutcomes(outcomes)
  }

  async status(act: Act): Promise<CallStatus> {
    const name = this.#nameOf(act)
    const underWay = this.#underWay.get(name)
    if (underWay) return { state: 'pending', ...(await transactionOf(underWay)) }
    const { index, rawActs } = this.#deps
    // What the index has is true even while the chain is away, and may be less than all.
    await index.advance(act.service, AbortSignal.timeout(advanceMs)).catch(() => undefined)
    const raw = rawActs.hashOf(this.#identityOf(act))
    const found = raw
      ? index.transaction(act.service, raw)
      : index.act(act.service, this.#identityOf(act))
    if (found) return this.#outcomeOf(act.service, found)
    const refusal = this.#refusals.refusalOf(name)
    // What another node has under way this one does not know.
    if (!raw && this.#isShared(act.service)) this.#deps.signers.look(act.credential)
    return refusal ? { state: 'rejected', ...refusal } : { state: 'not_sent' }
  }

  /** What is under way is told as of unknown fate. */
  close(): void {
    this.#closed.abort()
  }

  /** Several nodes may reach the chain: a sandbox is on one. */
  #isShared(service: string): boolean {
    return this.#deps.chains.of(service)?.kind === 'external'
  }

  #identityOf({ service, credential, id }: Act): Uint8Array {
    return actIdentity({ ledger: this.#ledger, service, by: credential, id })
  }

  #nameOf(act: Act): string {
    return Buffer.from(this.#identityOf(act)).toString('latin1')
  }

  /** @throws CALL_NOT_SENT */
  async #catchUp(calls: readonly Call[], signal: AbortSignal): Promise<void> {
    const services = new Set(calls.map(({ service }) => service))
    const within = AbortSignal.any([signal, AbortSignal.timeout(advanceMs)])
    try {
      for (const service of services) await this.#deps.index.advance(service, within)
    } catch (cause) {
      throw notSent(`The chain does not answer. ${messageOf(cause)}`, cause)
    }
  }

  #refuse(act: Act, { code, detail }: Refusal): CallOutcome {
    this.#refusals.refuse(this.#nameOf(act), { code, detail })
    return { state: 'rejected', code, detail }
  }

  /** The outcome of an act that is under way, else of one that is made now. */
  #once(call: Call, prepared: PreparedCall, signal: AbortSignal): Promise<CallOutcome> {
    const name = this.#nameOf(call)
    const content = contentOf(prepared)
    const before = this.#underWay.get(name)
    if (before && before.content !== content) return Promise.resolve(otherContent)
    if (before) {
      const again = this.#awaited(call, before.outcome.then(asRepeat), signal)
      return again.catch((error: unknown) => Promise.reject(asRepeatError(error)))
    }
    const repeat = this.#repeated(call, prepared)
    if (repeat) return Promise.resolve(repeat)
    const { service } = call
    const refusal = this.#deps.screen(service, () => this.#partiesOf(call, prepared))
    if (refusal) return Promise.resolve(this.#refuse(call, refusal))
    const { told, ...made } = this.#make(call, prepared, signal)
    const { outcome } = made
    this.#underWay.set(name, { content, ...made })
    const forget = () => this.#underWay.delete(name)
    outcome.then(forget, forget)
    return this.#awaited(call, Promise.race([outcome, told]), signal)
  }

  /** @throws TRANSACTION_INVALID */
  #partiesOf({ service, credential }: Call, prepared: PreparedCall): Parties {
    const { accounts, chains } = this.#deps
    if (prepared.kind === 'raw') {
      return readTransaction(prepared.raw, { chainId: chains.of(service)?.chainId ?? 0 })
    }
    return { from: accounts.of(service, credential).address, to: prepared.effect.to }
  }

  /** As long as the caller has patience. @throws CALL_FATE_UNKNOWN */
  async #awaited(
    { service }: Call,
    outcome: Promise<CallOutcome>,
    signal: AbortSignal,
  ): Promise<CallOutcome> {
    const patience = patienceMs[this.#deps.chains.of(service)?.kind ?? 'sandbox']
    const { promise, reject } = Promise.withResolvers<never>()
    const late = setTimeout(() => reject(fateUnknown('It is in no block yet.')), patience)
    const gone = () => reject(fateUnknown('The request was given up after it was sent.'))
    signal.addEventListener('abort', gone, { once: true })
    try {
      return await Promise.race([outcome, promise])
    } finally {
      clearTimeout(late)
      signal.removeEventListener('abort', gone)
    }
  }

  /** `told` rejects where what becomes of it is not known yet, and never settles otherwise. */
  #make(call: Call, prepared: PreparedCall, signal: AbortSignal) {
    const started = this.#inTurn(call, () => this.#start(call, prepared, signal))
    const told = started.then(({ handedOver }) => handedOver).then(() => new Promise<never>(noop))
    told.catch(noop)
    const outcome = started
      .then((sent) => this.#mined(call.service, sent))
      .then(
        (found) => this.#done(call.service, prepared, found),
        (error: unknown) => this.#failed(call, prepared, error),
      )
    outcome.catch(noop)
    // A refusal is an outcome, and no error.
    const unknown = told.catch((error: unknown) =>
      isUnknown(error) ? Promise.reject(error) : outcome,
    )
    unknown.catch(noop)
    return { outcome, told: unknown, started: started.catch(noop) }
  }

  /** Calls of one account are started in the order in which they came, whatever one waits for. */
  #inTurn<T>({ service, credential }: Call, start: () => Promise<T>): Promise<T> {
    const name = `${service} ${credential}`
    const started = (this.#turns.get(name) ?? Promise.resolve()).then(start)
    const over = started.then(noop, noop)
    this.#turns.set(name, over)
    over.then(() => this.#turns.get(name) === over && this.#turns.delete(name))
    return started
  }

  #done(service: string, prepared: PreparedCall, found: IndexedTransaction): CallOutcome {
    if (prepared.kind === 'deploy') this.#register(service, found, prepared.effect)
    return this.#outcomeOf(service, found)
  }

  /** @throws what is no refusal of the call */
  #failed(call: Call, prepared: PreparedCall, error: unknown): CallOutcome {
    if (!isCodedError(error) || !isRefusal(error)) throw error
    return this.#refuse(call, { code: error.code, detail: reasonOf(error, abiOf(prepared)) })
  }

  /** What the chain has of this act already, by whatever node it was sent. */
  #repeated({ service, credential, id }: Call, prepared: PreparedCall): CallOutcome | undefined {
    const { index, accounts, rawActs, signers } = this.#deps
    const identity = this.#identityOf({ service, credential, id })
    if (prepared.kind === 'raw') {
      const hash = rawActs.keep(identity, prepared.hash)
      if (hash !== prepared.hash) return otherContent
      const found = index.transaction(service, hash)
      return found && asRepeat(this.#outcomeOf(service, found))
    }
    const known = signers.addressOf(credential) ?? accounts.of(service, credential).address
    const own = known.toLowerCase()
    const input = hexOf(inputHash(tagged(prepared.effect.data, identity)))
    // Anybody may put any identity behind a call: what this node sent itself comes first.
    const first =
      index.act(service, identity, ({ from }) => from === own) ??
      index.act(service, identity, (one) => one.input === input) ??
      index.act(service, identity)
    if (!first) return undefined
    const to = prepared.effect.to?.toLowerCase()
    if (first.input !== input || first.to !== to) return otherContent
    if (prepared.kind === 'deploy') this.#register(service, first, prepared.effect)
    return asRepeat(this.#outcomeOf(service, first))
  }

  async #start(call: Call, prepared: PreparedCall, signal: AbortSignal): Promise<OnItsWay> {
    const { service, credential } = call
    const sender = this.#deps.senderOf(service)
    if (prepared.kind === 'raw') {
      const sent = await sender.sendRaw(prepared.raw, signal)
      return { ...sent, handedOver: Promise.resolve() }
    }
    const account = this.#deps.accounts.of(service, credential)
    const { to, value, gas, abi } = prepared.effect
    const { address } = account
    if (this.#isShared(service)) await this.#deps.signers.keep({ service, credential, address })
    const chain = this.#deps.chains.of(service)
    if (chain && to && abi) await this.#code.require(chain, service, to)
    if (chain && prepared.kind === 'deploy') await this.#freeName(chain, service, prepared.effect)
    const data = tagged(prepared.effect.data, this.#identityOf(call))
    return sender.start({ account, to, data, value, gas })
  }

  /** @throws why it comes into no block any more, CALL_FATE_UNKNOWN where the node is stopped */
  async #mined(service: string, sent: OnItsWay): Promise<IndexedTransaction> {
    const over = new AbortController()
    const within = AbortSignal.any([this.#closed.signal, over.signal])
    const dropped = sent.dropped.then((why) => Promise.reject(why))
    const mined = this.#deps.index.waitFor(service, sent.hashes, within)
    try {
      return await Promise.race([mined, dropped])
    } catch (cause) {
      if (isCodedError(cause)) throw cause
      throw fateUnknown('The node was stopped meanwhile.', cause)
    } finally {
      over.abort()
      mined.catch(noop)
      dropped.catch(noop)
    }
  }

  /**
   * @throws CONTRACT_NAME_TAKEN, unless a crash took away the contract that has the name;
   * CALL_NOT_SENT where that cannot be seen
   */
  async #freeName(chain: Chain, service: string, { name }: NewContract): Promise<void> {
    const { contracts } = this.#deps
    const holder = name === undefined ? undefined : contracts.find(service, name)
    if (!holder) return
    // A chain of others loses none, and an address of it that lags behind does not have it yet.
    if (chain.kind === 'external') throw nameTaken(holder)
    try {
      await this.#code.require(chain, service, holder.address)
    } catch (error) {
      if (isCodedError(error) && error.code === 'CONTRACT_MISSING') {
        return contracts.remove(service, holder.name)
      }
      throw notSent(`The chain does not say whether ${holder.name} is there.`, error)
    }
    throw nameTaken(holder)
  }

  /** Keeps a new contract under a name, so that it is called by it. */
  #register(service: string, found: IndexedTransaction, what: NewContract): void {
    if (!found.created || found.status === 0) return
    const { name, contract, abi = [], template, compiled } = what
    const source = compiled && { ...compiled.input, compiler: compiled.compiler }
    this.#deps.contracts.add(service, {
      name: name ?? nameOfContract(contract),
      address: getAddress(found.created),
      abi,
      ...(template === undefined ? {} : { template }),
      ...(source ? { source, verified: 'exact' as const } : {}),
    })
  }

  #outcomeOf(service: string, found: IndexedTransaction): CallOutcome {
    const { hash, height, time, created, status } = found
    if (status === 0) {
      const detail = `It was reverted in block ${height}, as transaction ${hash}.`
      return { state: 'rejected', code: 'CALL_REVERTED', detail }
    }
    const { contracts, index } = this.#deps
    const logs = index.logs
      .ofTransaction(service, hash)
      .map((log) => eventOf(contracts.find(service, log.address), log))
    const known = created && contracts.find(service, created)
    const made = created && { address: getAddress(created), ...(known ? { name: known.name } : {}) }
    const where = {
      from: getAddress(found.from),
      ...(found.to ? { to: getAddress(found.to) } : {}),
    }
    const result = { ...made, ...where, gasUsed: String(found.gasUsed), events: logs }
    const place = { transaction: hash, height, time }
    return { state: 'committed', place, isRepeat: false, result: result as JsonObject }
  }
}

const noop = () => undefined

const messageOf = (cause: unknown) => (cause instanceof Error ? cause.message : '')

const abiOf = (prepared: PreparedCall): Abi | undefined =>
  prepared.kind === 'raw' ? undefined : prepared.effect.abi

/** Its hash, once it is signed. */
async function transactionOf({ started }: Pick<UnderWay, 'started'>) {
  const sent = await Promise.race([started, undefined])
  const hash = sent?.hashes().at(-1)
  return hash === undefined ? {} : { transaction: hash }
}
