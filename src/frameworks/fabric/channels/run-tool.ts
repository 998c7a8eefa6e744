import type { Program } from '../../../engines/guarded-child.ts'
import { runProgram } from '../../../engines/run-program.ts'
import { fabricError } from '../errors.ts'

/** No step takes so long where all that it needs is there. */
const toolTimeoutMs = 60_000

/**
 * Runs one of Fabric's tools for one step, and returns what it printed.
 * @throws FABRIC_STEP_FAILED
 */
export async function runTool(step: string, program: Program): Promise<string> {
  const printed: string[] = []
  const onLine = (line: string, from: 'stdout' | 'stderr') => {
    if (from === 'stdout') printed.push(line)
  }
  const { code, lines } = await runProgram(program, { timeoutMs: toolTimeoutMs, onLine })
  if (code === 0) return printed.join('\n')
  const said = lines.filter((line) => line.trim() !== '').slice(-5)
  throw fabricError('FABRIC_STEP_FAILED', `${step}: ${said.join(' | ').slice(0, 1000)}`)
}
