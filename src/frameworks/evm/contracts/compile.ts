import { createHash } from 'node:crypto'
import { canonicalJson } from '@openbsn/sdk'
import type { JsonObject } from '../../../kernel/json.ts'
import { type CompileInput, readCompileInput } from './compile-input.ts'
import { createCompileThread, unavailable } from './compile-thread.ts'
import type { CompiledContract, CompileJob } from './compiled-contract.ts'

export type CompilerOptions = {
  /** Of one compilation; 20 s where it is not said. */
  readonly timeoutMs?: number
  /** Of the compiler's memory; 512 MB where it is not said. */
  readonly memoryBytesMax?: number
  /** Compilations that wait beside the one that runs; 8 where it is not said. */
  readonly waitingMax?: number
  /** So long one waits for its turn; 45 s where it is not said. */
  readonly waitMs?: number
  /** After so long without work the compiler's memory is given back; 60 s where it is not said. */
  readonly idleMs?: number
}

/** Solidity to code, in a thread that is replaced where a source takes too much of it. */
export interface Compiler {
  /**
   * One after the other, those of `owner` in turn with those of others. Imports are of the sources
   * that are sent and of `@openzeppelin/contracts`; nothing is fetched. The same input again,
   * soon, costs nothing.
   * @throws COMPILE_FAILED, with each problem as `file:line:column: text`; COMPILE_LIMIT,
   * COMPILER_UNAVAILABLE (retryable), ARGUMENT_INVALID, ABI_INVALID, or the signal's reason
   */
  compile(input: CompileInput, signal?: AbortSignal, owner?: string): Promise<CompiledContract>
  /** Ends what runs. */
  close(): Promise<void>
}

type Job = CompileJob &
  PromiseWithResolvers<CompiledContract> & {
    readonly owner: string
    /** Ends its waiting. */
    readonly late: NodeJS.Timeout
  }

/** One owner has no more under way, waiting or running. */
const ofOwnerMax = 2

/** So many contracts, of so many characters each: 8 MB, and the templates are among them. */
const rememberedMax = 16
const rememberedLengthMax = 512 * 1024

/** @throws nothing; the thread is started by the first compilation */
export function createCompiler(options: CompilerOptions = {}): Compiler {
  const {
    timeoutMs = 20_000,
    memoryBytesMax = 512 * 1024 * 1024,
    waitingMax = 8,
    waitMs = 45_000,
    idleMs = 60_000,
  } = options
  const thread = createCompileThread({ timeoutMs, memoryBytesMax, idleMs })
  const remembered = new Remembered()
  const waiting: Job[] = []
  let running: Job | undefined
  let lastOwner: string | undefined
  let isClosed = false
  let ids = 0

  function next(): void {
    if (running) return
    const ofAnother = waiting.findIndex(({ owner }) => owner !== lastOwner)
    const [job] = waiting.splice(Math.max(ofAnother, 0), 1)
    if (!job) return
    clearTimeout(job.late)
    running = job
    lastOwner = job.owner
    const over = () => {
      running = undefined
      next()
    }
    job.promise.then(over, over)
    thread.run({ id: job.id, input: job.input }).then(job.resolve, job.reject)
  }

  function drop(job: Job, reason: unknown): void {
    clearTimeout(job.late)
    const place = waiting.indexOf(job)
    if (place >= 0) waiting.splice(place, 1)
    if (job === running) thread.give(reason)
    else job.reject(reason)
  }

  function requirePlace(owner: string): void {
    if (isClosed) throw unavailable('The compiler is being ended.')
    if (!running) return
    if (waiting.length >= waitingMax) throw unavailable(`${waitingMax} compilations wait already.`)
    const own = [running, ...waiting].filter((one) => one.owner === owner)
    if (own.length >= ofOwnerMax) throw unavailable(`${own.length} of ${owner} are under way.`)
  }

  async function enter(input: CompileInput, owner: string, signal?: AbortSignal) {
    signal?.throwIfAborted()
    requirePlace(owner)
    const late = setTimeout(() => {
      drop(job, unavailable(`Others were compiled for ${waitMs / 1000} s.`))
    }, waitMs)
    const made = Promise.withResolvers<CompiledContract>()
    const job: Job = { id: ++ids, input, owner, late, ...made }
    const onAbort = () => drop(job, signal?.reason)
    signal?.addEventListener('abort', onAbort, { once: true })
    waiting.push(job)
    next()
    return job.promise.finally(() => signal?.removeEventListener('abort', onAbort))
  }

  return {
    compile: async (asked, signal, owner = '') => {
      const input = readCompileInput({ ...asked } as unknown as JsonObject)
      return remembered.of(input, () => enter(input, owner, signal))
    },
    close: async () => {
      isClosed = true
      const ended = unavailable('The compiler is being ended.')
      for (const job of [...waiting]) drop(job, ended)
      await thread.close(ended)
    },
  }
}

/** What was compiled lately, by what it was compiled from. */
class Remembered {
  readonly #contracts = new Map<string, CompiledContract>()

  async of(input: CompileInput, compile: () => Promise<CompiledContract>) {
    const key = createHash('sha256').update(canonicalJson(input)).digest('hex')
    const known = this.#contracts.get(key)
    if (known) return known
    const contract = await compile()
    if (lengthOf(contract) > rememberedLengthMax) return contract
    this.#contracts.set(key, contract)
    const [oldest] = this.#contracts.keys()
    if (this.#contracts.size > rememberedMax && oldest !== undefined) {
      this.#contracts.delete(oldest)
    }
    return contract
  }
}

function lengthOf({ input, bytecode, deployedBytecode, metadata }: CompiledContract): number {
  const texts = [...Object.values(input.sources), bytecode, deployedBytecode, metadata]
  return texts.reduce((sum, { length }) => sum + length, 0)
}
