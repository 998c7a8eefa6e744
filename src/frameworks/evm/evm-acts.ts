import { actIdentity, CodedError, isCodedError } from '@openbsn/sdk'
import { getAddress } from 'viem'
import type { Refusal } from '../../crypto/check-statement.ts'
import type { JsonObject } from '../../kernel/json.ts'
import { ActsUnderWay } from '../acts-under-way.ts'
import type { Call, CallOutcome, CallStatus } from '../framework.ts'
import type { Accounts } from './accounts/accounts.ts'
import type { BlockIndex } from './blocks/block-index.ts'
import type { IndexedTransaction } from './blocks/indexed-transactions.ts'
import type { Chains } from './chain.ts'
import { nameOfContract } from './contract-registry.ts'
import { decodeRevert } from './contracts/abi.ts'
import {
  contentOf,
  type Hex,
  hex,
  inputHash,
  type NewContract,
  type PreparedCall,
  type PrepareDeps,
  prepareCall,
  tagged,
} from './evm-call.ts'
import { eventOf } from './evm-events.ts'
import type { Abi } from 'viem'
import type { Sent } from './transactions/job.ts'
import type { Sender } from './transactions/sender.ts'

export type EvmActsDeps = PrepareDeps & {
  readonly chains: Chains
  readonly accounts: Accounts
  readonly index: BlockIndex
  readonly senderOf: (service: string) => Sender
}

type Act = Pick<Call, 'service' | 'credential' | 'id'>

/** One that is under way here. */
type UnderWay = { readonly content: string; readonly outcome: Promise<CallOutcome> }

/** So long it is waited for a block; after that the fate is told as unknown, and found later. */
const minedMs = { sandbox: 30_000, external: 120_000 } as const
const advanceMs = 5000

/**
 * Acts as transactions. Each has one effect, because its identity is in the transaction: every node
 * that follows the chain sees it there.
 */
export class EvmActs {
  readonly #ledger: string
  readonly #deps: EvmActsDeps
  readonly #known = new ActsUnderWay()
  readonly #underWay = new Map<string, UnderWay>()

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
      const outcome = 'code' in prepared ? prepared : this.#once(call, prepared, signal)
      outcomes.push(Promise.resolve('code' in outcome ? this.#refuse(call, outcome) : outcome))
    }
    const settled = await Promise.allSettled(outcomes)
    const failed = settled.find((one) => one.status === 'rejected')
    // Whoever sends all of it again learns what became of each.
    if (failed) throw failed.reason
    return settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))
  }

  async status(act: Act): Promise<CallStatus> {
    const name = this.#nameOf(act)
    if (this.#underWay.has(name)) return { state: 'pending' }
    const { index } = this.#deps
    // What the index has is true even while the chain is away, and may be less than all.
    await index.advance(act.service, AbortSignal.timeout(advanceMs)).catch(() => undefined)
    const found = index.act(act.service, this.#identityOf(act))
    if (found) return this.#outcomeOf(act.service, found)
    if (this.#known.has(name)) return { state: 'pending' }
    const refusal = this.#known.refusalOf(name)
    return refusal ? { state: 'rejected', ...refusal } : { state: 'not_sent' }
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
    this.#known.refuse(this.#nameOf(act), { code, detail })
    return { state: 'rejected', code, detail }
  }

  /** The outcome of an act that is under way, else of one that is made now. */
  async #once(call: Call, prepared: PreparedCall, signal: AbortSignal): Promise<CallOutcome> {
    const name = this.#nameOf(call)
    const content = contentOf(prepared)
    const before = this.#underWay.get(name)
    if (before) {
      if (before.content !== content) return otherContent
      const outcome = await before.outcome
      return outcome.state === 'committed' ? { ...outcome, isRepeat: true } : outcome
    }
    const outcome = this.#known.during([name], () => this.#make(call, prepared, signal))
    this.#underWay.set(name, { content, outcome })
    const forget = () => this.#underWay.delete(name)
    outcome.then(forget, forget)
    return outcome
  }

  async #make(call: Call, prepared: PreparedCall, signal: AbortSignal): Promise<CallOutcome> {
    const { service } = call
    const repeat = this.#repeated(call, prepared)
    if (repeat) return repeat
    try {
      const sent = await this.#send(call, prepared, signal)
      const found = await this.#mined(service, sent, signal)
      if (prepared.kind === 'deploy') this.#register(service, found, prepared.effect)
      return this.#outcomeOf(service, found, abiOf(prepared))
    } catch (error) {
      if (!isCodedError(error) || !isRefusal(error)) throw error
      return this.#refuse(call, { code: error.code, detail: reasonOf(error, abiOf(prepared)) })
    }
  }

  /** What the chain has of this act already, by whatever node it was sent. */
  #repeated({ service, credential, id }: Call, prepared: PreparedCall): CallOutcome | undefined {
    const { index, accounts } = this.#deps
    if (prepared.kind === 'raw') return undefined
    const identity = this.#identityOf({ service, credential, id })
    const own = accounts.of(service, credential).address.toLowerCase()
    const input = hex(inputHash(tagged(prepared.effect.data, identity)))
    // Anybody may put any identity behind a call: what this node sent itself comes first.
    const first =
      index.act(service, identity, ({ from }) => from === own) ??
      index.act(service, identity, (one) => one.input === input) ??
      index.act(service, identity)
    if (!first) return undefined
    const to = prepared.effect.to?.toLowerCase()
    if (first.input !== input || first.to !== to) return otherContent
    if (prepared.kind === 'deploy') this.#register(service, first, prepared.effect)
    const outcome = this.#outcomeOf(service, first, abiOf(prepared))
    return outcome.state === 'committed' ? { ...outcome, isRepeat: true } : outcome
  }

  async #send(call: Call, prepared: PreparedCall, signal: AbortSignal): Promise<Sent> {
    const { service, credential } = call
    const sender = this.#deps.senderOf(service)
    if (prepared.kind === 'raw') return sender.sendRaw(prepared.raw, signal)
    const account = this.#deps.accounts.of(service, credential)
    const { to, value, gas } = prepared.effect
    const data = tagged(prepared.effect.data, this.#identityOf(call))
    return sender.send({ account, to, data, value, gas }, signal)
  }

  /** @throws CALL_FATE_UNKNOWN, and why it comes into no block any more */
  async #mined(service: string, sent: Sent, signal: AbortSignal): Promise<IndexedTransaction> {
    const { index, chains } = this.#deps
    const over = new AbortController()
    const patience = minedMs[chains.of(service)?.kind ?? 'sandbox']
    const within = AbortSignal.any([signal, over.signal, AbortSignal.timeout(patience)])
    const dropped = sent.dropped.then((why) => Promise.reject(why))
    dropped.catch(() => undefined)
    try {
      return await Promise.race([index.waitFor(service, sent.hashes, within), dropped])
    } catch (cause) {
      if (isCodedError(cause) && cause.code !== 'CALL_FATE_UNKNOWN' && isRefusal(cause)) throw cause
      const message = 'The chain took it, and did not say in time what became of it.'
      throw new CodedError('CALL_FATE_UNKNOWN', message, { retryable: true, cause })
    } finally {
      over.abort()
    }
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

  #outcomeOf(service: string, found: IndexedTransaction, abi?: Abi): CallOutcome {
    const { hash, height, time, created, status } = found
    if (status === 0) {
      const detail = `It was reverted in block ${height}, as transaction ${hash}.`
      return { state: 'rejected', code: 'CALL_REVERTED', detail }
    }
    const { contracts, index } = this.#deps
    const logs = index.logs.ofTransaction(service, hash).map((log) => eventOf({ contracts }, service, log))
    const known = created && contracts.find(service, created)
    const made = created && { address: getAddress(created), ...(known ? { name: known.name } : {}) }
    const where = { from: getAddress(found.from), ...(found.to ? { to: getAddress(found.to) } : {}) }
    const result = { ...made, ...where, gasUsed: String(found.gasUsed), events: logs }
    const place = { transaction: hash, height, time }
    return { state: 'committed', place, isRepeat: false, result: result as JsonObject }
  }
}

const otherContent: CallOutcome = {
  state: 'rejected',
  code: 'ACT_ID_CONFLICT',
  detail: 'Another call has this id already.',
}

const notSent = (message: string, cause?: unknown) =>
  new CodedError('CALL_NOT_SENT', message, { retryable: true, cause })

const messageOf = (cause: unknown) => (cause instanceof Error ? cause.message : '')

const abiOf = (prepared: PreparedCall): Abi | undefined =>
  prepared.kind === 'raw' ? undefined : prepared.effect.abi

/** What is the call's own fault: sent again as it is, it would fail again. */
const isRefusal = ({ retryable, code }: CodedError) => !retryable && code !== 'INTERNAL'

/** Errors of reading a call are its outcome: others of the same request go on. */
async function refusable(
  prepare: () => Promise<PreparedCall>,
): Promise<PreparedCall | Refusal> {
  try {
    return await prepare()
  } catch (error) {
    if (isCodedError(error) && isRefusal(error)) {
      return { code: error.code, detail: error.message }
    }
    throw error
  }
}

/** The reason of a revert in words, where the ABI has them. */
function reasonOf({ code, message, details }: CodedError, abi: Abi | undefined): string {
  const { data } = details
  if (code !== 'CALL_REVERTED' || typeof data !== 'string') return message
  return decodeRevert(abi, data as Hex)
}
