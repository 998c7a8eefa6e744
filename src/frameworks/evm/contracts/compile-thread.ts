import { Worker } from 'node:worker_threads'
import { CodedError } from '@openbsn/sdk'
import { assert } from '../../../kernel/assert.ts'
import type { JsonValue } from '../../../kernel/json.ts'
import { evmError } from '../errors.ts'
import type {
  CompileAnswer,
  CompiledContract,
  CompileJob,
  CompileWorkerData,
} from './compiled-contract.ts'
import { readAbi } from './read-abi.ts'

export type CompileLimits = {
  readonly timeoutMs: number
  readonly memoryBytesMax: number
  readonly idleMs: number
}

/** The thread with the compiler, one job at a time; it is started where there is none. */
export interface CompileThread {
  /** @throws what `Compiler.compile` does, or what was given to `give` */
  run(job: CompileJob): Promise<CompiledContract>
  /** Ends the thread, and with it what runs there, for that reason. */
  give(reason: unknown): void
  close(reason: unknown): Promise<void>
}

/** Solc is a text of 9 MB that is unpacked to code, on a machine that may be busy. */
const startMs = 60_000

/** @throws nothing */
export function createCompileThread(limits: CompileLimits): CompileThread {
  const { timeoutMs, memoryBytesMax, idleMs } = limits
  let worker: Worker | undefined
  let current: (CompileJob & PromiseWithResolvers<CompiledContract>) | undefined
  let timer: NodeJS.Timeout | undefined
  let ending: Promise<unknown> = Promise.resolve()

  /** What a compilation left in it is of no use to the next one. */
  function end(): void {
    clearTimeout(timer)
    const ended = worker
    worker = undefined
    if (ended) ending = Promise.all([ending, ended.terminate()])
  }

  /** The job is over, and the thread waits for another one. */
  function rest(): void {
    clearTimeout(timer)
    current = undefined
    timer = setTimeout(end, idleMs).unref()
  }

  function give(reason: unknown): void {
    end()
    current?.reject(reason)
    current = undefined
  }

  function receive(answer: CompileAnswer): void {
    if (answer.id !== current?.id) return
    const { input, resolve, reject } = current
    if (answer.kind === 'begun') {
      clearTimeout(timer)
      const late = limit(`more than ${timeoutMs / 1000} s to compile`)
      timer = setTimeout(() => give(late), timeoutMs)
    } else if (answer.kind === 'memory') {
      give(limit(`more than ${memoryBytesMax} bytes to compile`))
    } else if (answer.kind === 'broken') {
      give(limit(`more than the compiler can do: ${answer.message}`))
    } else {
      rest()
      // Thousands of functions compile, and are no ABI that is kept: then this rejects.
      Promise.resolve(answer)
        .then((one) => contractOf(one, input))
        .then(resolve, reject)
    }
  }

  function start(): Worker {
    const workerData: CompileWorkerData = { memoryBytesMax }
    const maxOldGenerationSizeMb = Math.ceil(memoryBytesMax / 1024 / 1024)
    const started = new Worker(new URL(workerFile, import.meta.url), {
      workerData,
      resourceLimits: { maxOldGenerationSizeMb },
    })
    started.on('message', (answer: CompileAnswer) => started === worker && receive(answer))
    started.on('error', ({ message }) => {
      if (started === worker) give(limit(`more than the compiler can do: ${message}`))
    })
    return started
  }

  return {
    run: ({ id, input }) => {
      assert(current === undefined, 'one compilation after the other')
      clearTimeout(timer)
      current = { id, input, ...Promise.withResolvers<CompiledContract>() }
      worker ??= start()
      timer = setTimeout(() => give(unavailable('The compiler does not start.')), startMs)
      worker.postMessage({ id, input } satisfies CompileJob)
      return current.promise
    },
    give,
    close: async (reason) => {
      give(reason)
      await ending
    },
  }
}

type Finished = Extract<CompileAnswer, { readonly kind: 'done' | 'failed' | 'choose' }>

function contractOf(answer: Finished, input: CompileJob['input']): CompiledContract {
  if (answer.kind === 'choose') throw new CodedError('ARGUMENT_INVALID', answer.message)
  if (answer.kind === 'failed') {
    const message = `The sources do not compile.\n${answer.problems.join('\n')}`
    throw evmError('COMPILE_FAILED', message)
  }
  const { contract } = answer
  return { ...contract, abi: readAbi(contract.abi as JsonValue), input }
}

const limit = (what: string) => evmError('COMPILE_LIMIT', `The sources take ${what}.`)

/** The compiler takes nothing now. */
export function unavailable(message: string): CodedError {
  return evmError('COMPILER_UNAVAILABLE', message, { retryable: true })
}

/** The worker's file beside this one: .ts in a clone, .js in the published package. */
const workerFile = import.meta.url.endsWith('.ts') ? './compile-worker.ts' : './compile-worker.js'
