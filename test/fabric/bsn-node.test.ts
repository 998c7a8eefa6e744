import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, describe, it } from 'node:test'
import { type BsnClient, createBsnClient } from '@openbsn/sdk/bsn'
import { skipUnless } from '../../src/testing/needs.ts'
import { bsn, bsnHome } from '../cli/bsn.ts'
import { type Document, eventually } from '../scenarios/network-world.ts'

type Home = Awaited<ReturnType<typeof bsnHome>>

async function doneBy(net: Home, argv: readonly string[]): Promise<Document> {
  const ended = await net.run(...argv, '--json')
  assert.equal(ended.code, 0, `${argv.join(' ')}: ${ended.stdout}${ended.stderr}`)
  return JSON.parse(ended.stdout || '{}')
}

/** An application of a new service of this key mode, with the key-value contract. */
async function application(net: Home, service: string, keyMode: string): Promise<BsnClient> {
  const does = (...argv: readonly string[]) => doneBy(net, argv)
  const how = ['--framework', 'fabric', '--key-mode', keyMode, '--sandbox']
  await does('service', 'create', service, ...how)
  const preset = ['--package', 'preset:key-value', '--service', service, '--sandbox']
  await does('contract', 'define', 'books', ...preset)
  const file = net.file(`${service}.credential`)
  const scopes = ['records:write', 'records:read', 'events:read'].flatMap((one) => ['--scope', one])
  const named = ['--service', service, '--label', 'erp', '--algorithm', 'ES256', ...scopes]
  const trusted = keyMode === 'key-trust' ? ['--operator', 'admin'] : []
  await does('credential', 'create', ...named, ...trusted, '--sandbox', '--out', file)
  const folder = net.file(`${service}-bsn`)
  const written = await does('credential', 'bsn', '--credential', file, '--out', folder)
  return createBsnClient({
    gateway: net.address,
    userCode: String(written.userCode),
    appCode: String(written.appCode),
    privateKey: readFileSync(String(written.key), 'utf8'),
    gatewayKey: readFileSync(String(written.gatewayKey), 'utf8'),
  })
}

const pair = (key: string, value: string) => JSON.stringify({ baseKey: key, baseValue: value })
const set = (key: string, value: string) => {
  return { chainCode: 'books', function: 'set', args: [pair(key, value)] }
}
const get = (key: string) => ({ chainCode: 'books', function: 'get', args: [key] })

describe('the client of BSN in the SDK, against a node with Fabric', skipUnless('fabric'), () => {
  let net: Home
  before(async () => {
    for (const engine of ['fabric', 'fabric-ca']) await bsn(['engine', 'install', engine])
    net = await bsnHome()
  })
  after(() => net?.close())

  it('calls in key-trust, and reads what came of it', async () => {
    const client = await application(net, 'trade', 'key-trust')
    await eventually(
      () => client.ledgerInfo(),
      ({ height }) => height > 2,
    )
    const { caType, channelId } = await client.appInfo()
    assert.deepEqual([caType, channelId], [1, 's-trade'])
    await client.registerUser('ann', 'secret')
    const written = await eventually(
      () => client.call({ userName: 'ann', ...set('a', '1') }),
      ({ ccRes }) => ccRes.ccCode === 200,
    )
    const { txId } = written.blockInfo
    const found = await eventually(
      () => client.transaction(txId),
      ({ status }) => status === 0,
    )
    assert.match(found.createName, /^ann@/)
    const read = await client.call({ userName: 'ann', ...get('a') })
    assert.equal(read.ccRes.ccData, '1')
    const block = await client.block({ txId })
    assert.ok(block.transactions.some((one) => one.txId === txId))
    await assert.rejects(client.call({ userName: 'ben', ...get('a') }), { code: 'BSN_REFUSED' })
  })

  it('signs by itself in public-key-upload', async () => {
    const client = await application(net, 'goods', 'public-key-upload')
    await eventually(
      () => client.ledgerInfo(),
      ({ height }) => height > 2,
    )
    const { secret } = await client.registerUser('ben')
    const user = await client.enrollUser('ben', secret)
    await eventually(
      () => client.send({ user, ...set('b', '2') }),
      ({ ccRes }) => ccRes.ccCode === 200,
    )
    const read = await eventually(
      () => client.send({ user, ...get('b') }),
      ({ ccRes }) => ccRes.ccData === '2',
    )
    assert.equal(read.ccRes.ccCode, 200)
  })
})
