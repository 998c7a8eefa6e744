import { createHmac, randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import {
  CborReader,
  commitPrivatePayload,
  encodeCbor,
  equalBytes,
  type PrivatePayload,
  toHex,
} from '@openbsn/sdk'
import { createKeyEncryption, type KeyEncryption } from '../../crypto/key-encryption.ts'
import { assert } from '../../kernel/assert.ts'
import type { Clock } from '../../kernel/clock.ts'
import { type Epoch, type EpochKeys, openEpochKeys } from './epoch-keys.ts'
import { type Erasure, openPrivateStore, type PrivateStore } from './private-store.ts'

/** Whose payloads are erased together: a text of the caller's, such as a customer number. */
export type Subject = {
  readonly ledger: string
  readonly service: string
  readonly subject: string
}

export type KeepInput = Subject & {
  /** Identity of the act, as ledgers have it: a retry finds what was kept. */
  readonly act: Uint8Array
  readonly contentType: string
  readonly payload: Uint8Array
}

/** `credential`: in whose name. */
export type EraseInput = Subject & Pick<Erasure, 'credential'>

export type Erased = { readonly state: 'erased'; readonly time: number }
/** `outcome` is what the ledger made of the commitment. */
export type KeepAnswer<T> = Erased | { readonly state: 'kept'; readonly outcome: T }
export type ReadAnswer =
  | Erased
  | { readonly state: 'unknown' }
  | ({ readonly state: 'kept' } & PrivatePayload)

/** Payloads of records that are not on the ledger, encrypted for each subject and erasable. */
export interface PrivatePayloads {
  /**
   * Keeps a payload, on disk, and then has `register` put the commitment to it on the ledger.
   * What the ledger refused is kept no longer. The same act with the same payload has the same
   * commitment; one whose payload was erased meanwhile is not kept again, nor registered.
   */
  keep<T>(
    input: KeepInput,
    register: (commitment: Uint8Array) => Promise<{ readonly isRefused: boolean; outcome: T }>,
  ): Promise<KeepAnswer<T>>
  /**
   * What a commitment in a record stands for. Commitments are public, so it is told for the act
   * that registered it, and for no other that shows the same one.
   */
  read(record: { readonly commitment: Uint8Array; readonly act: Uint8Array }): ReadAnswer
  /**
   * Erases all payloads of a subject, for ever: when this settles, no key is left that reads them.
   * Undefined where nothing is kept of the subject.
   */
  erase(input: EraseInput): Promise<Erasure | undefined>
  /** Erasures that no record tells about yet, and where it is when it does. */
  unrecorded(): Erasure[]
  setEntry(id: Uint8Array, entry: number): void
  /** Ends after erasures under way. */
  close(): Promise<void>
}

export type PrivateOptions = { readonly file: string; readonly keys: string }
export type PrivateDeps = {
  readonly kek: KeyEncryption
  readonly clock: Clock
  /** Whether an erasure took place is unknown: end the process; the next start finds out. */
  readonly onFailure: (error: Error) => void
}

/** Where things lie in a data folder. */
export const privateOptions = (home: string): PrivateOptions => ({
  file: join(home, 'private.sqlite'),
  keys: join(home, 'keys'),
})

/**
 * Opens the payloads of a data folder, and ends an erasure that a crash left half done.
 * @throws PRIVATE_KEY_MISSING, KEY_UNWRAP_FAILED, STORE_NEWER
 */
export function openPrivatePayloads(options: PrivateOptions, deps: PrivateDeps): PrivatePayloads {
  const store = openPrivateStore(options.file)
  try {
    const keys = openEpochKeys(options.keys, deps.kek)
    const { epoch, hashKey } = store.head() ?? beginStore(store, keys, deps.kek)
    const opened = { epoch: keys.open(epoch), hashKey: deps.kek.unwrap(hashKey, hashContext) }
    // What was read may be in the system's memory alone: keys go after it is on disk.
    store.sync()
    keys.destroyOthers(epoch)
    while (store.forgetOtherEpochs(epoch, forgetAtOnce)) {}
    return new Payloads({ store, keys, ...opened, ...deps })
  } catch (error) {
    store.close()
    throw error
  }
}

const hashContext = 'private/hash'
/** Rows of keys that are wrapped or removed between two turns of the event loop: a few ms. */
const rewrapAtOnce = 200
const forgetAtOnce = 1000

function beginStore(store: PrivateStore, keys: EpochKeys, kek: KeyEncryption) {
  const head = { epoch: 1, hashKey: kek.wrap(randomBytes(32), hashContext) }
  keys.destroyOthers(0)
  keys.create(head.epoch)
  store.begin(head.epoch, head.hashKey)
  return head
}

type Parts = PrivateDeps & {
  readonly store: PrivateStore
  readonly keys: EpochKeys
  readonly epoch: Epoch
  readonly hashKey: Uint8Array
}

type Stored = Erased | { readonly state: 'kept'; readonly commitment: Uint8Array }
type Use = { count: number; isWanted: boolean }
type Waiting<T, U> = { readonly input: T; readonly answer: PromiseWithResolvers<U> }

class Payloads implements PrivatePayloads {
  readonly #parts: Parts
  readonly #store: PrivateStore
  #epoch: Epoch
  /** The epoch that an erasure under way leads to. */
  #next: Epoch | undefined
  /** Subjects, in hex, that this erasure is for. */
  #erasing = new Set<string>()
  #erasures: Waiting<EraseInput, Erasure | undefined>[] = []
  #rotation: Promise<void> | undefined
  #closing: Promise<void> | undefined
  /** Why it is not known which epoch holds. */
  #failure: Error | undefined
  /** What is to be stored in one transaction at the end of this turn. */
  #toStore: Waiting<KeepInput, Stored>[] = []
  /** Commitments, in hex, that are being registered for the first time. */
  readonly #uses = new Map<string, Use>()

  constructor(parts: Parts) {
    this.#parts = parts
    this.#store = parts.store
    this.#epoch = parts.epoch
  }

  async keep<T>(
    input: KeepInput,
    register: (commitment: Uint8Array) => Promise<{ readonly isRefused: boolean; outcome: T }>,
  ): Promise<KeepAnswer<T>> {
    // Written now it would be erased before it is registered: it belongs behind the erasure.
    while (this.#erasing.has(toHex(this.#hash(input)))) await this.#rotation
    const stored = await this.#queue(input)
    if (stored.state === 'erased') return stored
    const { commitment } = stored
    // Where nothing is heard of the ledger, the entry may be there: then the payload stays.
    let isRefused = false
    try {
      const answer = await register(commitment)
      isRefused = answer.isRefused
      return { state: 'kept', outcome: answer.outcome }
    } finally {
      this.#release(commitment, isRefused)
    }
  }

  read({ commitment, act }: Parameters<PrivatePayloads['read']>[0]): ReadAnswer {
    const row = this.#store.payload(commitment)
    if (!row || !equalBytes(row.act, act)) return { state: 'unknown' }
    if (row.erased !== null) return { state: 'erased', time: row.erased }
    assert(row.subject !== null && row.sealed !== null, 'what is kept has a subject')
    return { state: 'kept', ...this.#open(row.subject, commitment, row.sealed) }
  }

  erase(input: EraseInput): Promise<Erasure | undefined> {
    const answer = Promise.withResolvers<Erasure | undefined>()
    this.#erasures.push({ input, answer })
    this.#rotation ??= this.#runErasures()
    return answer.promise
  }

  unrecorded(): Erasure[] {
    return this.#store.erasuresWithoutEntry()
  }

  setEntry(id: Uint8Array, entry: number): void {
    this.#store.setErasureEntry(id, entry)
  }

  close(): Promise<void> {
    this.#closing ??= this.#end()
    return this.#closing
  }

  async #end(): Promise<void> {
    while (this.#rotation !== undefined) await this.#rotation
    this.#flush()
    this.#store.close()
  }

  #queue(input: KeepInput): Promise<Stored> {
    const answer = Promise.withResolvers<Stored>()
    if (this.#toStore.length === 0) setImmediate(() => this.#flush())
    this.#toStore.push({ input, answer })
    return answer.promise
  }

  /** One transaction, and so one wait for the disk, for all that came in one turn. */
  #flush(): void {
    const waiting = this.#toStore
    this.#toStore = []
    if (waiting.length === 0) return
    try {
      const stored = this.#store.transact(() => waiting.map(({ input }) => this.#keepOne(input)))
      for (const [i, one] of stored.entries()) {
        if (one.state === 'kept') this.#use(one)
        waiting[i]?.answer.resolve(one)
      }
    } catch (error) {
      for (const { answer } of waiting) answer.reject(error)
    }
  }

  #keepOne(input: KeepInput): Stored & { readonly isNew?: boolean } {
    const { contentType, payload, act } = input
    const subject = this.#hash(input)
    for (const { commitment, erased, ...row } of this.#store.payloadsOfAct(act)) {
      if (erased !== null) return { state: 'erased', time: erased }
      assert(row.subject !== null && row.sealed !== null, 'what is kept has a subject')
      const before = this.#open(row.subject, commitment, row.sealed)
      const isSame = before.contentType === contentType && equalBytes(before.payload, payload)
      if (isSame && equalBytes(row.subject, subject)) return { state: 'kept', commitment }
    }
    const opened = { salt: randomBytes(32), contentType, payload }
    const commitment = commitPrivatePayload(opened)
    // The salt too: with it, values could be tried against the ledger.
    const plain = encodeCbor([opened.salt, contentType, payload])
    const sealed = this.#subjectKeys(subject).wrap(plain, payloadContext(commitment))
    this.#store.addPayload({ commitment, act, subject, sealed, erased: null })
    return { state: 'kept', commitment, isNew: true }
  }

  #open(subject: Uint8Array, commitment: Uint8Array, sealed: Uint8Array): PrivatePayload {
    const plain = this.#subjectKeys(subject).unwrap(sealed, payloadContext(commitment))
    const reader = new CborReader(plain)
    reader.readArrayLength()
    const salt = reader.readBytes()
    return { salt, contentType: reader.readText(), payload: reader.readBytes() }
  }

  #hash({ ledger, service, subject }: Subject): Uint8Array {
    const hmac = createHmac('sha256', this.#parts.hashKey)
    return new Uint8Array(hmac.update(encodeCbor([ledger, service, subject])).digest())
  }

  /** The key of a subject, which is made where it is new. */
  #subjectKeys(subject: Uint8Array): KeyEncryption {
    const context = subjectContext(subject)
    const wrapped = this.#store.subjectKey(this.#epoch.number, subject)
    if (wrapped) return createKeyEncryption(this.#epoch.keys.unwrap(wrapped, context))
    const key = randomBytes(32)
    for (const epoch of this.#next ? [this.#epoch, this.#next] : [this.#epoch]) {
      const row = { subject, wrapped: epoch.keys.wrap(key, context) }
      this.#store.addSubjectKey(epoch.number, row)
    }
    return createKeyEncryption(key)
  }

  #use({ commitment, isNew }: { readonly commitment: Uint8Array; readonly isNew?: boolean }) {
    const name = toHex(commitment)
    const use = this.#uses.get(name)
    if (use) use.count++
    else if (isNew) this.#uses.set(name, { count: 1, isWanted: false })
  }

  /**
   * Removes what was stored for nothing: the last of those who registered it first at one time
   * was refused, as were the others. A retry of what was registered before never comes here.
   */
  #release(commitment: Uint8Array, isRefused: boolean): void {
    const name = toHex(commitment)
    const use = this.#uses.get(name)
    if (!use) return
    use.count--
    use.isWanted ||= !isRefused
    if (use.count > 0) return
    this.#uses.delete(name)
    if (!use.isWanted) this.#store.removePayload(commitment)
  }

  /** Erasures that were asked for meanwhile share the next new epoch. */
  async #runErasures(): Promise<void> {
    while (this.#erasures.length > 0) {
      const waiting = this.#erasures
      this.#erasures = []
      try {
        const erasures = await this.#rotate(waiting.map(({ input }) => input))
        for (const [i, { answer }] of waiting.entries()) answer.resolve(erasures[i])
      } catch (error) {
        for (const { answer } of waiting) answer.reject(error)
      }
    }
    this.#rotation = undefined
  }

  async #rotate(inputs: readonly EraseInput[]): Promise<(Erasure | undefined)[]> {
    if (this.#failure) throw this.#failure
    this.#flush()
    const names = inputs.map((input) => toHex(this.#hash(input)))
    const isKnown = inputs.map((input) => {
      return this.#store.subjectKey(this.#epoch.number, this.#hash(input)) !== undefined
    })
    if (!isKnown.includes(true)) return inputs.map(() => undefined)
    this.#erasing = new Set(names.filter((_, i) => isKnown[i]))
    try {
      await this.#clean()
      const next = this.#parts.keys.create(this.#epoch.number + 1)
      this.#next = next
      await this.#rewrap(next)
      const erasures = this.#switch(next, () => {
        return inputs.map((input, i) => (isKnown[i] ? this.#eraseOne(input) : undefined))
      })
      await this.#clean()
      this.#store.trim()
      return erasures
    } finally {
      this.#next = undefined
      this.#erasing = new Set()
    }
  }

  /** Destroys all epoch keys but the one that holds, and what they wrapped. */
  async #clean(): Promise<void> {
    this.#parts.keys.destroyOthers(this.#epoch.number)
    while (this.#store.forgetOtherEpochs(this.#epoch.number, forgetAtOnce)) await nextTurn()
  }

  /** Page by page: how many subjects there are costs time alone. */
  async #rewrap(next: Epoch): Promise<void> {
    let after: Uint8Array = new Uint8Array(0)
    for (;;) {
      const rows = this.#store.subjectKeys(this.#epoch.number, after, rewrapAtOnce)
      const last = rows.at(-1)
      if (!last) return
      this.#store.transact(() => {
        for (const { subject, wrapped } of rows) {
          if (this.#erasing.has(toHex(subject))) continue
          const context = subjectContext(subject)
          const key = this.#epoch.keys.unwrap(wrapped, context)
          this.#store.addSubjectKey(next.number, { subject, wrapped: next.keys.wrap(key, context) })
        }
      })
      after = last.subject
      await nextTurn()
    }
  }

  /** Until this is on disk the old epoch holds, from then on the new one. */
  #switch<T>(next: Epoch, change: () => T): T {
    try {
      const result = this.#store.transact(() => {
        this.#store.switchEpoch(next.number)
        return change()
      })
      this.#epoch = next
      return result
    } catch (error) {
      // It may be on disk all the same: no key may be destroyed before that is known.
      this.#failure = error as Error
      this.#parts.onFailure(error as Error)
      throw error
    }
  }

  #eraseOne(input: EraseInput): Erasure | undefined {
    const { ledger, service, credential } = input
    const time = this.#parts.clock.nowSeconds()
    const count = this.#store.erasePayloads(this.#hash(input), time)
    if (count === 0) return undefined
    const id = new Uint8Array(randomBytes(16))
    const erasure = { id, ledger, service, credential, time, count, entry: null }
    this.#store.addErasure(erasure)
    return erasure
  }
}

const payloadContext = (commitment: Uint8Array) => `payload/${toHex(commitment)}`
const subjectContext = (subject: Uint8Array) => `subject/${toHex(subject)}`
