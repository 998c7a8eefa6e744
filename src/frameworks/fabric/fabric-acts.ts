import { createHash } from 'node:crypto'
import { actIdentity, type CodedError, isCodedError } from '@openbsn/sdk'
import type { Refusal } from '../../crypto/check-statement.ts'
import { allOutcomes, asRepeat, otherContent } from '../act-outcomes.ts'
import { ActsUnderWay } from '../acts-under-way.ts'
import type { BlockIndex } from '../blocks/block-index.ts'
import { hexOf } from '../blocks/hex.ts'
import type { IndexedTransaction } from '../blocks/indexed-transactions.ts'
import { asRepeatError, fateUnknown, notSent } from '../errors.ts'
import type { Call, CallOutcome, CallStatus } from '../framework.ts'
import type { RawActs } from '../raw-acts.ts'
import { type FabricCall, readCall } from './fabric-call.ts'
import { attemptsMax, conflictOutcome, isConflict, outcomeOf } from './transaction-outcome.ts'
import { type Channel, handOver, propose, type Submitted } from './transactions/make-transaction.ts'
import { invocationHash, specOf } from './transactions/proposals.ts'
import { type ReadTransaction, userTransaction } from './transactions/user-transaction.ts'
import { findOfUser } from './user-call.ts'

export type FabricActsDeps = {
  readonly index: BlockIndex
  readonly rawActs: RawActs
  /** @throws CALL_NOT_SENT where this node has no channel of the service */
  readonly channelOf: (service: string) => Channel
  /** Whether transactions of a sender, as mspId/common name, are those of a gateway. */
  readonly isGateway: (service: string, sender: string) => boolean
}

type Act = Pick<Call, 'service' | 'credential' | 'id'>
type UnderWay = { readonly content: string; readonly outcome: Promise<CallOutcome> }

/** So long a transaction may take into a block: then what became of it is asked later. */
const patienceMs = 60_000
const advanceMs = 5000
/** As whom nodes sign in key-trust; nobody but an organisation can give this name. */
const gatewayName = 'gateway'
export const isNodesGateway = (sender: string) => sender.endsWith(`/${gatewayName}`)

/**
 * Acts as transactions. Each has one effect: its nonce is made of its identity, so that every node
 * that follows the channel sees it there, and Fabric takes none twice from the same signer. What a
 * user signed has one by itself: its nonce is the user's, and counts once.
 */
export class FabricActs {
  readonly #ledger: string
  readonly #deps: FabricActsDeps
  readonly #refusals = new ActsUnderWay()
  readonly #underWay = new Map<string, UnderWay>()
  /** Handed over, and not seen in a block: it may come yet. */
  readonly #lostActs = new Set<string>()
  readonly #closed = new AbortController()

  constructor(ledger: string, deps: FabricActsDeps) {
    this.#ledger = ledger
    this.#deps = deps
  }

  async submit(calls: readonly Call[], signal: AbortSignal): Promise<CallOutcome[]> {
    if (signal.aborted) throw notSent('The request was given up before it was sent.')
    await this.#catchUp(calls, signal)
    const outcomes: Promise<CallOutcome>[] = []
    let before: Promise<unknown> = Promise.resolve()
    for (const call of calls) {
      const read = readCall(call)
      if ('code' in read) {
        outcomes.push(Promise.resolve(this.#refuse(call, read)))
        continue
      }
      // Handed over one after the other, so that they come into blocks in this order.
      const { outcome, handedOver } = this.#once(this.#workOf(call, read), before, signal)
      before = handedOver
      outcomes.push(outcome)
    }
    return allOutcomes(outcomes)
  }

  async status(act: Act): Promise<CallStatus> {
    const { index, rawActs } = this.#deps
    const raw = rawActs.hashOf(this.#identityOf(act))
    const name = raw ? rawName(act.service, raw) : this.#nameOf(act)
    const pending = { state: 'pending', ...(raw ? { transaction: raw.slice(2) } : {}) } as const
    if (this.#underWay.has(name)) return pending
    // What the index has is true even while the peer is away, and may be less than all.
    await index.advance(act.service, AbortSignal.timeout(advanceMs)).catch(() => undefined)
    const found = raw ? index.transaction(act.service, raw) : this.#find(act).found
    if (found) return outcomeOf(found)
    if (this.#lostActs.has(name)) return pending
    const refusal = this.#refusals.refusalOf(this.#nameOf(act))
    return refusal ? { state: 'rejected', ...refusal } : { state: 'not_sent' }
  }

  /** What is under way is told as of unknown fate. */
  close(): void {
    this.#closed.abort()
  }

  #identityOf({ service, credential, id }: Act): Uint8Array {
    return actIdentity({ ledger: this.#ledger, service, by: credential, id })
  }

  #nameOf(act: Act): string {
    return Buffer.from(this.#identityOf(act)).toString('latin1')
  }

  #refuse(act: Act, { code, detail }: Refusal): CallOutcome {
    this.#refusals.refuse(this.#nameOf(act), { code, detail })
    return { state: 'rejected', code, detail }
  }

  /** @throws CALL_NOT_SENT */
  async #catchUp(calls: readonly Call[], signal: AbortSignal): Promise<void> {
    const services = new Set(calls.map(({ service }) => service))
    for (const service of services) this.#deps.channelOf(service)
    const within = AbortSignal.any([signal, AbortSignal.timeout(advanceMs)])
    try {
      for (const service of services) await this.#deps.index.advance(service, within)
    } catch (cause) {
      throw notSent('The peer of this node does not answer.', cause)
    }
  }

  /** The last transaction of an act that counts, and which attempt would be the next. */
  #find(act: Act): { readonly found?: IndexedTransaction; readonly attempt: number } {
    const isTrusted = (one: IndexedTransaction) => this.#deps.isGateway(act.service, senderOf(one))
    for (let attempt = 0; ; attempt++) {
      const nonce = nonceOf(this.#identityOf(act), attempt)
      const found = this.#deps.index.act(act.service, nonce, isTrusted)
      if (!found) return { attempt }
      if (!isConflict(found) || attempt + 1 >= attemptsMax) return { found, attempt }
    }
  }

  #workOf(call: Call, read: FabricCall | ReadTransaction): Work {
    if ('payload' in read) {
      const name = rawName(call.service, `0x${read.transaction}`)
      return { name, content: name, make: (turn) => this.#makeRaw(call, read, turn) }
    }
    const make: Work['make'] = (turn) => this.#make(call, read, turn)
    return { name: this.#nameOf(call), content: JSON.stringify(read), make }
  }

  /** The outcome of an act that is under way, else of one that is made now. */
  #once({ name, content, make }: Work, before: Promise<unknown>, signal: AbortSignal) {
    const known = this.#underWay.get(name)
    if (known) {
      const again =
        known.content === content
          ? this.#awaited(known.outcome.then(asRepeat), signal)
          : Promise.resolve(otherContent)
      const outcome = again.catch((error: unknown) => Promise.reject(asRepeatError(error)))
      return { outcome, handedOver: before }
    }
    const handed = Promise.withResolvers<void>()
    const made = make({ before, onHandedOver: handed.resolve })
    made.then(
      () => this.#lostActs.delete(name),
      (error: unknown) => isUnknown(error) && this.#lostActs.add(name),
    )
    made.finally(handed.resolve).catch(noop)
    this.#underWay.set(name, { content, outcome: made })
    const forget = () => this.#underWay.delete(name)
    made.then(forget, forget)
    return { outcome: this.#awaited(made, signal), handedOver: handed.promise }
  }

  async #awaited(outcome: Promise<CallOutcome>, signal: AbortSignal): Promise<CallOutcome> {
    const { promise, reject } = Promise.withResolvers<never>()
    const gone = () => reject(fateUnknown('The request was given up after it was sent.'))
    signal.addEventListener('abort', gone, { once: true })
    try {
      return await Promise.race([outcome, promise])
    } finally {
      signal.removeEventListener('abort', gone)
    }
  }

  async #make(call: Call, read: FabricCall, turn: Turn): Promise<CallOutcome> {
    await turn.before
    for (;;) {
      const { found, attempt } = this.#find(call)
      if (found) return this.#repeated(call, read, found)
      const outcome = await this.#try(call, read, { attempt, ...turn })
      if (outcome !== 'conflict') return outcome
    }
  }

  #repeated(call: Call, read: FabricCall, found: IndexedTransaction): CallOutcome {
    const channel = this.#deps.channelOf(call.service)
    const spec = specOf(propose(channel, { ...read, nonce: Buffer.alloc(24) }))
    return found.input === hexOf(invocationHash(spec)) ? asRepeat(outcomeOf(found)) : otherContent
  }

  async #try(call: Call, read: FabricCall, turn: Turn & { readonly attempt: number }) {
    const nonce = nonceOf(this.#identityOf(call), turn.attempt)
    const channel = this.#deps.channelOf(call.service)
    const proposal = propose(channel, { ...read, nonce })
    const sent = { transaction: proposal.getTransactionId(), send: () => channel.submit(proposal) }
    const outcome = await this.#sent(call, sent, turn)
    const isAgain = outcome === 'conflict' && turn.attempt + 1 < attemptsMax
    return outcome === 'conflict' && !isAgain ? conflictOutcome : outcome
  }

  /** What a user signed is handed over once, as it is. */
  async #makeRaw(call: Call, read: ReadTransaction, turn: Turn): Promise<CallOutcome> {
    await turn.before
    const { rawActs, index, channelOf } = this.#deps
    const hash = `0x${read.transaction}` as const
    if (rawActs.keep(this.#identityOf(call), hash) !== hash) return otherContent
    const known = findOfUser(index, call.service, read)
    if (known) return known === 'other' ? otherContent : asRepeat(outcomeOf(known))
    const transaction = userTransaction(channelOf(call.service).gateway, read)
    const send = async () => {
      await handOver(transaction)
      return { result: Buffer.from(transaction.getResult()).toString('utf8') }
    }
    const outcome = await this.#sent(call, { transaction: read.transaction, send }, turn)
    return outcome === 'conflict' ? conflictOutcome : outcome
  }

  /** Hands a transaction over, and waits for its block. */
  async #sent(
    call: Call,
    { transaction, send }: Sent,
    turn: Turn,
  ): Promise<CallOutcome | 'conflict'> {
    const { service } = call
    const hash = `0x${transaction}` as const
    let result: string
    try {
      result = (await send()).result
    } catch (error) {
      if (isCodedError(error) && isRefusal(error)) {
        return this.#refuse(call, { code: error.code, detail: error.message })
      }
      if (!isCodedError(error) || error.code !== 'CALL_FATE_UNKNOWN') throw error
      return this.#lost(service, hash, error)
    } finally {
      turn.onHandedOver()
    }
    const within = AbortSignal.any([this.#closed.signal, AbortSignal.timeout(patienceMs)])
    const found = await this.#deps.index
      .waitFor(service, () => [hash], within)
      .catch((cause: unknown) => Promise.reject(fateUnknown('It is in no block yet.', cause)))
    if (isConflict(found)) return 'conflict'
    const outcome = outcomeOf(found)
    return outcome.state === 'committed' && result !== ''
      ? { ...outcome, result: { result } }
      : outcome
  }

  /** It may have arrived: then it is in a block soon. @throws CALL_FATE_UNKNOWN */
  async #lost(service: string, hash: `0x${string}`, error: CodedError): Promise<CallOutcome> {
    const within = AbortSignal.any([this.#closed.signal, AbortSignal.timeout(lostMs)])
    try {
      return outcomeOf(await this.#deps.index.waitFor(service, () => [hash], within))
    } catch {
      throw error
    }
  }
}

/** One act: what it is known by while it is under way, and how it is made. */
type Work = {
  readonly name: string
  /** The same again under the same name is a repeat. */
  readonly content: string
  readonly make: (turn: Turn) => Promise<CallOutcome>
}
type Sent = { readonly transaction: string; readonly send: () => Promise<Submitted> }
type Turn = { readonly before: Promise<unknown>; readonly onHandedOver: () => void }

/** What was handed over and not answered is in a block within this time, or probably never. */
const lostMs = 3000

/** 24 bytes, as long as nonces of Fabric are. */
export function nonceOf(identity: Uint8Array, attempt: number): Buffer {
  const hash = createHash('sha256').update(identity).update(Buffer.of(attempt))
  return hash.digest().subarray(0, 24)
}

const senderOf = ({ from }: IndexedTransaction) =>
  Buffer.from(from.slice(2), 'hex').toString('utf8')

const rawName = (service: string, hash: string) => `${service} ${hash}`

const refusals = ['CONTRACT_REFUSED', 'CONTRACT_UNKNOWN', 'FUNCTION_UNKNOWN']
const isRefusal = ({ code }: CodedError) => refusals.includes(code)
const isUnknown = (error: unknown) => isCodedError(error) && error.code === 'CALL_FATE_UNKNOWN'
const noop = () => undefined
