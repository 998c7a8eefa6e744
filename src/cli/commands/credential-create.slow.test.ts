import assert from 'node:assert/strict'
import { readFileSync, statSync } from 'node:fs'
import { describe, it } from 'node:test'
import { decodeCbor, decodeCoseKey, parseStatement } from '@openbsn/sdk'
import { Check } from 'typebox/schema'
import { putService } from '../../testing/access.ts'
import { testNetwork } from '../../testing/cli.ts'
import { command as credentialCreate } from './credential-create.ts'

describe('bsn credential create', () => {
  it('writes a file for its owner alone, with a key that the act registers', async (t) => {
    const { run, ledger, file, gateway } = await testNetwork(t)
    const out = file('new.credential')
    const argv = ['credential', 'create', '--service', 'flights', '--label', 'laptop', '--out', out]
    const { code, json, stdout } = await run(...argv, '--expires', '2030-01-01', '--json')
    assert.equal(code, 0)
    assert.ok(Check(credentialCreate.output, json()))
    assert.equal(statSync(out).mode & 0o777, 0o600)
    const written = JSON.parse(readFileSync(out, 'utf8'))
    assert.equal(stdout.includes(written.key.secret), false)
    const { key, bundle, ...names } = written
    assert.deepEqual(names, {
      format: 'openbsn-credential-1',
      gateway,
      ledger: ledger.id,
      service: 'flights',
      credential: json().credential,
      label: 'laptop',
    })
    assert.deepEqual(Buffer.from(bundle, 'base64url'), Buffer.from(ledger.keyBundle()))
    const { payload } = parseStatement(ledger.entry(0)?.statement ?? new Uint8Array())
    const act = decodeCbor(payload) as Map<string, unknown>
    assert.deepEqual([act.get('id'), act.get('expires')], [names.credential, 1_893_456_000])
    const [coseKey] = act.get('keys') as Uint8Array[]
    assert.equal(decodeCoseKey(coseKey ?? new Uint8Array()).algorithm.name, key.algorithm)
  })

  it('says what is next only where that can work', async (t) => {
    const { run, ledger, file } = await testNetwork(t)
    const make = async (name: string) => {
      const argv = ['--service', 'flights', '--label', 'x', '--out', file(name)]
      return (await run('credential', 'create', ...argv)).stderr
    }
    putService(ledger, 'flights')
    assert.match(await make('a.credential'), /^next: bsn record put --service flights /)
    putService(ledger, 'flights', { functions: ['get'] })
    assert.match(
      await make('b.credential'),
      /^warning: the service flights has no function put.*\n$/,
    )
  })

  it('never writes over a file unless told, and registers nothing then', async (t) => {
    const { run, ledger, file } = await testNetwork(t)
    const argv = ['credential', 'create', '--service', 's1', '--label', 'x', '--json', '--out']
    const out = file('there', 'precious')
    const refused = await run(...argv, out)
    assert.deepEqual([refused.code, refused.problem().code], [5, 'FILE_EXISTS'])
    assert.equal((await run(...argv, file('no/such/folder'))).problem().code, 'FILE_UNUSABLE')
    assert.equal((await run(...argv, file('y'), '--algorithm', 'RSA')).code, 2)
    assert.equal(readFileSync(out, 'utf8'), 'precious')
    assert.equal(ledger.head.height, 0)
    for (const algorithm of ['EdDSA', 'ES256', 'ES256K', 'SM2']) {
      assert.equal((await run(...argv, out, '--force', '--algorithm', algorithm)).code, 0)
      assert.equal(JSON.parse(readFileSync(out, 'utf8')).key.algorithm, algorithm)
    }
  })
})
