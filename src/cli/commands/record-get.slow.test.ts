import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { Check } from 'typebox/schema'
import { testNetwork } from '../../testing/cli.ts'
import { testStatement } from '../../testing/gateway.ts'
import { command as get } from './record-get.ts'
import { command as list } from './record-list.ts'

async function setup(t: TestContext) {
  const network = await testNetwork(t)
  const { ledger } = network
  for (const version of [1, 2, 3]) {
    const payload = new TextEncoder().encode(JSON.stringify({ version }))
    await ledger.submit([await testStatement(ledger, `a${version}`, { key: 'AA', payload })])
  }
  const binary = { key: 'bin', payload: Uint8Array.of(0xff, 0, 0xfe) }
  await ledger.submit([await testStatement(ledger, 'bin', binary)])
  await ledger.submit([await testStatement(ledger, 'other', { service: 'ships', key: 'AA' })])
  return (...argv: string[]) => network.run('record', ...argv, '--service', 'flights')
}

describe('bsn record get and list', () => {
  it('gets the latest record under a key: the payload itself on stdout', async (t) => {
    const run = await setup(t)
    const text = await run('get', 'AA')
    assert.deepEqual([text.code, text.stdout], [0, '{"version":3}\n'])
    assert.match(text.stderr, /^entry 2, 2023-\S+Z, by founder; not proven here\n$/)
    const json = (await run('get', 'AA', '--json')).json()
    assert.ok(Check(get.output, json))
    assert.deepEqual([json.index, json.key, json.value], [2, 'AA', { version: 3 }])
    assert.equal((await run('get', 'bin')).stdout, '\u00ff\u0000\u00fe')
    const none = await run('get', 'absent', '--json')
    assert.deepEqual([none.code, none.problem().code], [4, 'RECORD_NOT_FOUND'])
  })

  it('gets the history of a key, the newest first', async (t) => {
    const run = await setup(t)
    const json = (await run('get', 'AA', '--history', '--json')).json()
    assert.ok(Check(get.output, json))
    const records = json.records as { index: number }[]
    assert.deepEqual(
      records.map(({ index }) => index),
      [2, 1, 0],
    )
    const two = (await run('get', 'AA', '--history', '--limit', '2', '--json')).json()
    assert.deepEqual([(two.records as []).length, typeof two.next], [2, 'string'])
  })

  it('lists records by service, key and time, and says how to go on', async (t) => {
    const run = await setup(t)
    const all = (await run('list', '--json')).json()
    assert.ok(Check(list.output, all))
    assert.equal((all.records as []).length, 4)
    const first = await run('list', '--limit', '3', '--order', 'newest')
    assert.deepEqual(
      first.stdout.split('\n').map((line) => line.split('\t')[0]),
      ['3', '2', '1', ''],
    )
    const cursor = /--cursor (\S+)/.exec(first.stderr)?.[1] ?? ''
    const rest = await run('list', '--order', 'newest', '--cursor', cursor)
    assert.equal(rest.stdout.split('\t')[0], '0')
    // Blocks are ten seconds apart: the second one is at 22:13:40.
    const from = (await run('list', '--json', '--from', '2023-11-14T22:13:40Z')).json()
    assert.equal((from.records as []).length, 3)
    const until = (await run('list', '--json', '--to', '1700000020')).json()
    assert.equal((until.records as []).length, 1)
  })

  it('refuses values that it cannot use', async (t) => {
    const run = await setup(t)
    for (const argv of [
      ['--limit', '0'],
      ['--limit', 'x'],
      ['--order', 'up'],
      ['--from', 'soon'],
    ]) {
      assert.equal((await run('list', ...argv)).code, 2, argv.join(' '))
    }
    const wrong = await run('list', '--cursor', 'zzz', '--json')
    assert.deepEqual([wrong.code, typeof wrong.problem().code], [1, 'string'])
  })
})
