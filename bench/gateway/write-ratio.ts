import { type BenchContext, lengthsOf } from '../context.ts'
import { serverMicrosecondsOf } from '../load/meter.ts'
import type { LoadResult } from '../load/plan.ts'
import { createWriters } from '../network/issuers.ts'
import { drainProjection } from '../records/sample.ts'
import { applyLoad, batchShape, type Shape, type Subject } from '../records/throughput.ts'
import { type Conditions, resultOf, rounded } from '../report.ts'
import { createStatementSource } from '../statements/sign.ts'

/** Far above what a machine does: they are counted and never refuse. */
const limits = { perSecond: 1_000_000, writesPerDay: 1_000_000_000 }
const singleConnections = 64
/** In either order, so that what a growing log costs is paid by both. */
const pairs: readonly (readonly [Kind, Kind])[] = [
  ['plain', 'limited'],
  ['limited', 'plain'],
  ['plain', 'limited'],
  ['limited', 'plain'],
]

type Kind = 'plain' | 'limited'
type Subjects = Readonly<Record<Kind, Subject>>

/**
 * gateway.write.ratio: signed statements of credentials with limits against those of credentials
 * without any, in turn on one gateway; the lower one of batches and singles, each the median of
 * some pairs of turns, so that what disturbs the machine for a moment does not decide.
 */
export async function measureWriteRatio(context: BenchContext, subject: Subject): Promise<void> {
  const { folder, options, add } = context
  const writers = await createWriters(subject.server, { service: 'limit', limits })
  const source = createStatementSource(writers, { folder, hasActIds: options.hasActIds })
  const subjects = { plain: subject, limited: { ...subject, writers, source } }
  const { turn: seconds, warmup: warmupSeconds } = lengthsOf(options)
  const batch = batchShape(context, seconds)
  const single = { connections: singleConnections, perRequest: 1, warmupSeconds, seconds }
  const batches = await compare(context, subjects, batch)
  const singles = await compare(context, subjects, single)
  add(
    resultOf('gateway.write.ratio', Math.min(batches.ratio, singles.ratio), {
      ...conditionsOf('batches', batch, batches),
      ...conditionsOf('singles', single, singles),
      'seconds of each turn': rounded(seconds),
      'pairs of turns': pairs.length,
      ...limits,
      'on in both': 'access, logs, metrics, lists, usage',
    }),
  )
}

type Turns = Readonly<Record<Kind, LoadResult[]>>
type Comparison = { readonly ratio: number; readonly turns: Turns }

async function compare(
  { say }: BenchContext,
  subjects: Subjects,
  shape: Shape,
): Promise<Comparison> {
  const turns: Turns = { plain: [], limited: [] }
  for (const kind of pairs.flat()) {
    say(`${shape.perRequest} statements per request, ${kind} credentials`)
    turns[kind].push(await applyLoad(subjects[kind], shape))
    await drainProjection(subjects[kind].server, subjects[kind].writers)
  }
  const ratios = turns.limited.map(({ rate }, i) => rate / (turns.plain[i]?.rate ?? Number.NaN))
  return { ratio: medianOf(ratios), turns }
}

/** The mean of the two in the middle, of an even number. */
function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other)
  const middle = sorted.slice(sorted.length / 2 - 1, sorted.length / 2 + 1)
  return middle.reduce((sum, value) => sum + value / middle.length, 0)
}

const meanOf = (results: readonly LoadResult[], of: (one: LoadResult) => number) =>
  results.reduce((sum, one) => sum + of(one) / results.length, 0)

function conditionsOf(
  name: string,
  { connections, perRequest }: Shape,
  { ratio, turns: { limited, plain } }: Comparison,
): Conditions {
  const figures: Record<string, number> = {
    'statements per request': perRequest,
    connections,
    ratio,
    'statements/s with limits': meanOf(limited, ({ rate }) => rate),
    'statements/s without': meanOf(plain, ({ rate }) => rate),
    'server µs per statement with limits': meanOf(limited, serverMicrosecondsOf),
    'server µs without': meanOf(plain, serverMicrosecondsOf),
    'server cores': meanOf(limited, ({ serverCores = Number.NaN }) => serverCores),
    'generator cores': meanOf(limited, ({ generatorCores }) => generatorCores),
  }
  const told = Object.entries(figures).filter(([, value]) => !Number.isNaN(value))
  return Object.fromEntries(told.map(([key, value]) => [`${name}: ${key}`, rounded(value)]))
}
