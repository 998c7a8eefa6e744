import assert from 'node:assert/strict'
import { chmodSync, readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { Check } from 'typebox/schema'
import { closedPort, testCli, testNetwork } from '../../testing/cli.ts'
import { startTamperingProxy } from '../../testing/tampering-proxy.ts'
import { command } from './record-put.ts'

describe('bsn record put', () => {
  it('registers CSV, NDJSON, JSON and standard input, all in one run', async (t) => {
    const network = await testNetwork(t)
    const files = [
      network.file('a.csv', 'id,n\n1,x\n2,y\n'),
      network.file('b.ndjson', '{"id":3}\n{"id":3}\n'),
      network.file('c.json', '[{"id":4}]'),
      '-',
    ]
    const out = network.file('all.ndjson')
    const argv = ['--json', '--key', 'id', '--receipts', out, ...files]
    const { code, json, stderr } = await network.put(argv, '[{"id":5}]')
    assert.deepEqual([code, stderr], [0, ''])
    const { seconds, ...report } = json()
    assert.ok(Check(command.output, json()))
    assert.equal(typeof seconds, 'number')
    const none = { duplicates: 0, skipped: 0, refused: 0, refusals: [], interrupted: false }
    const { id: ledger } = network.ledger
    assert.deepEqual(report, { service: 'flights', ledger, rows: 6, appended: 6, ...none })
    const lines = readFileSync(out, 'utf8').trim().split('\n')
    assert.deepEqual(
      lines.map((line) => Object.keys(JSON.parse(line))),
      Array(6).fill(['index', 'statement', 'receipt']),
    )
    const again = (await network.put(argv, '[{"id":5}]')).json()
    assert.deepEqual([again.appended, again.skipped], [0, 6])
  })

  it('sends nothing where any input is wrong', async (t) => {
    const network = await testNetwork(t)
    const before = network.ledger.head.height
    const good = network.file('good.csv', 'id\nnew\n')
    const bad = network.file('bad.csv', 'id\n1\n"2\n')
    const { code, stdout, problem } = await network.put(['--json', good, bad])
    assert.deepEqual([code, stdout], [1, ''])
    assert.equal(problem().code, 'INPUT_ROW_INVALID')
    assert.match(String(problem().detail), /^bad\.csv, row 2: a quote is opened/)
    const keyless = await network.put(['--key', 'absent', good])
    assert.match(keyless.stderr, /INPUT_KEY_MISSING: good\.csv, row 1/)
    assert.match((await network.put(['absent.csv'])).stderr, /FILE_NOT_FOUND/)
    assert.equal((await network.put(['absent.csv'])).code, 4)
    assert.equal((await network.put(['--format', 'xml', good])).code, 2)
    const dry = await network.put(['--json', '--dry-run', good])
    assert.ok(Check(command.output, dry.json()))
    assert.deepEqual([dry.json().rows, dry.json().dryRun], [1, true])
    assert.equal(network.ledger.head.height, before)
  })

  it('ends with 1 where rows are refused, and says which and why', async (t) => {
    const network = await testNetwork(t)
    const rows = JSON.stringify([1, 'x'.repeat(70_000), 3])
    const { code, json, problem, stderr } = await network.put(['--json', '-'], rows)
    assert.equal(code, 1)
    assert.ok(Check(command.output, json()))
    assert.deepEqual([json().appended, json().refused], [2, 1])
    assert.equal(problem().code, 'ROWS_REFUSED')
    assert.equal(stderr.trim().split('\n').length, 1)
    const text = await network.put(['-'], rows)
    assert.match(text.stderr, /refused: standard input, row 2: STATEMENT_PAYLOAD_TOO_LARGE: /)
    assert.match(text.stdout, /^3 rows: 0 appended, 2 found registered, 1 refused/)
  })
})

describe('bsn record put, at the end of a day', () => {
  it('ends at once with 6, as the ledger told it, and says what was done', async (t) => {
    const network = await testNetwork(t)
    const { submit } = network.ledger
    let requests = 0
    network.ledger.submit = async (statements) => {
      requests++
      const some = await submit(statements.slice(0, 2))
      const code = 'QUOTA_EXCEEDED'
      const spent = statements.slice(2).map(() => ({ outcome: 'refused', code, detail: 'Spent.' }))
      return [...some, ...(spent as typeof some)]
    }
    const rows = JSON.stringify(Array.from({ length: 6000 }, (_, i) => i))
    const { code, json, problem } = await network.put(['--json', '-'], rows)
    assert.equal(code, 6)
    assert.ok(Check(command.output, json()))
    const { appended, refused } = json()
    assert.deepEqual([appended, refused], [2 * requests, 498 * requests])
    assert.ok(requests < 12, `${requests} requests`)
    // The ledger's words say when the next day begins.
    assert.deepEqual([problem().code, problem().detail], ['QUOTA_EXCEEDED', 'Spent.'])
    const text = await network.put(['-'], rows)
    assert.match(text.stdout, /^6,000 rows: .* refused, [\d,]+ not done; /)
    assert.equal(text.stderr.match(/Spent/g)?.length, 1)
  })
})

describe('bsn record put, before and after it sends', () => {
  it('leaves receipts of other input alone', async (t) => {
    const network = await testNetwork(t)
    const out = network.file('mine.ndjson')
    await network.put(['--receipts', out, '-'], '[1,2]')
    const { code, stderr } = await network.put(['--receipts', out, '-'], '[1,2,3]')
    assert.equal(code, 5)
    assert.match(stderr, /RECEIPTS_OF_OTHER_INPUT/)
  })

  it('refuses a credential of another service, of no form, or open to others', async (t) => {
    const network = await testNetwork(t)
    const argv = ['record', 'put', '--service', 'other', '--credential', network.credential, 'x']
    const other = await testCli([...argv, '--json'])
    assert.deepEqual([other.code, other.problem().code], [2, 'CREDENTIAL_SERVICE_DIFFERS'])
    const odd = network.file('odd.credential', '{"format":"openbsn-credential-1"}')
    const broken = await testCli([...argv, '--json'].with(5, odd))
    assert.deepEqual([broken.code, broken.problem().code], [3, 'CREDENTIAL_FILE_INVALID'])
    const open = network.file('open.credential', readFileSync(network.credential))
    chmodSync(open, 0o644)
    const exposed = await testCli([...argv, '--json'].with(5, open))
    assert.deepEqual([exposed.code, exposed.problem().code], [3, 'SECRET_FILE_EXPOSED'])
  })

  it('ends with 130 when interrupted, and says how to go on', async (t) => {
    const network = await testNetwork(t)
    const interrupted = () => AbortSignal.abort()
    const argv = ['record', 'put', '--service', 'flights', '--credential', network.credential]
    const { code } = await testCli([...argv, '-'], { interrupted, stdin: '[1]' })
    assert.equal(code, 130)
  })
})

describe('bsn record put through several gateways', () => {
  it('passes one over that is dead, and leaves one that lies', async (t) => {
    const network = await testNetwork(t)
    const proxy = await startTamperingProxy(network.gateway)
    t.after(proxy.close)
    const dead = `http://127.0.0.1:${await closedPort()}`
    const rows = network.file('rows.csv', 'id\n1\n2\n3\n')
    const out = network.file('receipts.ndjson')
    const argv = ['--json', '--receipts', out, rows]
    const through = ['--gateway', `${dead},${network.gateway}`]
    const first = await network.put([...through, ...argv])
    assert.equal(first.code, 0, first.stderr)
    assert.equal(first.json().appended, 3)
    proxy.lie((_, answer) => {
      const { outcomes } = answer as { outcomes?: { index: number }[] }
      return outcomes ? { outcomes: outcomes.map((one) => ({ ...one, index: 7 })) } : answer
    })
    const more = network.file('more.csv', 'id\n4\n5\n')
    const alone = ['--gateway', proxy.address, '--json', '--receipts', network.file('lies'), more]
    const lied = await network.put(alone)
    assert.deepEqual([lied.code, lied.problem().code], [9, 'GATEWAY_LIES'])
    const both = ['--gateway', `${proxy.address},${network.gateway}`]
    const rest = [...both, '--receipts', network.file('more.ndjson'), more]
    const mended = await network.put(rest)
    assert.equal(mended.code, 0, mended.stderr)
    assert.match(mended.stdout, /^2 rows: 0 appended, 2 found registered/)
  })
})
