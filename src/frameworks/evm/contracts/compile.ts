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
  /** After so long without work the compiler's memory is given back; 60 s where it is not said. */
  readonly idleMs?: number
}

/** Solidity to code, in a thread that is replaced where a source takes too much of it. */
export interface Compiler {
  /**
   * One after the other. Imports are of the sources that are sent and of `@openzeppelin/contracts`;
   * nothing is fetched. The same input again, soon, costs nothing.
   * @throws COMPILE_FAILED, with each problem as `file:line:column: text`; COMPILE_LIMIT,
   * COMPILER_UNAVAILABLE (retryable), ARGUMENT_INVALID, ABI_INVALID, or the signal's reason
   */
  compile(input: CompileInput, signal: AbortSignal): Promise<CompiledContract>
  /** Ends what runs. */
  close(): Promise<void>
}

type Job = CompileJob & PromiseWithResolvers<CompiledContract>

/** So many contracts, of so many characters each: 8 MB, and the templates are among them. */
const rememberedMax = 16
const rememberedLengthMax = 512 * 1024

/** @throws nothing; the thread is started by the first compilation */
export function createCompiler(options: CompilerOptions = {}): Compiler {
  const {
    timeoutMs = 20_000,
    memoryBytesMax = 512 * 1024 * 1024,
    waitingMax = 8,
    idleMs = 60_000,
  } = options
  const thread = createCompileThread({ timeoutMs, memoryBytesMax, idleMs })
  const remembered = new Map<string, CompiledContract>()
  const waiting: Job[] = []
  let running: Job | undefined
  let isClosed = false
  let ids = 0

  function next(): void {
    if (running) return
    const job = waiting.shift()
    if (!job) return
    running = job
    const over = () => {
      running = undefined
      next()
    }
    job.promise.then(over, over)
    thread.run({ id: job.id, input: job.input }).then(job.resolve, job.reject)
  }

  function drop(job: Job, reason: unknown): void {
    const place = waiting.indexOf(job)
    if (place >= 0) waiting.splice(place, 1)
    if (job === running) thread.give(reason)
    else job.reject(reason)
  }

  async function enter(input: CompileInput, signal: AbortSignal): Promise<CompiledContract> {
    signal.throwIfAborted()
    if (isClosed) throw unavailable('The compiler is being ended.')
    if (running && waiting.length >= waitingMax) {
      throw unavailable(`${waitingMax} compilations wait already.`)
    }
    const job: Job = { id: ++ids, input, ...Promise.withResolvers<CompiledContract>() }
    const onAbort = () => drop(job, signal.reason)
    signal.addEventListener('abort', onAbort, { once: true })
    waiting.push(job)
    next()
    return job.promise.finally(() => signal.removeEventListener('abort', onAbort))
  }

  return {
    compile: async (asked, signal) => {
      const input = readCompileInput({ ...asked } as unknown as JsonObject)
      const key = createHash('sha256').update(canonicalJson(input)).digest('hex')
      const known = remembered.get(key)
      if (known) return known
      const contract = await enter(input, signal)
      if (lengthOf(contract) > rememberedLengthMax) return contract
      remembered.set(key, contract)
      const [oldest] = remembered.keys()
      if (remembered.size > rememberedMax && oldest !== undefined) remembered.delete(oldest)
      return contract
    },
    close: async () => {
      isClosed = true
      const ended = unavailable('The compiler is being ended.')
      for (const job of waiting.splice(0)) job.reject(ended)
      await thread.close(ended)
    },
  }
}

function lengthOf({ input, bytecode, deployedBytecode, metadata }: CompiledContract): number {
  const texts = [...Object.values(input.sources), bytecode, deployedBytecode, metadata]
  return texts.reduce((sum, { length }) => sum + length, 0)
}
