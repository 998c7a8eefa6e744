import assert from 'node:assert/strict'
import { copyFileSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { addCredential, scratchFolder, startNetwork } from './cli/bsn.ts'

describe('access, as the publisher of a service has it in hand', () => {
  it('is stopped, let go on, renewed and taken back', async (t) => {
    const { run } = await startNetwork(t)
    const folder = scratchFolder(t)
    const file = join(folder, 'flights.credential')
    await addCredential({ run }, file)
    const { credential } = JSON.parse(readFileSync(file, 'utf8'))
    let written = 0
    /** The code that a row is refused with, or how many were appended. */
    const put = async (by = file) => {
      const input = join(folder, 'row.json')
      writeFileSync(input, JSON.stringify([{ row: written++ }]))
      const argv = ['record', 'put', '--service', 'flights', '--credential', by, '--json', input]
      const { code, stdout, stderr } = await run(...argv)
      return code === 0 ? JSON.parse(stdout).appended : JSON.parse(stderr.trim()).code
    }
    const does = async (...argv: readonly string[]) => {
      const { code, stdout, stderr } = await run(...argv, '--json')
      assert.equal(code, 0, stderr)
      return JSON.parse(stdout)
    }
    assert.equal(await put(), 1)

    assert.equal((await does('service', 'freeze', 'flights', '--dry-run')).dryRun, true)
    assert.equal((await does('service', 'freeze', 'flights')).version, 2)
    assert.equal(await put(), 'SERVICE_FROZEN')
    assert.equal((await run('record', 'list', '--service', 'flights')).stdout.split('\n').length, 2)
    const stale = await run('service', 'unfreeze', 'flights', '--expect', '1', '--json')
    assert.deepEqual([stale.code, JSON.parse(stale.stderr).code], [5, 'VERSION_STALE'])
    await does('service', 'unfreeze', 'flights')

    await does('credential', 'freeze', credential)
    assert.equal(await put(), 'CREDENTIAL_FROZEN')
    await does('credential', 'unfreeze', credential)

    const copy = join(folder, 'copy.credential')
    copyFileSync(file, copy)
    const elsewhere = ['--credential', file, '--environment', 'sandbox', '--json']
    const foreign = await run('credential', 'rotate', ...elsewhere)
    const { code: told } = JSON.parse(foreign.stderr)
    assert.deepEqual([foreign.code, told], [2, 'CREDENTIAL_LEDGER_DIFFERS'])
    await does('credential', 'rotate', '--credential', file)
    assert.equal(statSync(file).mode & 0o777, 0o600)
    assert.notEqual(readFileSync(file, 'utf8'), readFileSync(copy, 'utf8'))
    assert.deepEqual([await put(), await put(copy)], [1, 1])
    await does('credential', 'rotate', '--credential', file, '--overlap', '0')
    assert.deepEqual([await put(), await put(copy)], [1, 'KEY_REPLACED'])

    await does('credential', 'revoke', credential)
    assert.equal(await put(), 'CREDENTIAL_REVOKED')
    const again = await run('credential', 'rotate', '--credential', file, '--json')
    assert.equal(JSON.parse(again.stderr).code, 'ACT_CONFLICT')
    await does('service', 'retire', 'flights')
    const { code, stdout } = await run('ledger', 'verify', '--json')
    assert.deepEqual([code, JSON.parse(stdout).ok], [0, true])
  })

  it('is not guessed: what is not there is an error', async (t) => {
    const { run } = await startNetwork(t)
    for (const argv of [
      ['service', 'freeze', 'nowhere'],
      ['credential', 'revoke', 'cred_0000000000000000'],
      ['record', 'list', '--service', 'nowhere'],
    ]) {
      const { code, stderr } = await run(...argv, '--json')
      const wanted = argv[0] === 'record' ? 'SERVICE_UNKNOWN' : 'OBJECT_NOT_FOUND'
      assert.deepEqual([code, JSON.parse(stderr).code], [4, wanted], argv.join(' '))
    }
  })
})
