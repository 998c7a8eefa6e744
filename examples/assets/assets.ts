import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type Answer, bsn, City, until } from './city.ts'

type Say = (line: string) => void

const contract = join(import.meta.dirname, 'contract')
const reason = ['--reason', 'The two companies trade']

/** Two companies, each with a city node of its own, hand assets over on a channel of Fabric. */
export async function assets(say: Say): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'bsn-assets-'))
  const [atlas, boreal] = [await City.place('atlas', folder), await City.place('boreal', folder)]
  try {
    say('CometBFT and Fabric are built with Go where they are not there yet, which takes minutes.')
    for (const engine of ['cometbft', 'fabric', 'fabric-ca']) await bsn('engine', 'install', engine)
    await found(atlas, say)
    await letIn(boreal, { atlas, folder }, say)
    const desks = await publish({ atlas, boreal, folder }, say)
    await trade(desks, { atlas, folder }, say)
  } finally {
    await Promise.all([atlas.stop(), boreal.stop()])
    await rm(folder, { recursive: true, force: true })
  }
}

/** Atlas founds the alliance, and makes it a network that others can join. */
async function found(atlas: City, say: Say): Promise<void> {
  const { home, name, listen } = atlas
  await atlas.start()
  await atlas.stop()
  await bsn('node', 'init', '--home', home, '--listen', listen, '--node', name)
  await atlas.start()
  // Alone it decides at once; later a change of members waits for those who are against it.
  const locks = ['--lock', 'members=0', '--lock', 'policy=0', '--id', 'no-locks', ...reason]
  await bsn('alliance', 'propose', 'rules', ...locks, '--home', home)
  await decide('no-locks', home)
  say('Atlas founded an alliance and runs the city node atlas.')
}

async function decide(id: string, home: string): Promise<void> {
  await bsn('alliance', 'vote', id, 'yes', '--home', home)
  await bsn('alliance', 'execute', id, '--home', home)
}

type Place = { readonly atlas: City; readonly folder: string }

/** Boreal becomes a member with a key that it made itself, and joins with its own node. */
async function letIn(boreal: City, { atlas, folder }: Place, say: Say): Promise<void> {
  const [own, token] = [join(folder, 'boreal.member'), join(folder, 'token')]
  const { key } = await bsn('alliance', 'key', 'boreal', '--gateway', atlas.gateway, '--out', own)
  const admit = ['admit', 'boreal', '--key', String(key), '--name', 'Boreal', '--id', 'boreal']
  await bsn('alliance', 'propose', ...admit, ...reason, '--home', atlas.home)
  await decide('boreal', atlas.home)
  await bsn('node', 'invite', '--home', atlas.home, '--out', token)
  const where = ['--home', boreal.home, '--listen', boreal.listen, '--node', boreal.name]
  await bsn('node', 'join', atlas.gateway, '--token-file', token, ...where, '--as', own)
  await boreal.start()
  await until(
    () => bsn('node', 'status', '--gateway', boreal.gateway),
    ({ catchingUp }) => catchingUp === false,
  )
  say('Boreal was let in and runs the city node boreal; its key never left its machine.')
}

/** A company's way in: its own node, with a credential of its own. */
type Desk = {
  readonly name: string
  readonly read: (id: string) => Promise<Asset>
  readonly send: (name: string, ...args: readonly string[]) => Promise<Answer>
}
type Asset = { readonly id: string; readonly owner: string; readonly value: number }
type Cities = { readonly atlas: City; readonly boreal: City; readonly folder: string }

async function publish(cities: Cities, say: Say): Promise<readonly [Desk, Desk]> {
  const { atlas, boreal, folder } = cities
  const at = ['--home', atlas.home]
  const how = ['--framework', 'fabric', '--key-mode', 'key-trust']
  const nodes = [atlas, boreal].flatMap(({ name }) => ['--node', name])
  await bsn('service', 'create', 'trade', ...how, ...nodes, ...at)
  const desks = [
    await openDesk(atlas, { cities, operator: 'admin' }),
    await openDesk(boreal, { cities, operator: 'boreal' }),
  ] as const
  const archive = join(folder, 'assets.tgz')
  await promisify(execFile)('tar', ['-czf', archive, '-C', contract, '.'])
  const sent = ['--archive', archive, '--service', 'trade']
  await bsn('contract', 'define', 'assets', ...sent, ...at)
  say(
    'The service trade has a channel of both companies, and the contract examples/assets/contract.',
  )
  say('Each node builds it from its sources, runs it, and its company agrees to it …')
  for (const { name } of desks) {
    const file = join(folder, `${name}.credential`)
    const through = ['--gateway', (name === 'atlas' ? atlas : boreal).gateway]
    await until(
      () => bsn('contract', 'list', '--credential', file, ...through),
      ({ contracts }) => (contracts as Answer[]).every(({ waitsFor }) => waitsFor === undefined),
    )
  }
  say('It is in place on both nodes; most of the companies, here both, endorse every change.')
  return desks
}

type Opening = { readonly cities: Cities; readonly operator: string }

async function openDesk(city: City, { cities, operator }: Opening): Promise<Desk> {
  const { name, gateway } = city
  const file = join(cities.folder, `${name}.credential`)
  const scopes = ['records:write', 'records:read'].flatMap((one) => ['--scope', one])
  const named = ['--service', 'trade', '--label', name, '--api-key', '--operator', operator]
  const out = ['--out', file, '--home', cities.atlas.home]
  await bsn('credential', 'create', ...named, ...scopes, ...out)
  const through = ['--credential', file, '--gateway', gateway]
  const args = (texts: readonly string[]) => texts.flatMap((one) => ['--arg', one])
  return {
    name,
    read: async (id) => {
      const { result } = await bsn('contract', 'call', 'assets', 'read', '--arg', id, ...through)
      return JSON.parse(String(result))
    },
    send: (called, ...texts) =>
      bsn('contract', 'send', 'assets', called, ...args(texts), ...through),
  }
}

async function trade([atlas, boreal]: readonly [Desk, Desk], place: Place, say: Say) {
  await until(
    () => atlas.send('create', 'bond-7', 'atlas', '1000').catch((error: Error) => error),
    (answer) => !(answer instanceof Error && /CALL_NOT_SENT/.test(answer.message)),
  )
  say('Atlas issues bond-7.')
  assert.deepEqual(await boreal.read('bond-7'), { id: 'bond-7', owner: 'atlas', value: 1000 })
  say('Boreal reads it at its own node: it is of Atlas.')
  const proof = join(place.folder, 'transfer.proof')
  const { result: before, transaction } = await atlas.send('transfer', 'bond-7', 'boreal')
  assert.equal(before, 'atlas')
  assert.equal((await boreal.read('bond-7')).owner, 'boreal')
  say(`Atlas hands it to Boreal in the transaction ${transaction}.`)
  const again = await boreal.send('create', 'bond-7', 'boreal', '1').catch((error: Error) => error)
  assert.ok(again instanceof Error && /CONTRACT_REFUSED|there is an asset/.test(again.message))
  say('Boreal cannot issue another bond-7: the contract refuses it.')
  await boreal.send('transfer', 'bond-7', 'atlas')
  assert.equal((await atlas.read('bond-7')).owner, 'atlas')
  say('Boreal hands it back, and both nodes say so.')
  await prove(String(transaction), { ...place, proof }, say)
}

type Proving = Place & { readonly proof: string }

/** What anybody can check who has neither node. */
async function prove(id: string, { atlas, folder, proof }: Proving, say: Say): Promise<void> {
  const [keys, { ledger }] = [join(folder, 'keys'), await bsn('status', '--gateway', atlas.gateway)]
  const place = `${atlas.gateway}/api/v1/ledgers/${ledger}/services/trade`
  const address = `${place}/transactions/${id}/proof`
  const answer = await until(
    () => fetch(address),
    ({ status }) => status === 200,
  )
  await writeFile(proof, Buffer.from(await answer.arrayBuffer()))
  await bsn('ledger', 'keys', '--bundle', '--out', keys, '--gateway', atlas.gateway)
  const { transaction } = await bsn('receipt', 'verify', proof, '--keys', keys)
  assert.equal(transaction, `0x${id}`)
  say('The transfer is proven by the ledger of the alliance, without asking a node.')
}
