/** How far back is looked, in milliseconds: after that what came counts for a third. */
const spanMs = 50

/** How many come in a millisecond, by what came in the last moments. */
export class ArrivalRate {
  #rate = 0
  #atMs = 0

  came(count: number, nowMs: number): void {
    this.#rate = this.at(nowMs) + count / spanMs
    this.#atMs = nowMs
  }

  at(nowMs: number): number {
    return this.#rate * Math.exp((this.#atMs - nowMs) / spanMs)
  }
}
