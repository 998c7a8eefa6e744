import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { organisationFiles } from '../../src/frameworks/fabric/organisation/identities.ts'
import { FabricNetwork } from '../../src/testing/fabric-network.ts'
import { testFolder } from '../../src/testing/folder.ts'
import { skipUnless } from '../../src/testing/needs.ts'
import { bsnHome } from '../cli/bsn.ts'
import type { Document } from '../scenarios/network-world.ts'

describe('a channel of a network that others run', skipUnless('fabric'), () => {
  const folder = testFolder()
  const file = join(folder.path, 'channels.json')
  let network: FabricNetwork
  let net: Awaited<ReturnType<typeof bsnHome>>
  async function ends(code: number, ...argv: readonly string[]): Promise<Document> {
    const ended = await net.run(...argv, '--json')
    assert.equal(ended.code, code, `${argv.join(' ')}: ${ended.stdout}${ended.stderr}`)
    const text = code === 0 ? ended.stdout : (ended.stderr.trim().split('\n').at(-1) ?? '')
    return JSON.parse(text || '{}')
  }
  const contract = (...argv: readonly string[]) =>
    ends(0, 'contract', ...argv, '--credential', net.file('trade.credential'))

  before(async () => {
    network = await FabricNetwork.create()
    await network.openChannel('old-trade', { notes: 'notes' })
    const [alpha, beta] = network.organisations
    assert.ok(alpha && beta)
    const files = organisationFiles(alpha.options.folder)
    const { msp } = files.of('gateway')
    const entry = {
      ...{ channel: 'old-trade', mspId: alpha.mspId, serverName: 'localhost' },
      peer: `127.0.0.1:${alpha.options.ports.peer}`,
      tlsRoot: files.root,
      certificate: join(msp, 'signcerts/cert.pem'),
      key: join(msp, 'keystore/key.pem'),
      members: [alpha.mspId, beta.mspId],
    }
    writeFileSync(file, JSON.stringify({ channels: { trade: entry } }))
    net = await bsnHome(['--fabric-channels', file])
  })
  after(async () => {
    await net?.close()
    await network?.close()
    folder.remove()
  })

  it('is called and written to as one of our own, with proofs', async () => {
    const kind = ['--framework', 'fabric', '--key-mode', 'key-trust']
    await ends(0, 'service', 'create', 'trade', ...kind)
    const scopes = ['records:write', 'records:read'].flatMap((one) => ['--scope', one])
    const named = ['--service', 'trade', '--label', 'desk', '--operator', 'admin', '--api-key']
    const out = ['--out', net.file('trade.credential')]
    await ends(0, 'credential', 'create', ...named, ...scopes, ...out)
    const proof = net.file('note.proof')
    const put = ['send', 'notes', 'put', '--arg', 'k', '--arg', 'v', '--idempotency-key', 'once']
    const sent = await contract(...put, '--receipt', proof)
    assert.equal(sent.isRepeat, false)
    assert.equal((await contract('call', 'notes', 'get', '--arg', 'k')).result, 'v')
    const again = await contract(...put)
    assert.deepEqual([again.isRepeat, again.transaction], [true, sent.transaction])
    const keys = net.file('keys')
    await ends(0, 'ledger', 'keys', '--bundle', '--out', keys)
    const verified = await ends(0, 'receipt', 'verify', proof, '--keys', keys)
    assert.equal(verified.transaction, `0x${sent.transaction}`)
  })

  it('is not started without a file that is as it must be', async () => {
    writeFileSync(file, '{"channels":{"trade":{}}}')
    const home = net.file('other')
    const up = ['up', '--home', home, '--port', '0', '--fabric-channels', file]
    const { code } = await ends(1, ...up)
    assert.equal(code, 'FABRIC_CHANNELS_INVALID')
  })
})
