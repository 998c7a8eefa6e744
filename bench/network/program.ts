import { fork } from 'node:child_process'
import { benchError } from '../errors.ts'
import { rememberChild } from './children.ts'

/**
 * Runs a program of the bench as a process of its own: gives it `input`, returns its answer. Its
 * words go to standard error. @throws BENCH_PROCESS_FAILED
 */
export function runProgram<Output>(file: URL, input: object): Promise<Output> {
  return new Promise((resolve, reject) => {
    const child = fork(file, { stdio: ['ignore', 2, 2, 'ipc'] })
    rememberChild(child)
    let answer: { readonly output: Output } | undefined
    child.once('message', (message) => {
      answer = message as { readonly output: Output }
    })
    child.once('error', reject)
    child.once('exit', (code, signal) => {
      if (answer && code === 0) resolve(answer.output)
      else reject(benchError('BENCH_PROCESS_FAILED', `${file.pathname} ended: ${code ?? signal}.`))
    })
    child.send(input)
  })
}

/** A program that works until it is asked for what it has. */
export interface Running<Question, Output> {
  /** @throws BENCH_PROCESS_FAILED */
  finish(question: Question): Promise<Output>
}

/** Starts a program and waits until it is ready for work. @throws BENCH_PROCESS_FAILED */
export function startProgram<Question extends object, Output>(
  file: URL,
  input: object,
): Promise<Running<Question, Output>> {
  return new Promise((resolve, reject) => {
    const child = fork(file, { stdio: ['ignore', 2, 2, 'ipc'] })
    rememberChild(child)
    const answer = Promise.withResolvers<Output>()
    const failed = (error: Error) => {
      reject(error)
      answer.reject(error)
    }
    answer.promise.catch(() => undefined)
    child.once('error', failed)
    child.once('exit', (code, signal) => {
      failed(benchError('BENCH_PROCESS_FAILED', `${file.pathname} ended: ${code ?? signal}.`))
    })
    child.once('message', () => {
      child.once('message', ({ output }: { output: Output }) => answer.resolve(output))
      resolve({
        finish: (question) => {
          child.send(question)
          return answer.promise
        },
      })
    })
    child.send(input)
  })
}

/** The other end: answers the parent's input once, then lets the process end. */
export function serveParent<Input, Output>(run: (input: Input) => Promise<Output>): void {
  process.once('message', async (input) => {
    const output = await run(input as Input)
    process.send?.({ output }, () => process.disconnect())
  })
}

/** The other end of a program that works until it is asked: says when it is ready. */
export function workForParent<Input, Question, Output>(
  begin: (input: Input) => Promise<(question: Question) => Promise<Output>>,
): void {
  process.once('message', async (input) => {
    const end = await begin(input as Input)
    process.once('message', async (question) => {
      process.send?.({ output: await end(question as Question) }, () => process.exit())
    })
    process.send?.('ready')
  })
}
