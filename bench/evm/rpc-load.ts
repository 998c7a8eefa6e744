import { benchError } from '../errors.ts'
import type { LoadResult } from '../load/plan.ts'
import { runProgram } from '../network/program.ts'
import type { RpcPlan } from './rpc-plan.ts'

/** Sends JSON-RPC from a process of its own. @throws BENCH_OUTCOME_WRONG, BENCH_PROCESS_FAILED */
export async function runRpcLoad(plan: RpcPlan): Promise<LoadResult> {
  const result = await runProgram<LoadResult>(new URL('./generate.ts', import.meta.url), plan)
  if (result.problem === undefined) return result
  throw benchError('BENCH_OUTCOME_WRONG', `A call was not answered: ${result.problem}.`)
}
