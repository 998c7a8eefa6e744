import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { after, before, describe, it } from 'node:test'
import { uploadOf } from '../../src/testing/contract-package-files.ts'
import { bsn, bsnHome } from '../cli/bsn.ts'
import { type Document, eventually, NetworkWorld } from '../scenarios/network-world.ts'

/** How this user's tools reach registries: packages of contracts are built with them. */
const toolEnvironment = Object.fromEntries(
  Object.entries(process.env).filter(([name]) =>
    /^(npm_config_|NODE_EXTRA_|SSL_|GO|.*_proxy$)/i.test(name),
  ),
) as Record<string, string>

const sandboxOf = ({ env }: Awaited<ReturnType<typeof bsnHome>>) =>
  JSON.parse(readFileSync(`${env.BSN_HOME}/profile.json`, 'utf8')).sandbox.ledger

async function put(url: string): Promise<Document> {
  const headers = { 'content-type': 'application/gzip' }
  return (await (await fetch(url, { method: 'PUT', body: 'x', headers })).json()) as Document
}

const isReady = ({ contracts }: Document) =>
  (contracts as Document[]).length > 0 &&
  (contracts as Document[]).every(({ waitsFor }) => waitsFor === undefined)

const book = (key: string, value: string) => JSON.stringify({ baseKey: key, baseValue: value })

describe('a service of Fabric in the sandbox of a node', () => {
  let net: Awaited<ReturnType<typeof bsnHome>>
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
    const scopes = ['records:write', 'records:read', 'events:read'].flatMap((one) => [
      '--scope',
      one,
    ])
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
    // The same again is no new definition.
    assert.equal((await does(...define, '--archive', file)).sequence, 1)
  })

  it('says why not', async () => {
    const refused = (...argv: readonly string[]) =>
      net.run('contract', 'send', ...argv, '--credential', key, '--json')
    const code = async (...argv: readonly string[]) =>
      JSON.parse((await refused(...argv)).stderr.trim().split('\n').at(-1) ?? '').code
    assert.equal(await code('books', 'set', '--arg', book('a', '2')), 'CONTRACT_REFUSED')
    assert.equal(await code('books', 'drop'), 'FUNCTION_UNKNOWN')
    assert.equal(await code('nothing', 'set', '--arg', book('b', '2')), 'CONTRACT_UNKNOWN')
    const path = `packages/${'ab'.repeat(32)}`
    const unwanted = await put(`${net.address}/api/v1/ledgers/${sandboxOf(net)}/${path}`)
    assert.equal(unwanted.code, 'PACKAGE_UNWANTED')
    const unknown = ['--package', 'preset:none', '--service', 'trade', '--sandbox']
    await does('contract', 'define', 'later', ...unknown)
    const { contracts } = await eventually(
      () => contract('list'),
      (answer) => JSON.stringify(answer).includes('CONTRACT_PACKAGE_UNKNOWN'),
    )
    assert.equal((contracts as Document[]).length, 3)
    assert.equal((await contract('call', 'books', 'get', '--arg', 'a')).result, '1')
  })
})

describe('a service of Fabric on two city nodes', () => {
  let world: NetworkWorld
  const names = ['lisboa', 'oslo'] as const
  before(async () => {
    for (const engine of ['fabric', 'fabric-ca', 'cometbft'])
      await bsn(['engine', 'install', engine])
    world = new NetworkWorld()
    const lisboa = await world.found('lisboa')
    await world.becomeNetwork(lisboa)
    await world.join('oslo', lisboa)
    await world.upToDate('oslo')
  })
  after(() => world?.close())

  const at = () => ['--home', world.node('lisboa').home]
  const keyOf = () => world.file('trade.credential')
  const contract = (name: string, ...argv: readonly string[]) => {
    const through = ['--credential', keyOf(), '--gateway', world.node(name).gateway]
    return world.does(['contract', ...argv, ...through])
  }

  it('has a channel of both, without anybody doing more than asking for it', async () => {
    const how = ['--framework', 'fabric', '--key-mode', 'key-trust']
    const nodes = names.flatMap((name) => ['--node', name])
    await world.does(['service', 'create', 'trade', ...how, ...nodes, ...at()])
    const preset = ['--package', 'preset:key-value', '--service', 'trade']
    await world.does(['contract', 'define', 'books', ...preset, ...at()])
    const scopes = ['records:write', 'records:read', 'events:read'].flatMap((one) => [
      '--scope',
      one,
    ])
    const named = ['--service', 'trade', '--label', 'desk', '--api-key', '--out', keyOf()]
    const who = ['--operator', 'admin']
    await world.does(['credential', 'create', ...named, ...scopes, ...who, ...at()])
    for (const name of names) await eventually(() => contract(name, 'list'), isReady)
  })

  it('has what was written through one, at the other', async () => {
    await contract('lisboa', 'send', 'books', 'set', '--arg', book('a', '1'))
    await contract('oslo', 'send', 'books', 'set', '--arg', book('b', '2'))
    for (const name of names) {
      assert.equal((await contract(name, 'call', 'books', 'get', '--arg', 'a')).result, '1')
      assert.equal((await contract(name, 'call', 'books', 'get', '--arg', 'b')).result, '2')
    }
  })

  it('goes on after both were killed, and gets another contract', async () => {
    for (const name of names) await world.kill(world.node(name))
    for (const name of names) await world.start(world.node(name))
    await world.upToDate('oslo')
    await eventually(
      () => contract('oslo', 'call', 'books', 'get', '--arg', 'a'),
      ({ result }) => result === '1',
    )
    const preset = ['--package', 'preset:evidence', '--service', 'trade']
    await world.does(['contract', 'define', 'notary', ...preset, ...at()])
    for (const name of names) {
      await eventually(
        () => contract(name, 'list'),
        (answer) => isReady(answer) && (answer.contracts as Document[]).length === 2,
      )
    }
    const digest = 'ab'.repeat(32)
    const add = ['add', '--arg', 'e1', '--arg', digest, '--arg', 'a scan']
    await contract('oslo', 'send', 'notary', ...add)
    const check = ['check', '--arg', 'e1', '--arg', digest]
    assert.equal((await contract('lisboa', 'call', 'notary', ...check)).result, 'true')
  })
})
