import assert from 'node:assert/strict'
import { mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { getPriority } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { runProgram } from '../../../engines/run-program.ts'
import { testFolder } from '../../../testing/folder.ts'
import { needs } from '../../../testing/needs.ts'
import { type Enclosure, type EnclosureNeeds, findEnclosure, limitsOnly } from './enclosure.ts'

const limits = {
  ...{ memoryBytes: 256 * 1024 * 1024, openFiles: 64, fileBytes: 100_000, processes: 32 },
  niceness: 3,
}

/** Folders that an enclosure shows, and a way to run a line of shell in it. */
function useEnclosure() {
  const folder = testFolder()
  const [root, shown, own] = ['root', 'shown', 'own'].map((name) => join(folder.path, name))
  let enclosure: Enclosure
  before(async () => {
    for (const path of [root, shown, own]) mkdirSync(path ?? '')
    folder.file('shown/file', 'seen', 0o644)
    folder.file('secret', 'of the node', 0o644)
    enclosure = await findEnclosure(root ?? '')
  })
  after(() => folder.remove())

  const run = (line: string, change: Partial<EnclosureNeeds> = {}, timeoutMs = 20_000) => {
    const program = { path: '/bin/sh', args: ['-c', line], cwd: own ?? '', env: { OWN: 'x' } }
    const base = { name: 'test', readable: [shown ?? ''], writable: [own ?? ''] }
    const kept = { ...base, hasNetwork: false, limits, ...change }
    return runProgram(enclosure.around(program, kept), { timeoutMs })
  }
  return { folder, root, shown, own, run, means: () => enclosure.means }
}

describe('an enclosure', () => {
  const { folder, root, shown, own, run, means } = useEnclosure()

  it('shows the files that are named, lets write where it is said, and nothing else', async (t) => {
    if (!needs(t, 'root', 'linux')) return
    assert.equal(means(), 'namespaces')
    const secret = join(folder.path, 'secret')
    const { lines, code } = await run(`
      cat ${shown}/file; echo
      pwd
      touch ${shown}/x 2>/dev/null || echo not there
      touch /usr/x /x 2>/dev/null || echo nor there
      cat ${secret} 2>/dev/null || echo no secret
      ls -a /root /home /etc/passwd 2>/dev/null | head -3
      (echo 1 >/proc/sys/kernel/pty/max) 2>/dev/null || echo no settings
      mount -t tmpfs none /tmp 2>/dev/null || echo no rights
      grep -E '^(CapEff|CapBnd|NoNewPrivs)' /proc/self/status | tr -d '\\t'
      echo "$$ $OWN"
      echo made >made; nice; id -u`)
    const user = lines.at(-1)
    const niceness = String(Math.min(19, getPriority() + 3))
    assert.deepEqual(lines.slice(0, -1), [
      ...['seen', own, 'not there', 'nor there', 'no secret', 'no settings', 'no rights'],
      ...['CapEff:0000000000000000', 'CapBnd:0000000000000000', 'NoNewPrivs:1', '1 x', niceness],
    ])
    assert.equal(code, 0)
    assert.ok(Number(user) >= 1_900_000_000)
    assert.equal(readFileSync(join(own ?? '', 'made'), 'utf8'), 'made\n')
    assert.equal(statSync(join(own ?? '', 'made')).uid, Number(user))
    assert.deepEqual(readdirSync(root ?? ''), [])
  })

  it('has a network of its own, or that of the host where it is to', async (t) => {
    if (!needs(t, 'root', 'linux', 'python3')) return
    const server = createServer((socket) => socket.end())
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    try {
      const { port } = server.address() as AddressInfo
      const dial = `python3 -c 'import socket; socket.create_connection(("127.0.0.1", ${port}))'`
      const line = `${dial} 2>/dev/null && echo there || echo not there`
      assert.deepEqual((await run(line)).lines, ['not there'])
      assert.deepEqual((await run(line, { hasNetwork: true })).lines, ['there'])
    } finally {
      server.close()
    }
  })

  it('ends what takes too much, with all that it started', async (t) => {
    if (!needs(t, 'root', 'linux', 'python3')) return
    const eat = await run(`python3 -c 'x = [bytearray(2**24) for _ in range(64)]' || echo stopped`)
    assert.equal(eat.lines.at(-1), 'stopped')
    const write = await run('dd if=/dev/zero of=big bs=1000 count=200 2>/dev/null || wc -c <big')
    assert.match(String(write.lines.at(-1)), /^100000$/)
    const forks = await run('for n in $(seq 60); do sleep 5 & done')
    assert.match(forks.lines.join(), /[Cc]annot fork/)
    const cpu = { limits: { ...limits, cpuSeconds: 1 } }
    const spin = await run('while :; do :; done', cpu)
    assert.notEqual(spin.code, 0)
    // One that leaves its session does not outlive the end of it all.
    const mark = `ark-of-${process.pid}`
    const away = `setsid python3 -c 'import time; time.sleep(60)' m${mark} &`
    const running = () => runProgram({ path: 'pgrep', args: ['-f', `[m]${mark}`] })
    const startMs = performance.now()
    const kept = run(`${away} trap '' TERM; sleep 60; sleep 60`, {}, 3000)
    while ((await running()).code !== 0) assert.ok(performance.now() - startMs < 3000)
    await kept
    assert.ok(performance.now() - startMs < 10_000)
    assert.equal((await running()).code, 1)
  })

  it('keeps the limits also where there are no namespaces', async (t) => {
    if (!needs(t, 'linux', 'python3')) return
    const line = `python3 -c 'x = [bytearray(2**24) for _ in range(64)]' || echo stopped; nice`
    const program = { path: '/bin/sh', args: ['-c', line] }
    const kept = { name: 'test', readable: [], writable: [], hasNetwork: true, limits }
    const { lines } = await runProgram(limitsOnly.around(program, kept), { timeoutMs: 20_000 })
    assert.deepEqual(lines.slice(-2), ['stopped', String(Math.min(19, getPriority() + 3))])
  })
})
