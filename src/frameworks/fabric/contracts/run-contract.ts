import { join } from 'node:path'
import type { Program } from '../../../engines/guarded-child.ts'

export type ContractRun = {
  /** The module that exports `contract`. */
  readonly module: string
  readonly address: string
  /** Of its package, by which the peer knows it. */
  readonly packageId: string
  /** For what it writes by itself. */
  readonly folder: string
}

/** How a contract of this node is run: a process of its own that knows nothing of the node. */
export function contractProgram({ module, address, packageId, folder }: ContractRun): Program {
  const script = join(import.meta.dirname, `serve-contract${extension}`)
  const args = [...process.execArgv.filter(isCondition), script, module, address, packageId]
  const env = { HOME: folder, CORE_CHAINCODE_LOGGING_SHIM: 'error' }
  return { path: process.execPath, args, cwd: folder, env }
}

/** Sources as they are in a clone, and what was built of them in a package. */
const extension = import.meta.filename.endsWith('.ts') ? '.ts' : '.js'
const isCondition = (arg: string) => arg.startsWith('--conditions=')
