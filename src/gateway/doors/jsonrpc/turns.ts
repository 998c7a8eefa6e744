type Place = { underWay: number; readonly waiting: (() => void)[] }

/** So many at one time of each one who asks; more wait for their turn, in the order they came. */
export class Turns {
  readonly #most: number
  readonly #places = new Map<string, Place>()

  constructor(most: number) {
    this.#most = most
  }

  /** Undefined where it is one's turn at once. Whoever has had it, or waits no more, leaves. */
  enter(who: string, gone: AbortSignal): Promise<void> | undefined {
    const place = this.#places.get(who) ?? { underWay: 0, waiting: [] }
    this.#places.set(who, place)
    place.underWay++
    if (place.underWay <= this.#most) return undefined
    return new Promise((resolve) => {
      place.waiting.push(resolve)
      gone.addEventListener('abort', () => {
        const at = place.waiting.indexOf(resolve)
        if (at >= 0) place.waiting.splice(at, 1)
        resolve()
      })
    })
  }

  leave(who: string): void {
    const place = this.#places.get(who)
    if (!place) return
    place.underWay--
    if (place.underWay === 0) this.#places.delete(who)
    const busy = place.underWay - place.waiting.length
    if (busy < this.#most) place.waiting.shift()?.()
  }
}
