/** A snapshot that takes long shall not take more of the time than this part of it. */
const share = 20

/** What of a chain is saved, and when it is to be saved next. */
export class SaveState {
  readonly #intervalMs: number
  readonly #nowMs: () => number
  #changes = 0
  #saved = 0
  #unsavedSinceMs: number | undefined
  #lastMs = Number.NEGATIVE_INFINITY
  #tookMs = 0
  #running: Promise<void> | undefined

  constructor(intervalMs: number, nowMs: () => number) {
    this.#intervalMs = intervalMs
    this.#nowMs = nowMs
  }

  get isUnsaved(): boolean {
    return this.#changes !== this.#saved
  }

  /** What a crash now, or at any moment while snapshots work, takes away at most, in seconds. */
  get lossSecondsMax(): number {
    const usualMs = this.#waitMs() + this.#tookMs
    const openMs = this.#unsavedSinceMs === undefined ? 0 : this.#nowMs() - this.#unsavedSinceMs
    return Math.ceil(Math.max(usualMs, openMs) / 1000)
  }

  /** Something is not saved that was not there before. */
  changed(): void {
    this.#changes++
    this.#unsavedSinceMs ??= this.#nowMs()
  }

  /** After a crash: what is there is what was saved. */
  reset(): void {
    this.#saved = this.#changes
    this.#unsavedSinceMs = undefined
  }

  isDue(): boolean {
    if (!this.isUnsaved || this.#running !== undefined) return false
    return this.#nowMs() - this.#lastMs >= this.#waitMs()
  }

  /**
   * Has it saved, one time at a time; who asks meanwhile waits for the one that runs. `save` says
   * whether all that was there when it began is saved.
   */
  run(save: () => Promise<boolean>): Promise<void> {
    this.#running ??= this.#run(save).finally(() => {
      this.#running = undefined
    })
    return this.#running
  }

  async #run(save: () => Promise<boolean>): Promise<void> {
    const [changes, startMs] = [this.#changes, this.#nowMs()]
    this.#lastMs = startMs
    const isAll = await save()
    this.#tookMs = this.#nowMs() - startMs
    if (!isAll || this.#saved > changes) return
    this.#saved = changes
    this.#unsavedSinceMs = this.isUnsaved ? startMs : undefined
  }

  #waitMs(): number {
    return Math.max(this.#intervalMs, share * this.#tookMs)
  }
}
