import { benchError } from '../errors.ts'
import { runProgram } from '../network/program.ts'
import type { LoadPlan, LoadResult } from './plan.ts'

export type Load = Omit<LoadPlan, keyof Target>
export type Target = Pick<LoadPlan, 'port' | 'pid'>

/**
 * Puts a server under load from a process of its own.
 * @throws BENCH_OUTCOME_WRONG where one statement was not appended, BENCH_PROCESS_FAILED
 */
export async function runLoad({ port, pid }: Target, load: Load): Promise<LoadResult> {
  const plan: LoadPlan = { ...load, port, pid }
  const result = await runProgram<LoadResult>(new URL('./generate.ts', import.meta.url), plan)
  if (result.problem === undefined) return result
  throw benchError('BENCH_OUTCOME_WRONG', `A statement was not appended: ${result.problem}.`)
}
