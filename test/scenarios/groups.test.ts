import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { missing, needs } from '../../src/testing/needs.ts'
import { bsn, type Ended } from '../cli/bsn.ts'
import { laterVersion } from '../cli/later-version.ts'
import { linesOf, typeLine } from '../cli/pages.ts'
import { joinBody } from '../threats/join-body.ts'
import {
  type Document,
  eventually,
  freePort,
  type NetworkNode,
  NetworkWorld,
} from './network-world.ts'

const name = 'airlines'
const of = ['--group', name]

/** What a command says that must be refused. */
async function refused(argv: readonly string[], stdin = ''): Promise<string> {
  const { code, stderr } = await bsn(argv, { stdin })
  assert.notEqual(code, 0, argv.join(' '))
  return stderr
}

const groupOf = (world: NetworkWorld) =>
  world.does(['group', 'show', name, '--gateway', world.node('lagos').gateway])

const keepersOf = ({ nodes }: Document) => (nodes as Document[]).map(({ id }) => id)

async function create(world: NetworkWorld): Promise<void> {
  const rome = world.node('rome')
  const [make = '', propose = ''] = linesOf('groups.md', 'A group and its first node')
  const typing = await typingOn(world, rome)
  const made = await typeLine(make, typing)
  const [id = ''] = /bsn1[0-9a-f]{40}/.exec(made) ?? []
  // Who is alone has it listed by the node; several vote on this.
  const proposed = await typeLine(propose, { ...typing, values: new Map([['ID', id]]) })
  assert.match(proposed, /^proposed as group-\w+: group airlines, until /)
  const again = ['group', 'create', name, '--home', rome.home, '--listen', rome.listen]
  assert.match(await refused(again), /GROUP_EXISTS/)
  await world.restart(rome)
  const isListed = (group: Document) => keepersOf(group).join() === 'rome'
  const { ledger } = await eventually(() => groupOf(world), isListed)
  assert.ok(made.includes(`the group ${name} is ledger ${ledger}`), made)
}

/** This machine as the one that docs/operating/groups.md types on, with a port of its own. */
async function typingOn(world: NetworkWorld, { home }: NetworkNode) {
  const port = String(await freePort())
  const values = new Map([
    ['0.0.0.0:8431', `127.0.0.1:${port}`],
    ['rome.example.org:8431', `127.0.0.1:${port}`],
    ['berlin.example.org:8431', `127.0.0.1:${port}`],
    ['https://rome.example.org:8420', world.node('rome').gateway],
  ])
  return { folder: world.folder, env: { ...world.env, BSN_HOME: home }, values }
}

async function letIn(world: NetworkWorld): Promise<void> {
  const [rome, berlin] = [world.node('rome'), world.node('berlin')]
  const [own, foreign] = [world.file('berlin.token'), world.file('root.token')]
  const [invite = '', enter = ''] = linesOf('groups.md', 'Another node')
  rmSync(own)
  await typeLine(invite, await typingOn(world, rome))
  await world.does(['node', 'invite', '--home', rome.home, '--out', foreign])
  const to = ['--token-file', '-', '--listen', `127.0.0.1:${await freePort()}`]
  const argv = ['group', 'join', name, rome.gateway, ...to, '--home', berlin.home]
  const [token, other] = [own, foreign].map((file) => readFileSync(file, 'utf8'))
  assert.match(await refused(argv, other), /GROUP_FOREIGN/)
  const root = other?.split('_')[1]
  const headers = { authorization: `Bearer ${token?.trim()}` }
  const crossed = await fetch(`${rome.gateway}/api/v1/ledgers/${root}/join`, { headers })
  assert.match(await crossed.text(), /is for another ledger.*INVITATION_INVALID/)
  // Whoever has the token, and no node in the root ledger, stays outside; the token stays good.
  const stranger = await fetch(`${rome.gateway}/api/v1/ledgers/${token?.split('_')[1]}/join`, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify(joinBody),
  })
  assert.match(await stranger.text(), /the alliance has no active node .*JOIN_REFUSED/)
  await typeLine(enter, await typingOn(world, berlin))
  await world.restart(berlin)
  await world.promote('berlin', rome, of)
  await eventually(
    () => groupOf(world),
    (group) => keepersOf(group).join() === 'berlin,rome',
  )
}

async function register(world: NetworkWorld): Promise<void> {
  const at = ['--home', world.node('rome').home, ...of]
  await world.does(['service', 'create', 'flights', '--framework', 'records', ...at])
  await world.addCredential(world.credential, at)
  for (const node of ['rome', 'berlin']) {
    await world.verify(await world.put(node, 10), node === 'rome' ? 'berlin' : 'rome', of)
  }
  // Who alone signs blocks cannot be voted away: nobody would be left.
  for (const how of [
    ['node', 'demote', 'rome'],
    ['alliance', 'propose', 'demote', 'rome'],
  ]) {
    const reason = how[0] === 'node' ? [] : ['--reason', 'T']
    const last = await refused([...how, ...reason, '--home', world.node('rome').home])
    assert.match(last, /NODE_NO_VALIDATOR: The node is the last validator/)
  }
  // The group has validators of its own: in the root ledger there is one still.
  const ask = ['node', 'status', '--gateway', world.node('berlin').gateway, '--json']
  const named = await bsn(ask, { env: { ...world.env, BSN_GROUP: name } })
  const counts: Document[] = [await world.status('berlin'), JSON.parse(named.stdout)]
  assert.deepEqual(JSON.parse(named.stdout).ledger, (await groupOf(world)).ledger)
  assert.deepEqual(
    counts.map(({ validators }) => (validators as unknown[]).length),
    [1, 2],
  )
}

/** Who does not keep the group has nothing of it, and names who does. */
async function pointElsewhere(world: NetworkWorld): Promise<void> {
  const [rome, berlin, lagos] = ['rome', 'berlin', 'lagos'].map((one) => world.node(one))
  assert(rome && berlin && lagos)
  const { ledger } = await groupOf(world)
  const served = await (await fetch(`${lagos.gateway}/api/v1/ledgers`)).text()
  assert.ok(!served.includes(String(ledger)))
  assert.equal(existsSync(join(lagos.home, 'groups')), false)
  const answer = await fetch(`${lagos.gateway}/api/v1/ledgers/${ledger}/entries?service=flights`)
  const { code, gateways } = (await answer.json()) as Document
  assert.deepEqual([answer.status, code], [404, 'LEDGER_ELSEWHERE'])
  const listed = await bsn(['group', 'list', '--gateway', lagos.gateway])
  assert.match(listed.stdout, /^airlines\tactive\tberlin, rome\t/)
  assert.deepEqual(gateways, [berlin.gateway, rome.gateway])
  // A client that was given this gateway alone finds the others by its answer.
  await world.verify(await world.put('lagos', 10), 'lagos', of)
}

async function loseOne(world: NetworkWorld): Promise<void> {
  const berlin = world.node('berlin')
  await world.kill(berlin)
  // Its lists, made anew of its own copy of the group alone.
  const { entries } = await world.does(['projections', 'rebuild', '--home', berlin.home, ...of])
  assert.ok(Number(entries) > world.rows, String(entries))
  await world.start(berlin)
  await world.upToDate('berlin', of)
  await world.verify(await world.put('berlin', 10), 'rome', of)
  const list = ['record', 'list', '--service', 'flights', '--limit', '200', ...of]
  for (const { gateway } of [world.node('rome'), berlin]) {
    await eventually(
      () => world.does([...list, '--gateway', gateway]),
      ({ records }) => (records as Document[]).length === world.rows,
    )
  }
}

/** A node of another member keeps the group once the group has that member too. */
async function shareWithOther(world: NetworkWorld): Promise<void> {
  const rome = world.node('rome')
  const [root, group] = [
    ['--home', rome.home],
    ['--home', rome.home, ...of],
  ]
  const [file, token] = [world.file('bob.member'), world.file('madrid.airlines')]
  const { key } = await world.does(['alliance', 'key', 'bob', '--out', file, ...root])
  const admit = ['admit', 'bob', '--key', String(key), '--name', 'Bob']
  for (const at of [group, root]) await world.decide(['rules', '--lock', 'members=0'], { at })
  await world.decide(admit, { at: root })
  const madrid = await world.join('madrid', rome, ['--as', file])
  await world.upToDate('madrid')
  await world.does(['node', 'invite', '--out', token, ...group])
  const to = ['--token-file', token, '--listen', `127.0.0.1:${await freePort()}`]
  const enter = ['group', 'join', name, rome.gateway, ...to, '--home', madrid.home]
  const bobs = [...enter, '--as', file]
  assert.match(await refused(enter), /JOIN_REFUSED: .*it is a node of bob, whose key has/)
  assert.match(await refused(bobs), /JOIN_REFUSED: .*bob is no member of the group/)
  await world.decide(admit, { at: group })
  const { operator } = await world.does(bobs)
  assert.equal(operator, 'bob')
  await world.restart(madrid)
  await eventually(
    () => groupOf(world),
    (listed) => keepersOf(listed).join() === 'berlin,madrid,rome',
  )
  await world.upToDate('madrid', of)
  await world.verify(await world.put('madrid', 5), 'rome', of)
  // He leaves again, and the alliance is of one as before: there, and in the group.
  const gateway = ['--home', madrid.home, '--gateway', madrid.gateway]
  await world.does(['group', 'leave', name, ...gateway])
  await world.does(['node', 'leave', 'madrid', ...gateway])
  const voters = [[], ['--as', file]]
  for (const at of [group, root]) await world.decide(['remove', 'bob'], { voters, at })
  await world.kill(madrid)
}

async function copy(world: NetworkWorld): Promise<void> {
  const at = ['--home', world.node('berlin').home, ...of]
  const { ledger } = await groupOf(world)
  const backup = await world.does(['backup', '--out', world.file('backup'), ...at])
  const exported = await world.does(['ledger', 'export', '--out', world.file('export'), ...at])
  const verified = await world.does(['ledger', 'verify', ...at])
  for (const one of [backup, exported, verified]) assert.equal(one.ledger, ledger)
  const elsewhere = ['ledger', 'verify', '--home', world.node('lagos').home, ...of]
  assert.match(await refused(elsewhere), /GROUP_UNKNOWN/)
}

async function leave(world: NetworkWorld): Promise<void> {
  const [rome, berlin] = [world.node('rome'), world.node('berlin')]
  const go = ['group', 'leave', name, '--home', berlin.home, '--gateway', berlin.gateway]
  assert.match(await refused(go), /NODE_IS_VALIDATOR/)
  await world.does(['node', 'demote', 'berlin', '--home', rome.home, ...of])
  await eventually(
    () => world.does(go),
    ({ group }) => group === name,
  )
  await world.restart(berlin)
  await eventually(
    () => groupOf(world),
    (group) => keepersOf(group).join() === 'rome',
  )
  // What it had stays with its operator; it is not served any more.
  assert.deepEqual(readdirSync(join(berlin.home, 'groups')), [name])
  await world.verify(await world.put('berlin', 5), 'rome', of)
  await world.does(['group', 'retire', name, '--home', rome.home])
  const { status } = await groupOf(world)
  assert.equal(status, 'retired')
}

/** A node that is older stops at that height, one that is newer goes on, and no older one joins. */
async function needsLater(world: NetworkWorld): Promise<void> {
  const [rome, berlin, lagos] = ['rome', 'berlin', 'lagos'].map((one) => world.node(one))
  assert(rome && berlin && lagos)
  const { launcher, version } = laterVersion(world.file('later'))
  const at = ['--home', rome.home]
  const token = await world.does(['node', 'invite', ...at])
  const hours = (Number(token.expires) - Date.now() / 1000) / 3600
  assert.ok(Math.abs(hours - 24) < 0.1, `good for ${hours} h`)
  const { height } = await world.does(['status', '--gateway', rome.gateway])
  const from = Number(height) + 16
  const what = ['software', version, '--from', String(from), '--id', 'later', '--reason', 'T']
  const { changes } = await world.does(['alliance', 'propose', ...what, ...at])
  const [change] = changes as { key: string; after: Document }[]
  assert.deepEqual([change?.key, change?.after.versions], ['software', [[version, from]]])
  await world.does(['alliance', 'vote', 'later', 'yes', ...at])
  await world.does(['alliance', 'execute', 'later', ...at])
  await world.stop(berlin)
  rome.program = launcher
  await world.restart(rome)
  let ended: Ended | undefined
  void lagos.running?.ended.then((end) => {
    ended = end
  })
  for (let i = 0; ended === undefined && i < 16; i++) {
    await world.does(['alliance', 'propose', 'stop', '--id', `s${i}`, '--reason', 'T', ...at])
  }
  const { code, stderr } = await eventually(async () => ended ?? assert.fail('it runs'), Boolean)
  assert.notEqual(code, 0)
  assert.match(stderr, /SOFTWARE_TOO_OLD/)
  lagos.running = undefined
  const late = ['node', 'join', rome.gateway, '--token-file', '-', '--node', 'oslo', '--home']
  const old = await refused([...late, world.file('oslo')], String(token.token))
  assert.match(old, /SOFTWARE_TOO_OLD: .*what to do: Operator: install that version/s)
  assert.match(await refused(['node', 'start', '--home', lagos.home]), /SOFTWARE_TOO_OLD/)
  lagos.program = launcher
  await world.start(lagos)
  const reached = await world.agree()
  assert.ok(Number(reached.height) >= from)
}

/** Three nodes of an alliance; two of them keep a second ledger, with a service in it. */
describe('groups of an alliance', { timeout: 300_000 }, () => {
  const world = new NetworkWorld()
  before(async () => {
    if (missing(['cometbft']) !== undefined) return
    const rome = await world.found('rome')
    await world.becomeNetwork(rome)
    for (const other of ['berlin', 'lagos']) await world.join(other, rome)
  })
  after(() => world.close())
  const step = (what: string, take: (world: NetworkWorld) => Promise<void>) =>
    it(what, async (t) => {
      if (needs(t, 'cometbft')) await take(world)
    })

  step('are made by a node, and listed in the root ledger', create)
  step('are joined by nodes of the alliance, with invitations for them alone', letIn)
  step('take records through the gateways that keep them', register)
  step('are nowhere else, and are found from everywhere', pointElsewhere)
  step('go on when one of their nodes was killed', loseOne)
  step('are copied and verified by themselves', copy)
  step('are kept by nodes of another member, once they have admitted it', shareWithOther)
  step('are left by a node that says so, and retired by who is alone', leave)
  step('need the software that the members decided on, from the height on', needsLater)
})
