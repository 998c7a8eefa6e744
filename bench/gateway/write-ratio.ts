import { type BenchContext, lengthsOf } from '../context.ts'
import type { LoadResult } from '../load/plan.ts'
import { createWriters } from '../network/issuers.ts'
import { drainProjection } from '../records/sample.ts'
import { applyLoad, batchShape, type Shape, type Subject } from '../records/throughput.ts'
import { type Conditions, resultOf, rounded } from '../report.ts'
import { createStatementSource } from '../statements/sign.ts'

/** Far above what a machine does: they are counted and never refuse. */
const limits = { perSecond: 1_000_000, writesPerDay: 1_000_000_000 }
const singleConnections = 64
/** Either order once, so that what a growing log costs is paid by both. */
const turns = ['plain', 'limited', 'limited', 'plain'] as const

type Kind = (typeof turns)[number]
type Subjects = Readonly<Record<Kind, Subject>>

/**
 * gateway.write.ratio: signed statements of credentials with limits against those of credentials
 * without any, in turn on one gateway; the lower one of batches and singles.
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
      turns: turns.join(' '),
      ...limits,
      'on in both': 'access, logs, metrics, lists, usage',
    }),
  )
}

type Comparison = {
  readonly ratio: number
  readonly rates: Readonly<Record<Kind, number>>
  readonly last: LoadResult
}

async function compare(
  { say }: BenchContext,
  subjects: Subjects,
  shape: Shape,
): Promise<Comparison> {
  const rates = { plain: 0, limited: 0 }
  let last: LoadResult | undefined
  for (const kind of turns) {
    say(`${shape.perRequest} statements per request, ${kind} credentials`)
    last = await applyLoad(subjects[kind], shape)
    rates[kind] += (2 * last.rate) / turns.length
    await drainProjection(subjects[kind].server, subjects[kind].writers)
  }
  if (!last) throw new RangeError('there are turns')
  return { ratio: rates.limited / rates.plain, rates, last }
}

function conditionsOf(
  name: string,
  { connections, perRequest }: Shape,
  { ratio, rates, last }: Comparison,
): Conditions {
  const { serverCores, generatorCores } = last
  return {
    [`${name}: statements per request`]: perRequest,
    [`${name}: connections`]: connections,
    [`${name}: ratio`]: rounded(ratio),
    [`${name}: statements/s with limits`]: rounded(rates.limited),
    [`${name}: statements/s without`]: rounded(rates.plain),
    ...(serverCores === undefined ? {} : { [`${name}: server cores`]: rounded(serverCores) }),
    [`${name}: generator cores`]: rounded(generatorCores),
  }
}
