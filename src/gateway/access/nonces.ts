import { appendFileSync, mkdirSync, readdirSync, readFileSync, rmSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { sha256, utf8 } from '@openbsn/sdk'

export type NonceOptions = {
  /** Nonces that are remembered at one time. */
  readonly noncesMax: number
  /** Of one key, so that a single client cannot lock the others out. */
  readonly perKeyMax: number
  /** Where they are written, so that a restart forgets none; memory alone where absent. */
  readonly folder?: string
}

export type SeenNonce = {
  /** Hex thumbprint of the key. */
  readonly kid: string
  readonly nonce: string
  /** End of the signature, in seconds since 1970. */
  readonly expires: number
}

type Slot = { readonly seen: Set<string>; readonly perKey: Map<string, number> }

/** Nonces are kept by the minute in which their signature ends, and forgotten with it. */
const slotSeconds = 60
/** Half of SHA-256 over key, end and nonce; and of the key, so that keys can be counted. */
const markBytes = 16
const recordBytes = 2 * markBytes

const mark = (text: string) => Buffer.from(sha256(utf8(text))).toString('latin1', 0, markBytes)

/** Which signed requests were taken already. */
export class Nonces {
  readonly #options: NonceOptions
  readonly #slots = new Map<number, Slot>()
  #count = 0

  constructor(options: NonceOptions, nowSeconds: number) {
    this.#options = options
    if (options.folder !== undefined) this.#restore(options.folder, nowSeconds)
  }

  /**
   * Takes a nonce, once. `full`: nothing was remembered and nothing forgotten, because what is
   * forgotten could be sent again.
   */
  take({ kid, nonce, expires }: SeenNonce, nowSeconds: number): 'fresh' | 'seen' | 'full' {
    this.#forget(nowSeconds)
    const minute = Math.floor(expires / slotSeconds)
    const [seen, key] = [mark(`${kid} ${expires} ${nonce}`), mark(kid)]
    // A repeat has the same end, so it is in the same slot.
    if (this.#slots.get(minute)?.seen.has(seen)) return 'seen'
    if (this.#count >= this.#options.noncesMax) return 'full'
    if (this.#countOf(key) >= this.#options.perKeyMax) return 'full'
    this.#add(minute, seen, key)
    const { folder } = this.#options
    // In the system's hands before the request has an effect: a killed process forgets none.
    if (folder !== undefined) appendFileSync(join(folder, `${minute}`), seen + key, 'latin1')
    return 'fresh'
  }

  #countOf(key: string): number {
    let count = 0
    for (const { perKey } of this.#slots.values()) count += perKey.get(key) ?? 0
    return count
  }

  #add(minute: number, seen: string, key: string): void {
    const slot = this.#slots.get(minute) ?? { seen: new Set(), perKey: new Map() }
    this.#slots.set(minute, slot)
    slot.seen.add(seen)
    slot.perKey.set(key, (slot.perKey.get(key) ?? 0) + 1)
    this.#count++
  }

  #forget(nowSeconds: number): void {
    for (const [minute, { seen }] of this.#slots) {
      if ((minute + 1) * slotSeconds > nowSeconds) continue
      this.#slots.delete(minute)
      this.#count -= seen.size
      const { folder } = this.#options
      if (folder !== undefined) rmSync(join(folder, `${minute}`), { force: true })
    }
  }

  #restore(folder: string, nowSeconds: number): void {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    for (const name of readdirSync(folder)) {
      const minute = Number(name)
      if (!Number.isSafeInteger(minute)) continue
      const text = readFileSync(join(folder, name), 'latin1')
      // The last record may have been cut off: its request had no effect.
      const whole = text.length - (text.length % recordBytes)
      if (whole < text.length) truncateSync(join(folder, name), whole)
      for (let at = 0; at < whole; at += recordBytes) {
        const half = at + markBytes
        this.#add(minute, text.slice(at, half), text.slice(half, at + recordBytes))
      }
    }
    this.#forget(nowSeconds)
  }
}
