import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { findCommand } from './find-command.ts'

const find = (line: string) => findCommand(line.split(' ').filter(Boolean))

function refused(line: string): string {
  const found = find(line)
  assert.ok(found.kind === 'failure', line)
  assert.equal(found.failure.exit, 2)
  return `${found.failure.code} ${found.failure.message}`
}

describe('findCommand', () => {
  it('finds commands of one and of two words, with flags before them', () => {
    assert.deepEqual(find('status --json'), { kind: 'command', name: 'status', argv: ['--json'] })
    const argv = ['--json', '-q', '--service', 's']
    const found = { kind: 'command', name: 'record put', argv }
    assert.deepEqual(find('--json -q record put --service s'), found)
  })

  it('turns help before a command into help after it', () => {
    const found = { kind: 'command', name: 'record get', argv: ['--help'] }
    assert.deepEqual(find('help record get'), found)
    assert.deepEqual(find('-h record get'), { ...found, argv: ['-h'] })
    for (const line of ['', 'help', '--help', '-h', '--json', 'help help']) {
      assert.equal(find(line).kind, 'help', line)
    }
    for (const line of ['record', 'help record', 'record --help']) {
      assert.deepEqual(find(line), { kind: 'group', group: 'record' }, line)
    }
    assert.equal(find('--version --json').kind, 'version')
  })

  it('suggests the nearest command', () => {
    assert.match(refused('stauts'), /CLI_COMMAND_UNKNOWN .*"bsn stauts".*mean "bsn status"/)
    assert.match(refused('record gte'), /mean "bsn record get"/)
    assert.match(refused('recrod put'), /mean "bsn record put"/)
    assert.match(refused('recrod'), /mean "bsn record"/)
    assert.match(refused('help recrod get'), /mean "bsn record get"/)
    assert.match(refused('dance'), /"bsn dance"\.$/)
    assert.match(refused('constructor'), /CLI_COMMAND_UNKNOWN/)
  })

  it('refuses options that no command takes there', () => {
    assert.match(refused('--hom /x status'), /CLI_OPTION_UNKNOWN .*Options come after/)
    assert.match(refused('--jsn status'), /CLI_OPTION_UNKNOWN .*mean --json/)
  })
})
