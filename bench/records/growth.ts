import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { type BenchContext, lengthsOf, wants } from '../context.ts'
import type { PrefillJob } from '../growth/prefill.ts'
import { percentilesOf } from '../load/latencies.ts'
import type { LoadResult } from '../load/plan.ts'
import { createWriters } from '../network/issuers.ts'
import { runProgram } from '../network/program.ts'
import { startServer } from '../network/server.ts'
import { resultOf, rounded } from '../report.ts'
import { createStatementSource } from '../statements/sign.ts'
import { highestOf, memoryDuring } from './memory.ts'
import { readReceipts } from './read-receipts.ts'
import { drainProjection } from './sample.ts'
import { applyLoad, batchShape, conditionsOf, type Subject } from './throughput.ts'

/** What the large log is compared with: a fiftieth, at most 100,000 entries. */
const smallEntriesMax = 100_000
const entriesRatio = 50
const receiptReads = 2000
/** Turns of small and large log, so that what disturbs the machine disturbs both. */
const turns = 2

/** growth.ratio, growth.memory, restart and receipt.p99. */
export async function measureGrowth(context: BenchContext, base: Subject): Promise<void> {
  const { entries } = context.options
  const smallEntries = Math.min(smallEntriesMax, Math.max(1, Math.floor(entries / entriesRatio)))
  const small = await createPrefilled(context, base, { name: 'small', entries: smallEntries })
  const large = await createPrefilled(context, base, { name: 'large', entries })
  context.say(`start again with ${entries} entries`)
  await large.server.stop()
  const again = { ...large, server: await startServer(context.options.bsn, large.server.home) }
  if (wants(context, 'restart')) {
    const note = {
      entries,
      cache: 'warm',
      from: 'the start of the process',
      to: '/readyz says yes',
    }
    context.add(resultOf('restart', again.server.startSeconds, note))
  }
  await measureReceipts(context, again, entries)
  if (wants(context, 'growth.ratio', 'growth.memory')) {
    await compareRates(context, { small, large: again, smallEntries })
  }
  for (const { server } of [small, again]) {
    await server.stop()
    if (!context.options.keeps) rmSync(server.home, { recursive: true })
  }
}

/** A network with so many entries, just started. */
async function createPrefilled(
  { options, folder, say }: BenchContext,
  base: Subject,
  { name, entries }: { readonly name: string; readonly entries: number },
): Promise<Subject> {
  say(`fill a ledger with ${entries} entries`)
  const home = join(folder, name)
  const first = await startServer(options.bsn, home)
  const writers = await createWriters(first)
  await first.stop()
  const { hasActIds } = options
  const job: PrefillJob = {
    ...{ home, writers, entries, firstNumber: prefillFrom },
    options: { hasActIds, iat: Math.floor(Date.now() / 1000) },
  }
  await runProgram(new URL('../growth/prefill.ts', import.meta.url), job)
  const source = createStatementSource(writers, { folder, hasActIds })
  return { ...base, server: await startServer(options.bsn, home), writers, source }
}

/** Far above the numbers of statements that are signed for a load. */
const prefillFrom = 1e12

async function measureReceipts(
  context: BenchContext,
  { server, writers }: Subject,
  entries: number,
): Promise<void> {
  if (!wants(context, 'receipt.p99')) return
  context.say('receipts at random indexes')
  const latencies = await readReceipts(server, writers, { size: entries, reads: receiptReads })
  const { p50, p99, p999 } = percentilesOf(latencies)
  const spread = { 'p50 ms': rounded(p50), 'p99.9 ms': rounded(p999) }
  const note = { entries, reads: receiptReads, connections: 1, ...spread }
  context.add(resultOf('receipt.p99', p99, note))
}

type Pair = { readonly small: Subject; readonly large: Subject; readonly smallEntries: number }

async function compareRates(context: BenchContext, { small, large, smallEntries }: Pair) {
  const { entries } = context.options
  const shape = batchShape(context, lengthsOf(context.options).growth)
  const runs: { small: LoadResult; large: LoadResult }[] = []
  let memory = await memoryDuring(large.server, Promise.resolve())
  for (let turn = 0; turn < turns; turn++) {
    context.say(`rate at ${smallEntries} entries and at ${entries}, turn ${turn + 1} of ${turns}`)
    const first = await applyLoad(small, shape)
    await drainProjection(small.server, small.writers)
    const load = applyLoad(large, shape)
    memory = highestOf(memory, await memoryDuring(large.server, load))
    runs.push({ small: first, large: await load })
    await drainProjection(large.server, large.writers)
  }
  const mean = (of: 'small' | 'large') => runs.reduce((sum, run) => sum + run[of].rate, 0) / turns
  const [last] = runs.slice(-1)
  const conditions = last ? conditionsOf(shape, last.large) : {}
  const rates = {
    [`rate at ${smallEntries}`]: rounded(mean('small')),
    [`rate at ${entries}`]: rounded(mean('large')),
    turns,
  }
  if (wants(context, 'growth.ratio')) {
    const ratio = mean('large') / mean('small')
    context.add(resultOf('growth.ratio', ratio, { ...rates, ...conditions }))
  }
  if (wants(context, 'growth.memory')) {
    const how = {
      ...{ entries, of: 'the main thread' },
      'all anonymous memory of all threads, MB': memory.anonymous,
      'mapped pages of files, MB': memory.mapped,
    }
    context.add(resultOf('growth.memory', memory.heapAndBuffers, how))
  }
}
