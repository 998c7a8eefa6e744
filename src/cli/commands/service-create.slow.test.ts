import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { decodeCbor, parseStatement } from '@openbsn/sdk'
import { Check } from 'typebox/schema'
import { testCli, testNetwork } from '../../testing/cli.ts'
import { command as serviceCreate } from './service-create.ts'

describe('bsn service create', () => {
  it('registers an act that the member signed, with an id and an end', async (t) => {
    const { run, ledger } = await testNetwork(t)
    const { code, json } = await run('service', 'create', 'flights', '--json')
    assert.equal(code, 0)
    assert.ok(Check(serviceCreate.output, json()))
    const { claims, contentType, payload } = parseStatement(
      ledger.entry(0)?.statement ?? new Uint8Array(),
    )
    assert.equal(contentType, 'application/vnd.openbsn.service-create+cbor')
    assert.deepEqual([claims.iss, claims.sub, claims.aud], ['founder', 'bsn:services', ledger.id])
    assert.deepEqual([claims.cti?.length, (claims.exp ?? 0) - claims.iat], [16, 600])
    assert.deepEqual(Object.fromEntries(decodeCbor(payload) as Map<string, unknown>), {
      id: 'flights',
      framework: 'records',
    })
  })

  it('says what there is to know of the chain of a service', async (t) => {
    const { run } = await testNetwork(t)
    const { stderr } = await run('service', 'create', 'coin', '--framework', 'evm')
    assert.match(stderr, /bsn up --chains FILE.*--sandbox$/m)
    const records = await run('service', 'create', 'flights')
    assert.doesNotMatch(records.stderr, /chain/)
  })

  it('says which line of the log a failure of the gateway is', async (t) => {
    const { run, ledger, lines } = await testNetwork(t)
    ledger.submit = () => Promise.reject(new TypeError('a fault of ours'))
    const { stderr } = await run('service', 'create', 'flights')
    const [, id] = /^ {2}request: (\S+)$/m.exec(stderr) ?? []
    const ids = lines.map((line) => JSON.parse(line)).map(({ request_id }) => request_id)
    assert.ok(id !== undefined && ids.includes(id), stderr)
  })

  it('sends nothing for a bad name, a dry run, or without a profile', async (t) => {
    const { run, ledger } = await testNetwork(t)
    assert.equal((await run('service', 'create', 'Flights!')).code, 2)
    const dry = await run('service', 'create', 'flights', '--dry-run', '--json')
    assert.ok(Check(serviceCreate.output, dry.json()))
    assert.equal(ledger.head.height, 0)
    const none = await testCli(['service', 'create', 'flights', '--home', '/nowhere', '--json'])
    assert.deepEqual([none.code, none.problem().code], [3, 'PROFILE_NOT_FOUND'])
  })
})
