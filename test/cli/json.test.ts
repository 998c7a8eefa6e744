import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { commandTable } from '../../src/cli/command-table.ts'
import { systemClock } from '../../src/kernel/clock.ts'
import { testCli } from '../../src/testing/cli.ts'
import { Receiver } from '../../src/testing/receiver.ts'
import { bsnHome } from './bsn.ts'
import { requireForm } from './forms.ts'

/**
 * Every command prints with --json what it says that it prints. Here those that one process
 * answers; the others need a chain or several nodes, and are held to the same where they are run.
 */
const elsewhere: Readonly<Record<string, string>> = {
  'contract deploy': 'src/cli/commands/contract-deploy.slow.test.ts',
  'contract call': 'src/cli/commands/contract-deploy.slow.test.ts',
  'contract send': 'src/cli/commands/contract-deploy.slow.test.ts',
  'contract define': 'test/fabric/operating.long.ts',
  'contract enroll': 'test/fabric/user-signed.long.ts',
  'contract log': 'test/fabric/node.long.ts',
  'contract list': 'src/cli/commands/contract-deploy.slow.test.ts',
  'contract show': 'src/cli/commands/contract-deploy.slow.test.ts',
  'contract verify': 'src/cli/commands/contract-deploy.slow.test.ts',
  'credential bsn': 'src/cli/commands/credential-bsn.slow.test.ts',
  'alliance close': 'src/cli/commands/alliance-close.slow.test.ts',
  'request status': 'src/cli/commands/contract-deploy.slow.test.ts',
  'contract account': 'src/cli/commands/contract-deploy.slow.test.ts',
  'engine install': 'src/cli/commands/engine-install.slow.test.ts',
  'engine path': 'src/cli/commands/engine-path.test.ts',
  'engine logs': 'src/cli/commands/engine-logs.slow.test.ts',
  'node invite': 'test/scenarios/network-world.ts',
  'node join': 'test/scenarios/network-world.ts',
  'node start': 'test/scenarios/network-world.ts',
  'node status': 'test/scenarios/network-world.ts',
  'node promote': 'test/scenarios/network-world.ts',
  'node demote': 'test/scenarios/groups.test.ts',
  'node leave': 'test/scenarios/network.test.ts',
  'group create': 'test/scenarios/groups.test.ts',
  'group join': 'test/scenarios/groups.test.ts',
  'group show': 'test/scenarios/groups.test.ts',
  'group leave': 'test/scenarios/groups.test.ts',
  'group retire': 'test/scenarios/groups.test.ts',
}

type Document = Readonly<Record<string, unknown>>

async function startWorld(t: TestContext) {
  const net = await bsnHome(['--webhook-allow', '127.0.0.0/8'])
  const receiver = await Receiver.create()
  t.after(async () => {
    await receiver.down()
    await net.close()
  })
  const seen = new Set(['up'])
  /** Runs a line; words with spaces come behind it. Gives the last document. */
  async function does(line: string, ...more: readonly string[]): Promise<Document> {
    const argv = [...line.split(' '), ...more, '--json']
    const { code, stdout, stderr } = await testCli(argv, { env: net.env, clock: systemClock })
    assert.equal(code, 0, `${argv.join(' ')}: ${stdout}${stderr}`)
    seen.add((await requireForm(argv, stdout)) ?? '')
    return JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '')
  }
  const file = (name: string, text?: string) => {
    if (text !== undefined) writeFileSync(net.file(name), text)
    return net.file(name)
  }
  return { net, receiver, seen, does, file }
}
type World = Awaited<ReturnType<typeof startWorld>>

async function services({ does }: World) {
  await does('service create flights --framework records --key-mode key-trust --readers anyone')
  for (const verb of ['freeze', 'unfreeze']) await does(`service ${verb} flights`)
  await does('service update flights --readers anyone')
  await does('service create draft --draft')
  await does('service submit draft --dry-run')
  await does('alliance propose policy --service-review yes --reason T --dry-run')
  for (const verb of ['approve', 'reject']) await does(`service ${verb} draft --dry-run`)
  await does('service retire draft')
  await does('service show flights')
  await does('service list')
  await does('service create coin --framework evm --sandbox')
  const address = '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed'
  await does(`service freeze-address coin ${address} --reason T --sandbox`)
  await does('service frozen-addresses coin --sandbox')
  await does(`service unfreeze-address coin ${address} --sandbox`)
}

async function participants({ does, file }: World) {
  const invited = '--access invitation --role teller=put,get --role auditor=get'
  await does(`service create pledges --key-mode key-trust ${invited}`)
  const shop = file('shop.participant')
  const { key } = await does(`participant key pledges shop --out ${shop}`)
  await does(`participant invite pledges shop --role teller --key ${key}`)
  await does(`participant join pledges --as ${shop}`)
  await does('participant list pledges')
  await does(`participant leave pledges --as ${shop}`)
  await does('participant apply pledges --role auditor')
  await does('participant approve pledges admin')
  await does('participant remove pledges admin')
  await does(`service create notes --key-mode key-trust ${invited}`)
  await does('participant apply notes --role auditor')
  await does('participant reject notes admin')
}

async function records({ does, file }: World) {
  const out = file('flights.credential')
  const scopes = ['records:write', 'records:read', 'events:read', 'webhooks:write']
  const asked = scopes.map((scope) => `--scope ${scope}`).join(' ')
  const made = `credential create --service flights --label test ${asked} --out ${out}`
  const { credential } = await does(made)
  await does(`credential show ${credential}`)
  await does('credential list flights --status active --limit 1')
  await does(`credential rotate --credential ${out}`)
  for (const verb of ['freeze', 'unfreeze']) await does(`credential ${verb} ${credential}`)
  const rows = file('rows.json', '[{"id":"a"},{"id":"b"},{"id":"a","n":2}]')
  const from = `--service flights --credential ${out}`
  const receipts = file('receipts.ndjson')
  await does(`record put ${from} --key id --receipts ${receipts} ${rows}`)
  await does(`record get ${from} a`)
  await does(`record get ${from} a --history`)
  await does(`record list ${from} --limit 1`)
  await does(`events listen --credential ${out} --from 0 --limit 2`)
  await does('usage --service flights')
  return { credential, out, receipts }
}

async function webhooks({ does, receiver }: World, credential: string) {
  const { id } = await does(`webhook create ${receiver.url} --credential ${credential}`)
  const on = (verb: string, more = '') =>
    does(`webhook ${verb} ${id}${more} --credential ${credential}`)
  for (const verb of ['show', 'test', 'rotate', 'deliveries']) await on(verb)
  for (const verb of ['pause', 'resume']) await on(verb)
  await on('replay', ' --from 0')
  await does(`webhook list --credential ${credential}`)
  await on('delete')
}

async function alliance({ does, file }: World) {
  for (const verb of ['show', 'members', 'list']) await does(`alliance ${verb}`)
  const { key } = await does(`alliance key spare --out ${file('spare.member')}`)
  await does(`alliance add-key admin --key ${key}`)
  const lock = '--lock policy=0 --lock members=0'
  await does(`alliance propose rules ${lock} --id p1 --reason T`)
  await does(`alliance show p1 --out ${file('p1.json')}`)
  const offline = `--offline --proposal ${file('p1.json')} --out ${file('vote.cose')}`
  await does(`alliance vote p1 yes ${offline}`)
  await does(`alliance send ${file('vote.cose')}`)
  await does('alliance execute p1')
  await does('group list')
  const place = '--city Lima --country PE --latitude=-12 --longitude=-77'
  await does(`node register lima ${place} --address http://127.0.0.1:1`)
  await does('node update lima --city Callao')
  await does('node show lima')
  await does('node list')
  await does('node retire lima')
  await does('node issuer')
  await does('node service')
}

async function ledger({ does, file }: World, receipts: string) {
  await does('status')
  await does('doctor')
  await does('audit')
  const [statement, receipt, keys] = ['s.cose', 'r.cose', 'k.pem'].map((name) => file(name))
  await does(`entry get 3 --statement ${statement} --receipt ${receipt}`)
  await does(`ledger keys --out ${keys}`)
  await does('ledger keys')
  await does(`receipt verify --statement ${statement} --receipt ${receipt} --keys ${keys}`)
  await does(`receipt verify --file ${receipts} --keys ${keys}`)
  await does('engine list')
  await does('config list')
  for (const shell of ['bash', 'zsh', 'fish', 'services']) await does(`completion ${shell}`)
  await does(`docs --out ${file('reference')}`)
  await does(`backup --out ${file('backup')} --with-keys`)
}

/** What needs the data folder for itself. */
async function stopped({ net, does, file }: World) {
  await net.stop()
  await does('ledger verify')
  await does(`ledger export --out ${file('ledger.bsn')}`)
  await does(`ledger import ${file('ledger.bsn')} --home ${file('copy')}`)
  await does(`restore ${file('backup')} --home ${file('restored')}`)
  await does('projections rebuild')
  await does('sandbox drop --confirm sandbox')
  await does('node init')
}

describe('--json', () => {
  it('prints of every command what it declares', async (t) => {
    const world = await startWorld(t)
    await services(world)
    await participants(world)
    const { credential, out, receipts } = await records(world)
    await webhooks(world, out)
    await alliance(world)
    await ledger(world, receipts)
    await world.does(`credential revoke ${credential}`)
    await world.does('portal setup')
    await stopped(world)
    const rest = Object.keys(commandTable).filter((name) => !world.seen.has(name))
    assert.deepEqual(rest.toSorted(), Object.keys(elsewhere).toSorted())
  })

  it('is held to it where a command needs more than one process', () => {
    const root = join(import.meta.dirname, '../..')
    for (const [name, path] of Object.entries(elsewhere)) {
      const text = readFileSync(join(root, path), 'utf8')
      const words = name.split(' ').map((word) => `'${word}'`)
      // `does` of these files asks for it.
      const asks = text.includes("'--json'") || text.includes('.does(')
      assert.ok(asks && text.includes(words.at(-1) ?? ''), `${path}: ${name}`)
    }
  })
})
