import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { describe, it, type TestContext } from 'node:test'
import { toBase64url } from '@openbsn/sdk'
import { Check } from 'typebox/schema'
import { apiKeyOf } from '../../testing/access.ts'
import { testCli } from '../../testing/cli.ts'
import { contractsGateway } from '../../testing/contracts-gateway.ts'
import { testFolder } from '../../testing/folder.ts'
import { command as account } from './contract-account.ts'
import { command as call } from './contract-call.ts'
import { command as deploy } from './contract-deploy.ts'
import { command as list } from './contract-list.ts'
import { command as send } from './contract-send.ts'
import { command as show } from './contract-show.ts'
import { command as verify } from './contract-verify.ts'
import { command as status } from './request-status.ts'

/** `bsn` with the credential of `coin` at a gateway that listens. */
async function setup(t: TestContext) {
  const { app, ledger, contracts } = await contractsGateway()
  const gateway = await app.listen({ host: '127.0.0.1', port: 0 })
  const folder = testFolder()
  const credential = folder.file(
    'coin.credential',
    JSON.stringify({
      format: 'openbsn-credential-1',
      ...{ gateway, ledger: ledger.id, service: 'coin', credential: 'coin-key', label: 'test' },
      gateways: [{ url: gateway, operator: 'acme' }],
      ...{ apiKey: apiKeyOf('coin-key'), operators: ['acme'] },
      bundle: toBase64url(ledger.keyBundle()),
    }),
  )
  t.after(async () => {
    await app.close()
    folder.remove()
  })
  const run = (...argv: string[]) => testCli([...argv, '--credential', credential])
  const contract = (...argv: string[]) => run('contract', ...argv)
  return { run, contract, contracts, folder }
}

describe('bsn contract', () => {
  it('deploys, calls and sends, and says what became of it', async (t) => {
    const { run, contract } = await setup(t)
    const made = await contract('deploy', '--template', 'box', '--name', 'shop', '--arg', 'hello')
    assert.equal(made.code, 0, made.stderr)
    assert.match(
      made.stdout,
      /^name: {8}shop\naddress: {5}0x[0-9a-f]{40}\ntransaction: 0x[0-9a-f]{64}\nrequest: {5}\S+\n$/,
    )
    assert.equal((await contract('call', 'shop', 'get')).stdout, 'hello\n')
    const how = ['--arg', 'now', '--idempotency-key', 'one', '--json']
    const plain = await contract('send', 'shop', 'set', '--arg', 'then', '--idempotency-key', 'two')
    assert.match(plain.stdout, /^request: {5}two$/m)
    const sent = await contract('send', 'shop', 'set', ...how)
    assert.ok(Check(send.output, sent.json()), sent.stdout)
    const again = await contract('send', 'shop', 'set', '--args', '["now"]', ...how.slice(2))
    assert.deepEqual([again.code, again.json().isRepeat], [0, true])
    const asked = await contract('call', 'shop', 'get', '--json')
    assert.ok(Check(call.output, asked.json()))
    assert.equal(asked.json().result, 'now')
    const known = await run('request', 'status', 'one', '--json')
    assert.ok(Check(status.output, known.json()), known.stdout)
    assert.equal(known.json().transaction, sent.json().transaction)
    assert.match((await run('request', 'status', 'one')).stdout, /^events: .*"event":"Changed"/m)
  })

  it('lists, shows and verifies', async (t) => {
    const { contract, folder } = await setup(t)
    assert.equal((await contract('list')).stderr, 'no contracts\n')
    const source = folder.file('Box.sol', 'contract Box {}')
    const made = await contract('deploy', '--source', source, '--contract', 'Box', '--json')
    assert.ok(Check(deploy.output, made.json()), made.stderr)
    const listed = await contract('list', '--json')
    assert.ok(Check(list.output, listed.json()))
    const shown = await contract('show', 'box-1', '--json')
    assert.ok(Check(show.output, shown.json()))
    assert.deepEqual(shown.json().source, {
      ...{ sources: { 'Box.sol': 'contract Box {}' }, contract: 'Box', compiler: '0.0.0' },
    })
    assert.match((await contract('show', 'box-1')).stdout, /^function get\(\) view$/m)
    const verified = await contract('verify', 'box-1', '--source', source, '--json')
    assert.ok(Check(verify.output, verified.json()))
    const own = await contract('account', '--json')
    assert.ok(Check(account.output, own.json()), own.stdout)
    const none = await contract('show', 'none', '--json')
    assert.deepEqual([none.code, none.problem().code], [4, 'CONTRACT_NOT_FOUND'])
  })
})

describe('bsn contract deploy and send', () => {
  it('saves the proof of what it did, once it is there', async (t) => {
    const { contract, contracts, folder } = await setup(t)
    const path = `${folder.path}/box.proof`
    contracts.isProving = false
    setTimeout(() => {
      contracts.isProving = true
    }, 100)
    const made = await contract(
      ...['deploy', '--template', 'box', '--arg', 'first', '--receipt', path, '--json'],
    )
    assert.equal(made.code, 0, made.stderr)
    assert.equal(readFileSync(path, 'utf8'), `proof of ${made.json().transaction}`)
    const taken = await contract('send', 'box-1', 'set', '--receipt', path, '--json')
    assert.equal(taken.problem().code, 'FILE_EXISTS')
    const missing = `${folder.path}/none/x.proof`
    const nowhere = await contract('send', 'box-1', 'set', '--receipt', missing, '--json')
    assert.equal(nowhere.problem().code, 'FILE_UNUSABLE')
    assert.equal((await contract('call', 'box-1', 'get')).stdout, 'first\n', 'nothing was sent')
    assert.ok(!existsSync(missing))
  })

  it('refuses what makes no sense, before anything is sent', async (t) => {
    const { contract, folder } = await setup(t)
    const wrong = [
      ['deploy'],
      ['deploy', '--template', 'box', '--source', 'A.sol'],
      ['deploy', '--template', 'box', '--value', '-1'],
      ['deploy', '--template', 'box', '--arg', '[1'],
      ['send', 'shop', 'set', '--args', '7'],
      ['send', 'shop', 'set', '--args', '[]', '--arg', 'x'],
      ['verify', 'shop'],
    ]
    for (const argv of wrong) {
      const { code, problem } = await contract(...argv, '--json')
      assert.deepEqual([code, /^CLI_/.test(String(problem().code))], [2, true], argv.join(' '))
    }
    const both = await contract(...(wrong[1] ?? []), '--json')
    assert.match(String(both.problem().detail), /--template or --source, not both/)
    const empty = folder.file('Empty.sol', '\n')
    const none = await contract('deploy', '--source', empty, '--json')
    assert.match(String(none.problem().detail), /Empty\.sol is empty/)
    const gateway = ['--gateway', 'http://127.0.0.1:9', '--json']
    const other = await contract('call', 'shop', 'get', ...gateway)
    assert.match(String(other.problem().detail), /API key is for http:.*sent to no other/)
    const failed = await contract('send', 'none', 'set', '--json')
    assert.deepEqual([failed.code, failed.problem().code], [4, 'CONTRACT_NOT_FOUND'])
  })
})
