import assert from 'node:assert/strict'
import { randomInt } from 'node:crypto'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { testFolder } from '../../src/testing/folder.ts'
import type { Prng } from '../../src/testing/prng.ts'
import { bsn } from '../cli/bsn.ts'
import { Checker } from './checker.ts'
import { History } from './history.ts'
import { clientOf, LoadClient, profileOf, readerOf, settle } from './load.ts'
import type { Participant } from './participant.ts'
import { Program, type ProgramOptions } from './program.ts'

/** A killed process serves again within this (P9). */
const recoveryMsMax = 20_000

export type CrashLoad = {
  readonly clients: number
  readonly batchMax: number
  /** More of the program's command line. */
  readonly args?: readonly string[]
}
export type Crash = (program: Program) => Promise<void>

/** A free port below those that the system gives to connections, which would take it in between. */
async function steadyPort(): Promise<number> {
  for (;;) {
    const port = randomInt(10_000, 32_000)
    const probe = createServer()
    const isFree = new Promise<boolean>((resolve) => {
      probe.once('error', () => resolve(false))
      probe.listen(port, '127.0.0.1', () => resolve(true))
    })
    if (!(await isFree)) continue
    await new Promise((resolve) => probe.close(resolve))
    return port
  }
}

type Settle = (gateway: string) => Promise<void>
const nothing: Settle = async () => undefined

export type JudgeSteps = {
  readonly more?: Settle
  readonly last?: Settle
}

/**
 * A network under load whose process ends again and again, on one data folder. Clients and checker
 * live on and keep their own files.
 */
export class Crashes {
  readonly folder = testFolder()
  readonly home = join(this.folder.path, 'home')
  readonly #prng: Prng
  readonly #args: readonly string[]
  readonly #clients: LoadClient[] = []
  readonly #histories: History[] = []
  readonly #programs: Program[] = []
  /** The same in every life: a node that moves says so in the ledger at its start. */
  #port = 0
  /** Others who use the gateway in each life. */
  readonly participants: Participant[] = []
  #checker: Checker | undefined

  constructor(prng: Prng, load: CrashLoad) {
    this.#prng = prng
    this.#args = load.args ?? []
    for (let i = 0; i < load.clients; i++) {
      const history = new History(this.folder.file(`history-${i}.ndjson`))
      this.#histories.push(history)
      const { home } = this
      this.#clients.push(
        new LoadClient({ name: `client ${i}`, home, history, prng, batchMax: load.batchMax }),
      )
    }
  }

  get checker(): Checker {
    assert.ok(this.#checker, 'the checker begins with the first start')
    return this.#checker
  }

  start(options: Omit<ProgramOptions, 'home'> = {}): Program {
    const own = { args: this.#args, port: this.#port, home: this.home }
    const program = new Program({ ...own, ...options })
    this.#programs.push(program)
    return program
  }

  /** Makes the data folder, the service and the credential; `more` is what else has to be there. */
  async begin(more = nothing): Promise<void> {
    this.#port = await steadyPort()
    const program = this.start()
    const gateway = await program.address()
    await settle(clientOf(gateway, this.home), this.home)
    this.#checker = new Checker(profileOf(this.home).ledger)
    await more(gateway)
    await program.kill()
  }

  /** One life: starts, is looked at, gets load until `crash` has ended it. */
  async live(crash: Crash, options: Omit<ProgramOptions, 'home'> = {}): Promise<Program> {
    const program = this.start(options)
    const gateway = await this.#servesInTime(program)
    const client = clientOf(gateway, this.home)
    await this.checker.observe(gateway, client, this.#prng)
    const signal = new AbortController()
    const load = [
      ...this.#clients.map((one) => one.run(client, signal.signal)),
      ...this.participants.map((one) => one.run(gateway, signal.signal)),
    ]
    await Promise.all([
      ...load,
      crash(program)
        .then(() => program.exit)
        .finally(() => signal.abort()),
    ])
    return program
  }

  async #servesInTime(program: Program): Promise<string> {
    const late = new AbortController()
    const limit = pause(recoveryMsMax, undefined, { signal: late.signal }).then(() => {
      throw new Error(`not serving after ${recoveryMsMax} ms:\n${program.log}`)
    })
    try {
      return await Promise.race([program.address(), limit])
    } finally {
      limit.catch(() => undefined)
      late.abort()
    }
  }

  /**
   * The last start: everything unanswered is asked again, by `more` too, then all is judged. Judges
   * of `last` have the whole log. What lies on the disk then is verified from genesis on.
   */
  async judge({ more = nothing, last = nothing }: JudgeSteps = {}): Promise<{
    acknowledged: number
    entries: number
  }> {
    const program = this.start()
    const gateway = await this.#servesInTime(program)
    const client = clientOf(gateway, this.home)
    for (const one of this.#clients) await one.resolve(client)
    await more(gateway)
    await this.checker.observe(gateway, client, this.#prng)
    const histories = this.#histories.map((one) => one.lines())
    const reader = readerOf(gateway, this.home)
    const acknowledged = await this.checker.judge(histories, reader)
    await this.checker.judgeLists(reader)
    await this.checker.judgeHeads(reader)
    await last(gateway)
    assert.deepEqual(await program.stop(), { code: 0, signal: null }, program.log)
    const { code, stdout, stderr } = await bsn(['ledger', 'verify', '--home', this.home])
    assert.equal(code, 0, stdout + stderr)
    return { acknowledged, entries: this.checker.size }
  }

  /** Ends what still runs, as it does where a test fails. */
  async end(): Promise<void> {
    for (const program of this.#programs) if (!program.hasEnded) await program.kill()
  }

  async remove(): Promise<void> {
    await this.end()
    for (const history of this.#histories) history.close()
    this.folder.remove()
  }
}
