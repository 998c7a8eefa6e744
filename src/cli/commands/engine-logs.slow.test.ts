import assert from 'node:assert/strict'
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { Readable } from 'node:stream'
import { describe, it, type TestContext } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { Check } from 'typebox/schema'
import { engineFolder, engineLogPath } from '../../engines/engine-folder.ts'
import { testCli } from '../../testing/cli.ts'
import { until } from '../../testing/engine-program.ts'
import { testFolder } from '../../testing/folder.ts'
import { runCli } from '../run-cli.ts'
import { command } from './engine-logs.ts'

function testHome(t: TestContext) {
  const { path: home, remove } = testFolder()
  t.after(remove)
  const folder = engineFolder(home, 'cometbft')
  mkdirSync(folder, { recursive: true })
  const log = engineLogPath(folder)
  return { log, argv: ['engine', 'logs', 'cometbft', '--home', home] }
}

describe('bsn engine logs', () => {
  it('prints all parts in order, or the last lines', async (t) => {
    const { log, argv } = testHome(t)
    assert.equal((await testCli(argv)).code, 4)
    writeFileSync(`${log}.1`, 'a\nb\n')
    writeFileSync(log, 'c\n\u001b[31md\n')
    assert.equal((await testCli(argv)).stdout, 'a\nb\nc\n·[31md\n')
    assert.equal((await testCli([...argv, '--lines', '3'])).stdout, 'b\nc\n·[31md\n')
    assert.equal((await testCli([...argv, '--lines', '0'])).stdout, '')
    const { stdout } = await testCli([...argv, '--json'])
    const documents = stdout
      .trim()
      .split('\n')
      .map((line): unknown => JSON.parse(line))
    assert.ok(documents.every((document) => Check(command.output, document)))
    assert.deepEqual(documents[3], { line: '\u001b[31md' })
  })

  it('waits for more with --follow, until it is interrupted', async (t) => {
    const { log, argv } = testHome(t)
    const stop = new AbortController()
    let shown = ''
    const write = (data: string | Uint8Array) => {
      shown += data
    }
    const running = runCli({
      argv: [...argv, '--lines', '1', '--follow'],
      env: {},
      folder: '/',
      stdin: () => Readable.from([]),
      stdout: { write },
      stderr: { write },
      clock: { nowSeconds: () => 0 },
      interrupted: () => stop.signal,
      onHangup: () => undefined,
    })
    await setTimeout(50)
    writeFileSync(log, 'first\nsecond\n')
    await until('the second line is shown', () => shown.endsWith('second\n'))
    appendFileSync(log, 'third\n')
    await until('the third line is shown', () => shown.endsWith('second\nthird\n'))
    stop.abort()
    assert.equal(await running, 130)
  })
})
