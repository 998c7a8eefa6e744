import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type BenchContext, lengthsOf } from '../context.ts'
import { benchError } from '../errors.ts'
import type { LoadResult } from '../load/plan.ts'
import type { Server } from '../network/server.ts'
import { type Conditions, resultOf, rounded } from '../report.ts'
import {
  type BenchChain,
  type BenchEnd,
  countsAt,
  createBenchChain,
  senders,
  untilMined,
} from './bench-chain.ts'
import { startDirectEngine } from './direct-engine.ts'
import { runRpcLoad } from './rpc-load.ts'
import { signTransfers } from './sign-transfers.ts'

type Way = 'direct' | 'door'
type Shape = { readonly name: 'batches' | 'singles'; readonly perRequest: number }
type Turn = Pick<LoadResult, 'rate' | 'generatorCores' | 'serverCores'> & {
  /** Of transfers in one block. */
  readonly perBlock?: number
}
type Turns = Readonly<Record<Way, Turn[]>>

/** In either order: what a growing chain costs is paid by both. */
const pairs: readonly (readonly [Way, Way])[] = [
  ['direct', 'door'],
  ['door', 'direct'],
  ['direct', 'door'],
  ['door', 'direct'],
]

/**
 * Who wants many calls a second sends them in batches, as libraries do by themselves; one call in
 * a request costs an HTTP exchange whatever is behind it, and is told beside it.
 */
const shapes: readonly Shape[] = [
  { name: 'batches', perRequest: 100 },
  { name: 'singles', perRequest: 1 },
]

/** An engine takes them faster than it has them in blocks: the next when all are in some. */
const transfersOfRoundMax = 1600
const transfersOfRound = (seconds: number) => Math.min(transfersOfRoundMax, 400 * seconds)
const batchOfTransfers = 25

/**
 * evm.direct.erc20: ERC-20 transfers a second, straight over the socket of an engine that makes its
 * blocks by itself, each of them in a block. evm.door.ratio: what is left of that, and of reads,
 * through the door; the lower one.
 */
export async function measureDoor(context: BenchContext, server: Server): Promise<void> {
  const writes: Record<Shape['name'], Turns> = { batches: noTurns(), singles: noTurns() }
  const reads: Record<Shape['name'], Turns> = { batches: noTurns(), singles: noTurns() }
  for (const shape of shapes) {
    for (const [i, pair] of pairs.entries()) {
      await comparePair(
        context,
        server,
        { shape, pair, name: `${shape.name}-${i}` },
        { writes, reads },
      )
    }
  }
  const { turn: seconds } = lengthsOf(context.options)
  const inBlock = (way: Way) => rounded(meanOf(writes.batches[way], (one) => one.perBlock ?? 0))
  const conditions: Conditions = {
    ...conditionsOf('transfers in batches', writes.batches),
    ...conditionsOf('reads in batches', reads.batches),
    ...conditionsOf('transfers one by one', writes.singles),
    ...conditionsOf('reads one by one', reads.singles),
    connections: senders.length,
    'reads in a batch': shapes[0]?.perRequest ?? 0,
    'transfers in a batch': batchOfTransfers,
    'transfers in a block, direct': inBlock('direct'),
    'transfers in a block, door': inBlock('door'),
    'seconds of each turn': rounded(seconds),
    'pairs of turns': pairs.length,
    chain: 'another one for each pair',
    'before each turn': 'the node has read and registered all blocks',
    direct:
      'the engine alone: it makes blocks by itself, no snapshots, nobody reads them meanwhile',
    'through the door': 'access, limits, usage, metrics, snapshots, the index of blocks',
  }
  const ratio = Math.min(ratioOf(writes.batches), ratioOf(reads.batches))
  context.add(
    resultOf('evm.direct.erc20', meanRate(writes.batches.direct), {
      'one by one, transactions/s': rounded(meanRate(writes.singles.direct)),
      'generator cores': rounded(meanOf(writes.batches.direct, (one) => one.generatorCores)),
      connections: senders.length,
      'in a batch': batchOfTransfers,
      counted: 'from the first sent until all are in blocks',
    }),
  )
  context.add(resultOf('evm.door.ratio', ratio, conditions))
}

const noTurns = (): Turns => ({ direct: [], door: [] })

type Pair = { readonly shape: Shape; readonly pair: readonly Way[]; readonly name: string }
type Tables = Record<'writes' | 'reads', Record<Shape['name'], Turns>>

/** Transfers and then reads, both ways, on a chain that nobody had before. */
async function comparePair(
  context: BenchContext,
  server: Server,
  { shape, pair, name }: Pair,
  { writes, reads }: Tables,
): Promise<void> {
  const chain = await createBenchChain(context, server, name)
  const alone = await startDirectEngine(context, { name, chainId: chain.chainId })
  const ends = { direct: alone, door: chain }
  for (const way of pair) {
    context.say(`${name}: transfers, ${way}`)
    await chain.followed()
    writes[shape.name][way].push(await transfer(context, { end: ends[way], shape, way }))
  }
  await alone.stop()
  await chain.followed()
  const files = readRequests(chain, join(context.folder, name), shape)
  for (const way of pair) {
    context.say(`${name}: reads, ${way}`)
    const { turn: seconds, warmup: warmupSeconds } = lengthsOf(context.options)
    const target = way === 'door' ? chain.target : chain.engine
    const plan = { ...shape, files, target, isOnce: false, warmupSeconds, seconds }
    reads[shape.name][way].push(await runRpcLoad({ ...plan, pids: chain.pids() }))
  }
  for (const file of files) rmSync(file)
}

type Part = { readonly end: BenchEnd; readonly shape: Shape; readonly way: Way }

/** Rounds until the time of a turn is over. @throws BENCH_OUTCOME_WRONG */
async function transfer(context: BenchContext, part: Part): Promise<Turn> {
  const { turn: seconds } = lengthsOf(context.options)
  const rounds: Round[] = []
  while (rounds.reduce((sum, round) => sum + round.seconds, 0) < seconds) {
    rounds.push(await transferRound(context, part))
  }
  const total = (of: (one: Round) => number) => rounds.reduce((sum, one) => sum + of(one), 0)
  const all = total((one) => one.seconds)
  const meanCores = (of: (one: Round) => number) => total((one) => of(one) * one.seconds) / all
  return {
    rate: total((one) => one.mined) / all,
    generatorCores: meanCores((one) => one.generatorCores),
    serverCores: meanCores((one) => one.serverCores ?? 0),
    perBlock: total((one) => one.mined) / total((one) => one.blocks),
  }
}

type Round = Omit<Turn, 'rate' | 'perBlock'> & {
  readonly mined: number
  readonly blocks: number
  readonly seconds: number
}

/** @throws BENCH_OUTCOME_WRONG where one is not in a block at the end */
async function transferRound(
  { folder, options }: BenchContext,
  { end, shape, way }: Part,
): Promise<Round> {
  const { turn } = lengthsOf(options)
  const perRequest = Math.min(shape.perRequest, batchOfTransfers)
  const requests = Math.ceil(transfersOfRound(turn) / senders.length / perRequest)
  const files = await signTransfers(end, { folder, name: way, requests, perRequest })
  const before = await countsAt(end.ask, 'latest')
  const height = Number(await end.ask('eth_blockNumber'))
  const plan = { files, perRequest, isOnce: true, warmupSeconds: 0, seconds: 60 }
  const result = await runRpcLoad({ ...plan, target: end.target, pids: end.pids() })
  const drainedMs = await untilMined(end, before + result.appended)
  const mined = (await countsAt(end.ask, 'latest')) - before
  if (mined !== result.appended) {
    throw benchError('BENCH_OUTCOME_WRONG', `${mined} of ${result.appended} are in blocks.`)
  }
  for (const file of files) rmSync(file)
  const blocks = Number(await end.ask('eth_blockNumber')) - height
  return { ...result, mined, blocks, seconds: result.measuredSeconds + drainedMs / 1000 }
}

/** eth_call of balanceOf, of many holders in turn. */
function readRequests({ token }: BenchChain, place: string, { perRequest }: Shape): string[] {
  return senders.map((_, lane) => {
    const lines = Array.from({ length: 200 }, (_, line) => {
      const calls = Array.from({ length: perRequest }, (_, id) => {
        const holder = (0x1000 + ((lane * 200 + line + id) % 1000)).toString(16).padStart(64, '0')
        const call = JSON.stringify({ to: token, data: `0x70a08231${holder}` })
        return `{"jsonrpc":"2.0","id":${id},"method":"eth_call","params":[${call},"latest"]}`
      })
      return perRequest === 1 ? calls[0] : `[${calls.join(',')}]`
    })
    const file = `${place}-reads-${lane}.requests`
    writeFileSync(file, `${lines.join('\n')}\n`)
    return file
  })
}

const meanOf = (turns: readonly Turn[], of: (one: Turn) => number) =>
  turns.reduce((sum, one) => sum + of(one) / turns.length, 0)

const meanRate = (turns: readonly Turn[]) => meanOf(turns, ({ rate }) => rate)

/** The mean of the two in the middle: what disturbs the machine for a moment does not decide. */
function ratioOf({ direct, door }: Turns): number {
  const ratios = door.map(({ rate }, i) => rate / (direct[i]?.rate ?? Number.NaN))
  const middle = ratios.toSorted((one, other) => one - other).slice(1, -1)
  return middle.reduce((sum, one) => sum + one / middle.length, 0)
}

function conditionsOf(name: string, turns: Turns): Conditions {
  const { direct, door } = turns
  return {
    [`${name}: ratio`]: rounded(ratioOf(turns)),
    [`${name}: calls/s, direct`]: rounded(meanRate(direct)),
    [`${name}: calls/s, door`]: rounded(meanRate(door)),
    [`${name}: node and engine cores, direct`]: rounded(meanOf(direct, coresOf)),
    [`${name}: node and engine cores, door`]: rounded(meanOf(door, coresOf)),
    [`${name}: generator cores, door`]: rounded(meanOf(door, (one) => one.generatorCores)),
  }
}

const coresOf = ({ serverCores = 0 }: Turn) => serverCores
