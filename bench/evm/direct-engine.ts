import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { findEngine } from '../../src/engines/find-engine.ts'
import { spawnGuarded } from '../../src/engines/guarded-child.ts'
import { recipeOf } from '../../src/engines/recipes.ts'
import { anvilProgram } from '../../src/frameworks/evm/sandbox/anvil-program.ts'
import { sandboxLimits } from '../../src/frameworks/evm/sandbox/sandbox-limits.ts'
import type { BenchContext } from '../context.ts'
import { asker, type BenchEnd, deployToken } from './bench-chain.ts'
import { openRpc } from './rpc-connection.ts'
import type { RpcTarget } from './rpc-plan.ts'

/** An engine beside the network, as it is by itself: it makes a block of what comes. */
export type DirectEngine = BenchEnd & { stop(): Promise<void> }

/** As many as ever wait; by itself it lists a thousand again and again while more wait. */
const makesBlocks = ['--max-transactions', '1000000']

/** Run as that of a sandbox is, with the same token, but for who makes the blocks. */
export async function startDirectEngine(
  { folder: place }: BenchContext,
  { name, chainId }: { readonly name: string; readonly chainId: number },
): Promise<DirectEngine> {
  const folder = join(place, `${name}-direct`)
  mkdirSync(folder)
  const found = await findEngine({ recipe: recipeOf('anvil'), cache: folder })
  const { gasLimit } = sandboxLimits
  const target = { kind: 'direct', socket: join(folder, 'ipc') } as const
  const { args, ...program } = anvilProgram({
    ...{ anvil: found.path, isolation: undefined, chainId, gasLimit, folder },
    ...{ socket: target.socket, state: undefined },
  })
  const own = [...args.filter((arg) => arg !== '--no-mining'), ...makesBlocks]
  const child = await spawnGuarded({ ...program, args: own }, 0)
  for (const output of [child.stdout, child.stderr]) output.resume()
  const ask = asker((body) => askOnce(target, body))
  while (!(await ask('eth_chainId').catch(() => undefined))) {
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  return {
    ...{ ask, chainId, target, token: await deployToken(ask) },
    pids: () => [child.pid],
    stop: async () => void (await child.stop(0)),
  }
}

function askOnce(target: RpcTarget, body: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const connection = openRpc(target, {
      onAnswer: (answer) => {
        resolve(answer.toString())
        connection.close()
      },
      onProblem: (what) => reject(new RangeError(what)),
    })
    connection.send(connection.framed(Buffer.from(body)))
  })
}
