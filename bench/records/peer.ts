import { rmSync } from 'node:fs'
import { type BenchContext, lengthsOf, wants } from '../context.ts'
import { percentilesOf } from '../load/latencies.ts'
import type { LoadResult } from '../load/plan.ts'
import { resultOf, rounded } from '../report.ts'
import { openTessera, type Tessera, tesseraConditions } from '../tessera/tessera.ts'
import { drainProjection } from './sample.ts'
import { applyLoad, conditionsOf, type Subject, singlesShape } from './throughput.ts'

/** As many as the hammer has writers. */
const connections = 256
/** Each of the two rows is made of so many parts, so that what disturbs the machine meets both. */
const roundsMax = 4

/** records.single256 and peer.tessera: in turns, because their ratio is what is asked for. */
export async function measurePeer(context: BenchContext, subject: Subject): Promise<void> {
  const tessera = wants(context, 'peer.tessera') ? await openTessera(context) : undefined
  const singles: LoadResult[] = []
  const hammered: number[] = []
  const shape = { ...singlesShape(context, connections), tellsLatencies: true }
  // A part of less than a second would measure nothing on a busy machine.
  const rounds = Math.max(1, Math.min(roundsMax, Math.floor(shape.seconds)))
  const part = { ...shape, seconds: shape.seconds / rounds }
  for (let round = 0; round < rounds; round++) {
    if (wants(context, 'records.single256')) {
      context.say(`single statements on ${connections} connections`)
      singles.push(await applyLoad(subject, part))
      await drainProjection(subject.server, subject.writers)
    }
    if (!tessera) continue
    context.say('Tessera: its own hammer')
    hammered.push(await tessera.hammer(subject.statementBytes, part.seconds))
  }
  const parts = { parts: rounds, ...(tessera ? { 'in turns with': 'peer.tessera' } : {}) }
  if (singles.length > 0) {
    const whole = together(singles)
    const conditions = { ...conditionsOf(shape, whole), ...parts }
    context.add(resultOf('records.single256', whole.rate, conditions))
  }
  if (tessera) await addTessera(context, subject, { tessera, hammered, seconds: shape.seconds })
}

/** Parts of one length as one. */
function together(all: readonly LoadResult[]): LoadResult {
  const cores = all.flatMap(({ serverCores }) => serverCores ?? [])
  return {
    appended: sum(all.map(({ appended }) => appended)),
    requests: sum(all.map(({ requests }) => requests)),
    rate: mean(all.map(({ rate }) => rate)),
    measuredSeconds: sum(all.map(({ measuredSeconds }) => measuredSeconds)),
    slowestSecond: Math.min(...all.map(({ slowestSecond }) => slowestSecond)),
    latency: percentilesOf(all.flatMap(({ latencies }) => latencies ?? [])),
    generatorCores: mean(all.map(({ generatorCores }) => generatorCores)),
    ...(cores.length > 0 ? { serverCores: mean(cores) } : {}),
  }
}

type Hammered = {
  readonly tessera: Tessera
  readonly hammered: readonly number[]
  readonly seconds: number
}

async function addTessera(
  context: BenchContext,
  { source, verifyRate, statementBytes }: Subject,
  { tessera, hammered, seconds }: Hammered,
): Promise<void> {
  context.say('Tessera: our load generator, then writers in its own process')
  const { warmup, peer } = lengthsOf(context.options)
  // It verifies nothing, so that it may well be faster than that.
  const file = await source.sign(Math.ceil(3 * verifyRate * (warmup + peer)))
  const others = await tessera.others(file)
  rmSync(file.path)
  context.add(
    resultOf('peer.tessera', mean(hammered), {
      ...tesseraConditions,
      'leaf bytes': statementBytes,
      seconds: rounded(seconds),
      parts: hammered.length,
      ...others,
    }),
  )
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, one) => total + one, 0)
const mean = (numbers: readonly number[]) => sum(numbers) / numbers.length
