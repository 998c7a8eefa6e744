import { rmSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { type BenchContext, lengthsOf, wants } from '../context.ts'
import { createWriters } from '../network/issuers.ts'
import type { Server } from '../network/server.ts'
import { resultOf } from '../report.ts'
import { createStatementSource } from '../statements/sign.ts'
import { payloadBytes } from '../statements/template.ts'
import { checkDurability } from './durability.ts'
import { appendLimit, verifyLimit } from './limits.ts'
import { batchSize, type Subject } from './throughput.ts'

/** Statements that the limits are measured with: more than caches of a core hold. */
const limitStatements = 20_000

/** A network whose commits are known to be durable, with writers. Measures the limits too. */
export async function prepare(context: BenchContext, server: Server): Promise<Subject> {
  const { options, folder, say, add } = context
  const writers = await createWriters(server)
  const source = createStatementSource(writers, { folder, hasActIds: options.hasActIds })
  say('is every commit on disk before it is answered?')
  const durability = await checkDurability(server, writers, source)
  say('signature verification alone, durable append alone')
  const seconds = lengthsOf(options).limit
  const file = await source.sign(limitStatements)
  const verifyRate = await verifyLimit(writers, file, seconds)
  const size = { 'statement bytes': file.statementBytes, 'payload bytes': payloadBytes }
  if (wants(context, 'limit.verify')) {
    const threads = availableParallelism()
    add(resultOf('limit.verify', verifyRate, { threads, seconds, ...size, algorithm: 'Ed25519' }))
  }
  if (wants(context, 'limit.append')) {
    const rate = await appendLimit(folder, file, { seconds, perCommit: batchSize })
    add(resultOf('limit.append', rate, { 'statements per commit': batchSize, seconds, ...size }))
  }
  rmSync(file.path)
  const { statementBytes } = file
  return { server, writers, source, statementBytes, verifyRate, durability }
}
