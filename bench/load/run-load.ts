import { benchError } from '../errors.ts'
import { runProgram } from '../network/program.ts'
import type { LoadPlan, LoadResult } from './plan.ts'

export type Load = Omit<LoadPlan, 'ports' | 'pids'>
export type Target = {
  readonly port: number
  readonly pid: number
  /** Other processes that work for it. */
  readonly helperPids?: readonly number[]
}

/**
 * Puts a server, or several alike, under load from a process of its own.
 * @throws BENCH_OUTCOME_WRONG where one statement was not appended, BENCH_PROCESS_FAILED
 */
export async function runLoad(target: Target | readonly Target[], load: Load): Promise<LoadResult> {
  const targets = [target].flat()
  const pids = targets.flatMap(({ pid, helperPids = [] }) => [pid, ...helperPids])
  const plan: LoadPlan = { ...load, ports: targets.map(({ port }) => port), pids }
  const result = await runProgram<LoadResult>(new URL('./generate.ts', import.meta.url), plan)
  if (result.problem === undefined) return result
  throw benchError('BENCH_OUTCOME_WRONG', `A statement was not appended: ${result.problem}.`)
}
