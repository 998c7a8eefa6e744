import { fateUnknown } from '../frameworks/errors.ts'

/** What is between nodes and a ledger of others: it loses, holds and refuses what a test says. */
export class FaultyLine {
  isCut = false
  loss: 'answers' | 'calls' | undefined
  #gate: { readonly held: () => void; readonly open: Promise<void> } | undefined

  /** As when nothing was asked of it. */
  mend(): void {
    this.isCut = false
    this.loss = undefined
    this.#gate = undefined
  }

  /** Hands something over that changes the ledger. @throws CALL_FATE_UNKNOWN, or as `lost` says */
  async handOver<T>(
    send: () => Promise<T>,
    lost: () => Error = () => fateUnknown('The line was cut.'),
  ): Promise<T> {
    this.#gate?.held()
    await this.#gate?.open
    if (this.loss === 'calls') throw lost()
    const answer = await send()
    if (this.loss === 'answers') throw lost()
    return answer
  }

  hold() {
    const [open, held] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    this.#gate = { held: held.resolve, open: open.promise }
    return { release: open.resolve, isHeld: held.promise }
  }

  async whileCut(run: () => Promise<void>): Promise<void> {
    this.isCut = true
    await run()
    this.isCut = false
  }
}
