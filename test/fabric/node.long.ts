import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { after, before, describe, it } from 'node:test'
import { runProgram } from '../../src/engines/run-program.ts'
import { uploadOf } from '../../src/testing/contract-package-files.ts'
import { bsn, bsnHome } from '../cli/bsn.ts'
import { type Document, eventually } from '../scenarios/network-world.ts'
import { toolEnvironment } from './tool-environment.ts'
import { book, TradeNetwork } from './trade-network.ts'

const at = ['--service', 'trade', '--sandbox']
const rights = ['records:write', 'records:read', 'events:read', 'log:read']
const scopes = rights.flatMap((one) => ['--scope', one])

type Net = Awaited<ReturnType<typeof bsnHome>>

const sandboxOf = ({ env }: Net) =>
  JSON.parse(readFileSync(`${env.BSN_HOME}/profile.json`, 'utf8')).sandbox.ledger

/** Sends a package that no contract is defined with. */
async function sendUnwanted(net: Net): Promise<Document> {
  const headers = { 'content-type': 'application/gzip' }
  const path = `/api/v1/ledgers/${sandboxOf(net)}/packages/${'ab'.repeat(32)}`
  const answer = await fetch(net.address + path, { method: 'PUT', body: 'x', headers })
  return (await answer.json()) as Document
}

/** Of the one package that was built, nothing runs and nothing is left afterwards. */
async function isReplaced(fabric: string, replace: () => Promise<void>): Promise<void> {
  const built = `${fabric}/packages/built`
  const [digest = ''] = readdirSync(built)
  const log = `${fabric}/engines/contract-${digest}`
  assert.ok(existsSync(log))
  // In brackets, so that it does not find itself.
  const ofPackage = { path: 'pgrep', args: ['-f', `[${digest[0]}]${digest.slice(1)}`] }
  assert.equal((await runProgram(ofPackage)).code, 0)
  await replace()
  await eventually(
    () => runProgram(ofPackage),
    ({ code }) => code === 1,
  )
  await eventually(
    async () => readdirSync(built),
    (left) => left.length === 0,
  )
  await eventually(
    async () => existsSync(log),
    (isThere) => !isThere,
  )
}

/** Why a command of contracts fails. */
async function codeOf(net: Net, argv: readonly string[], key: string): Promise<unknown> {
  const ended = await net.run('contract', ...argv, '--credential', key, '--json')
  return JSON.parse(ended.stderr.trim().split('\n').at(-1) ?? '').code
}

/** What its own contract printed, and not what the presets did. */
async function isTold(net: Net, key: string): Promise<void> {
  const argv = ['contract', 'log', 'assets', '--credential', key, '--json']
  const { code, stdout, stderr } = await net.run(...argv)
  assert.equal(code, 0, stderr)
  const lines = stdout
    .trimEnd()
    .split('\n')
    .map((line): string => JSON.parse(line).line)
  assert.match(lines[0] ?? '', /^\[openbsn\] /)
  assert.ok(
    lines.some((line) => !line.startsWith('[openbsn]')),
    lines.join('\n'),
  )
  const newest = (await net.run(...argv, '--lines', '1')).stdout.trimEnd().split('\n')
  assert.deepEqual(
    newest.map((line) => JSON.parse(line).line),
    lines.slice(-1),
  )
  assert.equal(await codeOf(net, ['log', 'books'], key), 'CONTRACT_LOG_REFUSED')
  assert.equal(await codeOf(net, ['log', 'nothing'], key), 'CONTRACT_NOT_FOUND')
}

const isReady = ({ contracts }: Document) =>
  (contracts as Document[]).length > 0 &&
  (contracts as Document[]).every(({ waitsFor }) => waitsFor === undefined)

/** Names of contracts that are not there yet. */
const waiting = ({ contracts }: Document) =>
  (contracts as Document[]).flatMap(({ name, waitsFor }) => (waitsFor ? [name] : []))

describe('a service of Fabric in the sandbox of a node', () => {
  let net: Net
  let key: string
  async function does(...argv: readonly string[]): Promise<Document> {
    const ended = await net.run(...argv, '--json')
    assert.equal(ended.code, 0, `${argv.join(' ')}: ${ended.stdout}${ended.stderr}`)
    return JSON.parse(ended.stdout || '{}')
  }
  const contract = (...argv: readonly string[]) => does('contract', ...argv, '--credential', key)

  before(async () => {
    for (const engine of ['fabric', 'fabric-ca']) await bsn(['engine', 'install', engine])
    net = await bsnHome([], toolEnvironment)
    key = net.file('trade.credential')
  })
  after(() => net?.close())

  it('is there after three commands', async () => {
    const how = ['--framework', 'fabric', '--key-mode', 'key-trust', '--sandbox']
    await does('service', 'create', 'trade', ...how)
    const preset = ['--package', 'preset:key-value', '--service', 'trade', '--sandbox']
    assert.equal((await does('contract', 'define', 'books', ...preset)).sequence, 1)
    const named = ['--service', 'trade', '--label', 'desk', '--operator', 'admin']
    await does('credential', 'create', ...named, ...scopes, '--sandbox', '--api-key', '--out', key)
    const { contracts } = await eventually(() => contract('list'), isReady)
    assert.deepEqual(contracts, [{ name: 'books', package: 'preset:key-value', sequence: 1 }])
  })

  it('writes, reads, and proves what was written with no server', async () => {
    const proof = net.file('book.proof')
    const sent = await contract('send', 'books', 'set', '--arg', book('a', '1'), '--receipt', proof)
    assert.deepEqual([sent.result, sent.isRepeat], ['SUCCESS', false])
    assert.equal((await contract('call', 'books', 'get', '--arg', 'a')).result, '1')
    const keys = net.file('keys')
    await does('ledger', 'keys', '--bundle', '--out', keys, '--sandbox')
    const verified = await does('receipt', 'verify', proof, '--keys', keys)
    assert.equal(verified.transaction, `0x${sent.transaction}`)
  })

  it('runs a contract of the publisher, built from an archive', async () => {
    const file = net.file('assets.tgz')
    writeFileSync(file, await uploadOf('assets-typescript'))
    const define = ['contract', 'define', 'assets', '--service', 'trade', '--sandbox']
    const defined = await does(...define, '--archive', file)
    assert.deepEqual(defined.sent, [{ gateway: net.address }])
    await eventually(() => contract('list'), isReady, 240_000)
    await contract('send', 'assets', 'create', '--arg', 'a1', '--arg', 'alpha', '--arg', '7')
    const asset = (await contract('call', 'assets', 'read', '--arg', 'a1')).result
    assert.deepEqual(JSON.parse(String(asset)), { id: 'a1', owner: 'alpha', value: 7 })
    assert.equal((await does(...define, '--archive', file)).sequence, 1)
    await isTold(net, key)
  })

  it('runs nothing any more of what another package took the place of', () =>
    isReplaced(`${net.env.BSN_HOME}/sandbox/fabric`, async () => {
      await does('contract', 'define', 'assets', '--package', 'preset:evidence', ...at)
      await eventually(() => contract('list'), isReady)
    }))

  it('says why not', async () => {
    const code = (...argv: readonly string[]) => codeOf(net, ['send', ...argv], key)
    assert.equal(await code('books', 'set', '--arg', book('a', '2')), 'CONTRACT_REFUSED')
    assert.equal(await code('books', 'drop'), 'FUNCTION_UNKNOWN')
    assert.equal((await sendUnwanted(net)).code, 'PACKAGE_UNWANTED')
    assert.equal(await code('nothing', 'set', '--arg', book('b', '2')), 'CONTRACT_UNKNOWN')
    await does('contract', 'define', 'absent', '--package', 'preset:none', ...at)
    await eventually(
      () => contract('list'),
      (answer) => JSON.stringify(answer).includes('CONTRACT_PACKAGE_UNKNOWN'),
    )
    assert.equal((await contract('call', 'books', 'get', '--arg', 'a')).result, '1')
    await does('contract', 'define', 'notary', '--package', 'preset:evidence', ...at)
    await eventually(
      () => contract('list'),
      (answer) => waiting(answer).join() === 'absent',
    )
  })
})

describe('a service of Fabric on two city nodes', () => {
  const world = new TradeNetwork()
  const names = ['lisboa', 'oslo'] as const
  before(() => world.begin(names))
  after(() => world.close())

  it('has a channel of both, without anybody doing more than asking for it', () =>
    world.publishOn(...names))

  it('has what was written through one, at the other', async () => {
    await world.set('lisboa', 'a', '1')
    await world.set('oslo', 'b', '2')
    for (const name of names) {
      assert.equal(await world.get(name, 'a'), '1')
      assert.equal(await world.get(name, 'b'), '2')
    }
  })

  it('goes on after both were killed, and gets another contract', async () => {
    for (const name of names) await world.kill(world.node(name))
    for (const name of names) await world.start(world.node(name))
    await world.upToDate('oslo')
    await eventually(
      () => world.get('oslo', 'a'),
      (value) => value === '1',
    )
    await world.define('notary', 'preset:evidence')
    for (const name of names) {
      await eventually(
        () => world.contract(name, 'list'),
        ({ contracts }) => (contracts as Document[]).length === 2,
      )
    }
    await world.ready(...names)
    const digest = 'ab'.repeat(32)
    const add = ['add', '--arg', 'e1', '--arg', digest, '--arg', 'a scan']
    // What is there can be called at once, though the peers have only just met again.
    assert.equal((await world.contract('oslo', 'send', 'notary', ...add)).isRepeat, false)
    const check = ['check', '--arg', 'e1', '--arg', digest]
    assert.equal((await world.contract('lisboa', 'call', 'notary', ...check)).result, 'true')
  })
})
