import assert from 'node:assert/strict'
import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { testFolder } from '../../src/testing/folder.ts'
import { needs } from '../../src/testing/needs.ts'
import { testPrng } from '../../src/testing/seed.ts'
import { clientOf, profileOf, settle } from './load.ts'
import { Program, type ProgramOptions } from './program.ts'

/** Starts programs over one data folder; ends and removes everything after the test. */
function place(t: TestContext) {
  const folder = testFolder()
  const programs: Program[] = []
  t.after(async () => {
    for (const program of programs) if (!program.hasEnded) await program.kill()
    folder.remove()
  })
  const home = join(folder.path, 'home')
  const start = (options: Partial<ProgramOptions> = {}) => {
    const program = new Program({ home, ...options })
    programs.push(program)
    return program
  }
  return { folder, home, start }
}

/** Starts, uses what the profile names, and ends in order. */
async function works(home: string, program: Program): Promise<void> {
  const gateway = await program.address()
  assert.equal(profileOf(home).ledger.length, 44)
  await settle(clientOf(gateway, home), home)
  assert.deepEqual(await program.stop(), { code: 0, signal: null }, program.log)
}

describe('the first start', () => {
  it('leaves secrets that their owner alone can read, and no lock', async (t) => {
    const { home, start } = place(t)
    const program = start()
    await program.address()
    assert.equal(statSync(join(home, 'node.lock')).mode & 0o777, 0o600)
    await works(home, program)
    const mode = (...names: string[]) => statSync(join(home, ...names)).mode & 0o777
    assert.deepEqual(
      [mode(), mode('keys'), mode('ledger'), mode('ledger/store')],
      [0o700, 0o700, 0o700, 0o700],
    )
    assert.deepEqual([mode('profile.json'), mode('keys/validator.json')], [0o600, 0o600])
    assert.ok(!existsSync(join(home, 'node.lock')))
  })

  it('that was killed at any moment begins again', async (t) => {
    const prng = testPrng()
    t.diagnostic(`seed ${prng.seed}`)
    const { home, start } = place(t)
    for (let round = 0; round < 8; round++) {
      const program = start()
      await pause(prng.int(200, 700))
      await program.kill()
    }
    await works(home, start())
  })

  it('that was killed between two of its steps begins again', async (t) => {
    if (!needs(t, 'strace')) return
    for (const when of [1, 2, 3]) {
      const { home, start } = place(t)
      const inject = `inject=rename:signal=KILL:when=${when}`
      const under = ['strace', '-f', '-qq', '-o', '/dev/null', '-e', 'trace=rename', '-e', inject]
      const cut = start({ under })
      await cut.exit
      assert.ok(!existsSync(join(home, 'ledger')) || when === 3)
      await works(home, start())
    }
  })
})

describe('a start', () => {
  it('over a data folder in use is refused, and harms nothing', async (t) => {
    const { home, start } = place(t)
    const first = start()
    await first.address()
    const second = start()
    const { code } = await second.exit
    assert.notEqual(code, 0)
    assert.match(second.log, /STORE_IN_USE/)
    await works(home, first)
  })

  it('without the key that signs blocks is refused; with it again it goes on', async (t) => {
    const { home, start } = place(t)
    await works(home, start())
    const path = join(home, 'keys/validator.json')
    const key = readFileSync(path)
    rmSync(path)
    const refused = start()
    assert.notEqual((await refused.exit).code, 0)
    assert.match(refused.log, /HOME_KEYS_MISSING/)
    writeFileSync(path, '{"algorithm":')
    const broken = start()
    assert.notEqual((await broken.exit).code, 0)
    assert.match(broken.log, /KEY_INVALID/)
    writeFileSync(path, key, { mode: 0o600 })
    await works(home, start())
  })

  it('goes on where the profile or the lists are gone or broken', async (t) => {
    const { home, start } = place(t)
    await works(home, start())
    const profile = readFileSync(join(home, 'profile.json'))
    writeFileSync(join(home, 'profile.json'), '{"format":')
    rmSync(join(home, 'projection'), { recursive: true })
    const program = start()
    await program.address()
    assert.equal((await program.stop()).code, 0, program.log)
    writeFileSync(join(home, 'profile.json'), profile)
    await works(home, start())
  })
})
