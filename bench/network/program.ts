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

/** The other end: answers the parent's input once, then lets the process end. */
export function serveParent<Input, Output>(run: (input: Input) => Promise<Output>): void {
  process.once('message', async (input) => {
    const output = await run(input as Input)
    process.send?.({ output }, () => process.disconnect())
  })
}
