import { closeSync, openSync, readFileSync, rmSync } from 'node:fs'
import { statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { CborReader, createClient } from '@openbsn/sdk'
import { benchError } from '../errors.ts'
import { syncPage } from '../load/sync-page.ts'
import { deviceOf } from '../network/block-device.ts'
import { countSyncs } from '../network/count-syncs.ts'
import type { Writers } from '../network/issuers.ts'
import { mapsOf } from '../network/process-figures.ts'
import type { Server } from '../network/server.ts'
import { type Conditions, rounded } from '../report.ts'
import type { StatementSource } from '../statements/sign.ts'

/** File systems in memory, by the magic numbers of statfs(2). */
const memoryFileSystems = new Map([
  [0x01021994, 'tmpfs'],
  [0x858458f6, 'ramfs'],
])

/** Libraries that turn fsync into nothing. */
const pretenders = /eatmydata|nosync|nofsync|libfakesync/

const commits = 20

/**
 * Makes sure that what the server answers is on disk, from the outside: the file system is one, no
 * library hides fsync, and each of some single commits took its time, reached the device, and asked
 * the kernel to sync.
 * @throws BENCH_NOT_DURABLE
 */
export async function checkDurability(
  server: Server,
  writers: Writers,
  source: StatementSource,
): Promise<Conditions> {
  const kind = memoryFileSystems.get((await statfs(server.home)).type >>> 0)
  if (kind) throw notDurable(`The data folder lies in memory (${kind}).`)
  const pretender = pretenders.exec(mapsOf(server.pid))?.[0]
  if (pretender) throw notDurable(`The server has loaded a library against fsync (${pretender}).`)
  const seen = await watchDevice(server, () => commitSome(server, writers, source))
  const syncs = await countSyncs(server.pid, () => commitSome(server, writers, source))
  if (syncs === undefined) return seen // No strace here: the device alone has to do.
  if (syncs < commits) throw notDurable(`${commits} commits made ${syncs} calls of fdatasync.`)
  return { ...seen, [`fdatasync calls of ${commits} commits`]: syncs }
}

/** Time and device writes of the commits. Others who write at the same time blur the latter. */
async function watchDevice(server: Server, work: () => Promise<unknown>): Promise<Conditions> {
  const bareMs = bareSyncMs(server.home)
  const [device, totals] = [deviceOf(server.home), await commitTotals(server)]
  await work()
  const [deviceAfter, totalsAfter] = [deviceOf(server.home), await commitTotals(server)]
  const seconds = totalsAfter.seconds - totals.seconds
  const commitMs = (seconds / (totalsAfter.count - totals.count)) * 1000
  const seen = { 'mean commit ms': rounded(commitMs), 'bare fdatasync ms': rounded(bareMs) }
  if (commitMs < bareMs / 2) throw notDurable(`Commits are too fast: ${JSON.stringify(seen)}.`)
  if (!device || !deviceAfter) return seen
  const writes = deviceAfter.writes - device.writes
  if (writes < commits) throw notDurable(`${commits} commits made ${writes} device writes.`)
  return { ...seen, [`device flushes of ${commits} commits`]: deviceAfter.flushes - device.flushes }
}

function notDurable(message: string): Error {
  return benchError('BENCH_NOT_DURABLE', message)
}

/** What a write of one page and fdatasync take in this folder: the least that a commit can. */
function bareSyncMs(folder: string): number {
  const path = join(folder, 'sync-probe')
  const file = openSync(path, 'w')
  let milliseconds = 0
  for (let i = 0; i < commits; i++) milliseconds += syncPage(file, i) / commits
  closeSync(file)
  rmSync(path)
  return milliseconds
}

/** One statement after the other, so that each is a commit of its own. */
async function commitSome(
  { gateway }: Server,
  { ledger }: Writers,
  source: StatementSource,
): Promise<void> {
  const client = createClient({ gateway, ledger })
  const { path } = await source.sign(commits)
  const reader = new CborReader(readFileSync(path))
  for (let i = 0; i < commits; i++) await client.submit([reader.readBytes()])
}

/** By the server's own measure, so that the wait for others of a group is not in it. */
async function commitTotals({ metrics }: Server) {
  const all = await metrics()
  const name = 'bsn_store_fsync_duration_seconds'
  return { seconds: all.get(`${name}_sum`) ?? 0, count: all.get(`${name}_count`) ?? 0 }
}
