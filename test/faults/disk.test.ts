import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { LedgerStore } from '../../src/ledger/ledger-store.ts'
import { openStore } from '../../src/storage/store.ts'
import { needs } from '../../src/testing/needs.ts'
import { testPrng } from '../../src/testing/seed.ts'
import { Crashes } from './crashes.ts'
import type { Program } from './program.ts'

/** A failed write ends the process within this: its clients wait for it. */
const stopMsMax = 10_000

/** strace counts calls by thread, so the store's calls all come from one (UV_THREADPOOL_SIZE). */
function injecting(call: string, fault: string, ...more: readonly string[]) {
  // Faster with a filter in the kernel; but then an injected SIGKILL never comes.
  const filter = fault.startsWith('signal') ? [] : ['--seccomp-bpf']
  const quiet = ['strace', '-f', ...filter, '-qq', '-o', '/dev/null']
  const under = [...quiet, ...more, '-e', `trace=${call}`]
  return {
    under: [...under, '-e', `inject=${call}:${fault}`],
    env: { UV_THREADPOOL_SIZE: '1' },
  }
}

async function begin(t: TestContext, clients = 3): Promise<Crashes> {
  const prng = testPrng()
  t.diagnostic(`seed ${prng.seed}`)
  const crashes = new Crashes(prng, { clients, batchMax: 20 })
  t.after(() => crashes.remove())
  await crashes.begin()
  return crashes
}

/** Waits until the program has ended by itself. */
async function endsItself(program: Program): Promise<void> {
  const started = performance.now()
  while (!program.hasEnded && performance.now() - started < stopMsMax) await pause(20)
  assert.ok(program.hasEnded, `still running ${stopMsMax} ms after the fault:\n${program.log}`)
}

async function judge(t: TestContext, crashes: Crashes): Promise<void> {
  const { acknowledged, entries } = await crashes.judge()
  t.diagnostic(`${acknowledged} acknowledged, ${entries} entries`)
  assert.ok(acknowledged > 0)
}

/** What failed, and that nothing is lost. */
const inOurWords =
  /Writing to [^"]*ledger\/store failed \(.*The process stops now; .*nothing that was acknowledged/

describe('a disk that fails', () => {
  const failures = [
    ...[1, 2, 3, 9].map((when) => ['fdatasync', `error=EIO:when=${when}`] as const),
    ...[1, 2, 3, 8].map((when) => ['pwrite64', `error=EIO:when=${when}`] as const),
    ...[1, 2, 11].map((when) => ['pwrite64', `error=ENOSPC:when=${when}`] as const),
  ]
  it('stops the process, which says why; what was acknowledged is there afterwards', async (t) => {
    if (!needs(t, 'strace')) return
    const crashes = await begin(t)
    const aborted: string[] = []
    for (const [call, fault] of failures) {
      const file = join(crashes.home, 'ledger/store/data.mdb')
      const program = await crashes.live(endsItself, injecting(call, fault, '-P', file))
      const { code } = await program.exit
      const what = `${call} ${fault}: exit code ${code}\n${program.log}`
      assert.notEqual(code, 0, what)
      if (inOurWords.test(program.log)) assert.match(program.log, /STORE_COMMIT_FAILED/, what)
      else aborted.push(what)
      assert.doesNotMatch(program.log, /unhandled|UnhandledPromise|triggerUncaught/i, what)
    }
    // A page that cannot be written: lmdb may, seldom, be aborted before we speak (ADR 0004).
    for (const what of aborted) assert.match(what, /^pwrite64 [\s\S]*^Write error: /m)
    assert.ok(aborted.length <= 3, aborted.join('\n\n'))
    t.diagnostic(`${failures.length} failures, ${aborted.length} of them not in our words`)
    await judge(t, crashes)
  })

  it('and kills it at the first, fourth … nineteenth sync', async (t) => {
    if (!needs(t, 'strace')) return
    const crashes = await begin(t)
    const file = join(crashes.home, 'ledger/store/data.mdb')
    for (let when = 1; when < 20; when += 3) {
      const kill = injecting('fdatasync', `signal=KILL:when=${when}`, '-P', file)
      await crashes.live(endsItself, kill)
    }
    await judge(t, crashes)
  })
})

describe('a slow disk', () => {
  it('only makes clients wait, who then share its commits', async (t) => {
    if (!needs(t, 'strace')) return
    const crashes = await begin(t)
    const before = await headOf(crashes.home)
    const file = join(crashes.home, 'ledger/store/data.mdb')
    const trace = crashes.folder.file('trace')
    const slow = injecting('fdatasync,pwrite64', 'delay_enter=200000', '-P', file)
    const under = slow.under
      .map((one) => (one === '/dev/null' ? trace : one))
      .map((one) => one.replace('inject=fdatasync,pwrite64', 'inject=fdatasync'))
    const program = await crashes.live(
      async (running) => {
        await pause(3000)
        const { code } = await running.stop()
        assert.equal(code, 0, running.log)
      },
      { ...slow, under },
    )
    assert.doesNotMatch(program.log, /STORE_COMMIT_FAILED/)
    const after = await headOf(crashes.home)
    const [blocks, entries] = [after.height - before.height, after.size - before.size]
    const { syncs, commits } = writesIn(readFileSync(trace, 'utf8'))
    t.diagnostic(`${entries} entries, ${blocks} blocks, ${commits} commits, ${syncs} syncs`)
    // One durable commit for each group, however many statements are in it.
    assert.deepEqual([commits, syncs], [blocks, blocks])
    assert.ok(blocks >= 5 && entries >= 3 * blocks, `${entries} entries in ${blocks} blocks`)
    await judge(t, crashes)
  })

  it('that never answers is found out by the watchdog, which does not wait for it', async (t) => {
    if (!needs(t, 'linux', 'strace')) return
    const crashes = await begin(t)
    const file = join(crashes.home, 'ledger/store/data.mdb')
    const { under, env } = injecting('fdatasync', 'delay_enter=120000000:when=3', '-P', file)
    const quick = {
      ...env,
      NODE_OPTIONS: `--import=${join(import.meta.dirname, 'short-watch.mjs')}`,
    }
    const hangs = async (program: Program) => {
      const { pid } = program
      assert.ok(isRunning(pid))
      const started = performance.now()
      while (isRunning(pid) && performance.now() - started < 2 * stopMsMax) await pause(20)
      assert.ok(!isRunning(pid), `it waits for the disk:\n${program.log}`)
      assert.ok(!program.hasEnded, 'strace still delays the call')
      await program.kill()
    }
    const program = await crashes.live(hangs, { under, env: quick })
    assert.match(program.log, inOurWords)
    assert.match(program.log, /STORE_COMMIT_FAILED.*\(not done after 30000 ms;/)
    await judge(t, crashes)
  })
})

/** Height and size of a ledger that no process has open. */
async function headOf(home: string): Promise<{ height: number; size: number }> {
  const folder = join(home, 'ledger/store')
  const store = new LedgerStore(openStore({ folder, readOnly: true }, { onFailure: assert.fail }))
  const height = store.headHeight() ?? 0
  const block = store.block(height)
  await store.close()
  assert.ok(block, `block ${height}`)
  return { height, size: block.firstIndex + block.count }
}

/**
 * What strace saw of a store's file. LMDB commits by writing one of its first two pages, which hold
 * what is valid, after it has synced the others.
 */
function writesIn(trace: string): { syncs: number; commits: number } {
  const places = [...trace.matchAll(/pwrite64\(.*, \d+, (\d+)(?:\)| <)/g)].map(([, at]) =>
    Number(at),
  )
  return {
    syncs: [...trace.matchAll(/fdatasync\(\d+/g)].length,
    commits: places.filter((at) => at < 2 * 4096).length,
  }
}

/** strace holds on to the dead process for as long as it delays it, so "is there" is not enough. */
function isRunning(pid: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}
