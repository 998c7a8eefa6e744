import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { testCli } from '../testing/cli.ts'
import { commandTable } from './command-table.ts'

describe('every command', () => {
  for (const [name, { summary, load }] of Object.entries(commandTable)) {
    it(`${name}: help shows examples first, then every option, and exits 0`, async () => {
      const { command } = await load()
      for (const argv of [
        [...name.split(' '), '--help'],
        ['help', ...name.split(' ')],
      ]) {
        const { code, stdout, stderr } = await testCli(argv)
        assert.deepEqual([code, stderr], [0, ''])
        const [examples, usage, options] = ['Examples:', 'Usage:', 'Options:'].map((one) =>
          stdout.indexOf(`\n${one}\n`),
        )
        assert.ok(examples && usage && options && examples < usage && usage < options, stdout)
        assert.ok(stdout.startsWith(summary), stdout)
        assert.match(stdout, /docs\/reference\/cli\.md/)
        for (const option of Object.keys(command.options ?? {})) {
          assert.ok(stdout.includes(`--${option}`), `${name} --${option}`)
        }
      }
    })

    it(`${name}: its examples begin with bsn ${name}, and parse`, async () => {
      const { command } = await load()
      assert.ok(command.examples.length > 0)
      assert.ok(command.examples.some((one) => one.includes(`bsn ${name}`)))
      assert.equal(command.output.type === 'object' || 'oneOf' in command.output, true)
      const { code, stderr } = await testCli([...name.split(' '), '--no-such-option', '--json'])
      assert.equal(code, 2)
      assert.equal(JSON.parse(stderr).code, 'CLI_OPTION_UNKNOWN')
    })
  }
})

describe('runCli', () => {
  it('prints short help where nothing is asked', async () => {
    const { code, stdout } = await testCli([])
    assert.equal(code, 0)
    assert.ok(stdout.indexOf('Examples:') < stdout.indexOf('Commands:'))
    for (const name of Object.keys(commandTable)) assert.ok(stdout.includes(`\n  ${name} `), name)
    const group = await testCli(['record'])
    assert.deepEqual([group.code, group.stdout.includes('record put')], [0, true])
  })

  it('tells its version, also as a document', async () => {
    const text = await testCli(['--version'])
    assert.match(text.stdout, /^bsn \d+\.\d+\.\d+ \(Node 2\d\./)
    const { name, version } = (await testCli(['--version', '--json'])).json()
    assert.deepEqual([name, typeof version], ['bsn', 'string'])
  })

  it('tells usage errors on stderr, with code, remedy and suggestion', async () => {
    const { code, stdout, stderr } = await testCli(['recrod', 'put'])
    assert.deepEqual([code, stdout], [2, ''])
    assert.match(stderr, /CLI_COMMAND_UNKNOWN.*bsn record put.*\n {2}what to do: /)
    const json = await testCli(['stauts', '--json'])
    assert.deepEqual([json.code, json.problem().exitCode], [2, 2])
  })

  it('prints a stack only with --verbose', async () => {
    const argv = ['status', '--gateway', 'http://127.0.0.1:1', '--ledger', 'x']
    const plain = await testCli(argv)
    assert.deepEqual([plain.code, plain.stderr.includes('    at ')], [7, false])
    const loud = await testCli([...argv, '--verbose'])
    assert.equal(loud.stderr.includes('    at '), true)
  })
})
