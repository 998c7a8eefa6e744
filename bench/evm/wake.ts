import { rmSync } from 'node:fs'
import type { BenchContext } from '../context.ts'
import { percentilesOf } from '../load/latencies.ts'
import { memoryOf } from '../network/process-figures.ts'
import { type Server, startServer } from '../network/server.ts'
import { resultOf, rounded } from '../report.ts'
import { type BenchChain, countsAt, createBenchChain, senders, untilMined } from './bench-chain.ts'
import { runRpcLoad } from './rpc-load.ts'
import { signTransfers } from './sign-transfers.ts'

const restMs = 3000

/** A chain that has done something: so many transfers of a token. */
async function usedChain(
  context: BenchContext,
  server: Server,
  { name, transfers }: { readonly name: string; readonly transfers: number },
): Promise<BenchChain> {
  const chain = await createBenchChain(context, server, name)
  const perRequest = 25
  const requests = Math.ceil(transfers / perRequest / senders.length)
  const { folder } = context
  const files = await signTransfers(chain, { folder, name, requests, perRequest })
  const before = await countsAt(chain.ask, 'latest')
  const { appended } = await runRpcLoad({
    ...{ target: chain.target, files, perRequest, isOnce: true },
    ...{ warmupSeconds: 0, seconds: 60, pids: [] },
  })
  await untilMined(chain, before + appended)
  for (const file of files) rmSync(file)
  return chain
}

const transfersOf = ({ options }: BenchContext) => Math.min(1000, options.seconds * 100)

/** evm.idle.mb: what the engine of a chain takes that has been used, and that nobody asks. */
export async function measureIdle(context: BenchContext, server: Server): Promise<void> {
  const transfers = transfersOf(context)
  context.say('memory of an idle chain')
  const empty = await createBenchChain(context, server, 'idle-new')
  const used = await usedChain(context, server, { name: 'idle-used', transfers })
  await new Promise((resolve) => setTimeout(resolve, restMs))
  const megabytes = (chain: BenchChain) => {
    const { anonymous, mapped } = memoryOf(chain.pid()) ?? { anonymous: Number.NaN, mapped: 0 }
    return { anonymous, all: anonymous + mapped }
  }
  const { anonymous, all } = megabytes(used)
  context.add(
    resultOf('evm.idle.mb', all, {
      'of it not pages of its program': anonymous,
      'a chain with a token alone': megabytes(empty).all,
      'transfers before': transfers,
      'after a minute that nobody asks': 'asleep, none',
    }),
  )
}

const wakes = 5

/** evm.wake: the slowest first call of chains that sleep, each with what was done on it before. */
export async function measureWake(context: BenchContext, server: Server): Promise<void> {
  const transfers = transfersOf(context)
  const chains: { readonly chain: BenchChain; readonly height: unknown }[] = []
  for (let i = 0; i < wakes; i++) {
    context.say(`a chain with ${transfers} transfers, ${i + 1} of ${wakes}`)
    const chain = await usedChain(context, server, { name: `wake-${i}`, transfers })
    chains.push({ chain, height: await chain.ask('eth_blockNumber') })
  }
  // All of them are saved and stopped, as after a minute that nobody asks.
  await server.stop()
  const again = await startServer(context.options.bsn, server.home, [], server.port)
  const seconds: number[] = []
  for (const { chain, height } of chains) {
    const startMs = performance.now()
    const found = await chain.ask('eth_blockNumber')
    seconds.push((performance.now() - startMs) / 1000)
    if (found !== height) throw new RangeError(`it woke at ${found}, not at ${height}`)
  }
  const [first = Number.NaN, ...others] = seconds
  context.add(
    resultOf('evm.wake', Math.max(...others), {
      'p50 s': rounded(percentilesOf(others).p50),
      'the first of a node, which finds the program and tries what isolates it, s': rounded(first),
      ...{ chains: others.length, 'transfers on each': transfers },
      'from, to': 'a call is sent, its answer is there',
    }),
  )
  await again.stop()
}
