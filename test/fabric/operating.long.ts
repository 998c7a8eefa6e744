import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { it } from 'node:test'
import { scratchFolder, startNetwork } from '../cli/bsn.ts'
import { scriptOf, typeLine } from '../cli/pages.ts'
import { type Document, eventually } from '../scenarios/network-world.ts'

/** docs/operating/fabric.md as it is typed, and what else it says of where things are. */

/** Another address of this machine stands for the one that other machines reach. */
const host = '127.0.0.2'

it('a service of Fabric is there as the page says, from its first line to its last', async (t) => {
  const folder = scratchFolder(t)
  const { env, run, home } = await startNetwork(t, join(folder, 'home'), ['--fabric-host', host])
  const printed = await typeLine(scriptOf('fabric.md'), { folder, env, values: new Map() })
  for (const line of [
    /^service trade created/m,
    /^books of trade is defined \(sequence 1, /m,
    /^books\s+preset:key-value\s+1\s*$/m,
    /^result: +SUCCESS$/m,
    /^12 tins of tea$/m,
    /^valid/m,
    /MSP\/ann$/m,
    /^Ann$/m,
  ]) {
    assert.match(printed, line)
  }
  for (const name of ['peer', 'orderer', 'fabric-ca', 'contract-preset-key-value']) {
    const log = join(home, 'sandbox/fabric/engines', name, 'engine.log')
    assert.match(readFileSync(log, 'utf8'), /^\[openbsn\]/m, name)
  }

  const does = async (...argv: readonly string[]): Promise<Document> => {
    const { code, stdout, stderr } = await run(...argv, '--json')
    assert.equal(code, 0, `${argv.join(' ')}: ${stderr}`)
    return JSON.parse(stdout)
  }
  const key = join(folder, 'port.credential')
  const by = ['--credential', key]
  await does('service', 'create', 'port', '--framework', 'fabric', '--key-mode', 'key-trust')
  const preset = ['--package', 'preset:evidence', '--service', 'port']
  await does('contract', 'define', 'notary', ...preset)
  const named = ['--service', 'port', '--api-key', '--label', 'desk', '--out', key]
  await does('credential', 'create', ...named)
  await eventually(
    () => does('contract', 'list', ...by),
    ({ contracts }) => (contracts as Document[]).every(({ waitsFor }) => waitsFor === undefined),
  )
  const added = ['notary', 'add', '--arg', 'deed-1', '--arg', 'ab'.repeat(32), '--arg', 'A deed']
  assert.match(String((await does('contract', 'send', ...added, ...by)).result), /"id":"deed-1"/)
  // Those that others come to are at the address that was named, and at no other.
  const ports = JSON.parse(readFileSync(join(home, 'fabric/ports.json'), 'utf8'))
  const settings = JSON.parse(readFileSync(join(home, 'fabric/peer/core.yaml'), 'utf8'))
  assert.equal(settings.peer.listenAddress, `${host}:${ports.peer}`)
  const channel = JSON.parse(readFileSync(join(home, 'fabric/orderer/orderer.yaml'), 'utf8'))
  assert.equal(channel.General.ListenAddress, host)
})
