import assert from 'node:assert/strict'
import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { after, before, describe, it } from 'node:test'
import { encodeCoseKey, keysFromPem, toBase64url } from '@openbsn/sdk'
import { addCredential, bsn, bsnHome, startBsn } from './cli/bsn.ts'
import { linesOf, typeLine } from './cli/pages.ts'
import { eventually } from './scenarios/network-world.ts'

type Document = Record<string, unknown>

const reason = ['--reason', 'It is time']

async function startAlliance() {
  const net = await bsnHome()
  /** Runs a command that must end with `code`, and gives its document or its problem. */
  async function ends(code: number, ...argv: readonly string[]): Promise<Document> {
    const ended = await net.run(...argv, '--json')
    assert.equal(ended.code, code, `${argv.join(' ')}: ${ended.stdout}${ended.stderr}`)
    const text = code === 0 ? ended.stdout : (ended.stderr.trim().split('\n').at(-1) ?? '')
    return JSON.parse(text || '{}')
  }
  const does = (...argv: readonly string[]) => ends(0, ...argv)
  const alliance = (...argv: readonly string[]) => does('alliance', ...argv)
  const fileOf = (member: string) => net.file(`${member}.member`)
  const as = (member: string) => (member === 'admin' ? [] : ['--as', fileOf(member)])
  return {
    ...{ net, ends, does, alliance, fileOf, as },
    keyOf: async (member: string, file = fileOf(member)) => {
      const { key } = await alliance('key', member, '--out', file)
      return String(key)
    },
    /** Proposes, has these members say yes, and executes, unless the node is sooner. */
    decide: async (id: string, yes: readonly string[], ...what: readonly string[]) => {
      await alliance('propose', ...what, '--id', id, ...reason)
      for (const member of yes) await alliance('vote', id, 'yes', ...as(member))
      return alliance('execute', id)
    },
  }
}

type World = Awaited<ReturnType<typeof startAlliance>>

/**
 * Types the lines of a part of docs/operating/alliance.md, with what they leave open; what is
 * printed on the way is taken as the page says. Returns the id of what was proposed.
 */
async function asThePageSays({ net }: World, part: string, open: Record<string, string>) {
  const values = new Map(Object.entries(open))
  for (const line of linesOf('alliance.md', part)) {
    const printed = await typeLine(line, { folder: net.file(''), env: net.env, values })
    const [, id] = /^proposed as (\S+):/m.exec(printed) ?? []
    if (id !== undefined) values.set('admit-1f2e3d4c', id)
    if (line.startsWith('bsn alliance key ')) values.set('KEY', printed)
  }
  return values.get('admit-1f2e3d4c') ?? ''
}

async function letsOthersIn(world: World) {
  const { net, alliance, ends, decide, keyOf, fileOf } = world
  const locks = ['members', 'policy'].flatMap((kind) => ['--lock', `${kind}=0`])
  await decide('rules', ['admin'], 'rules', ...locks)
  assert.deepEqual(((await alliance('show')).locks as Document).members, 0)
  const key = await keyOf('dan')
  assert.equal(statSync(fileOf('dan')).mode & 0o777, 0o600)
  const admit = ['admit', 'dan', '--key', key, '--name', 'Dan & Co']
  assert.equal((await alliance('propose', ...admit, ...reason, '--dry-run')).dryRun, true)
  const admitted = await asThePageSays(world, 'A second member', {
    'https://gateway.example': net.address,
  })
  await alliance('execute', admitted)
  await decide('admit-eve', ['admin', 'bob'], 'admit', 'eve', '--key', await keyOf('eve'))
  const { members } = await alliance('members')
  assert.deepEqual(
    (members as Document[]).map(({ id, power, status }) => [id, power, status]),
    [
      ['admin', 1, 'active'],
      ['bob', 1, 'active'],
      ['eve', 1, 'active'],
    ],
  )
  await ends(2, 'alliance', 'propose', 'nonsense', ...reason)
  await ends(2, 'alliance', 'propose', 'stop', 'now', ...reason)
  await ends(2, 'alliance', 'propose', 'remove', ...reason)
  await ends(2, 'alliance', 'propose', 'rules', '--quorum', 'half', ...reason)
  await ends(2, 'alliance', 'show', '--verify')
}

async function addsUp({ net, alliance, ends, as, decide }: World) {
  // Time enough to look at it before the node executes it.
  await decide('slow', ['admin', 'bob'], 'rules', '--lock', 'members=8')
  const made = await alliance('propose', 'power', 'bob', '--power', '3', '--id', 'p1', ...reason)
  const [change] = made.changes as { key: string; before: Document; after: Document }[]
  assert.ok(change)
  assert.deepEqual([change.key, change.before.power, change.after.power], ['member/bob', 1, 3])
  assert.equal((await alliance('vote', 'p1', 'no', ...as('bob'))).status, 'open')
  assert.equal((await ends(5, 'alliance', 'vote', 'p1', 'yes', ...as('bob'))).code, 'ALREADY_VOTED')
  assert.equal((await alliance('show', 'p1', '--verify')).decision, 'open')
  const { stdout } = await net.run('alliance', 'show', 'p1')
  assert.match(stdout, /would change: member\/bob power 1 → 3/)
  for (const one of ['admin', 'eve']) await alliance('vote', 'p1', 'yes', ...as(one))
  // Side by side: on a busy machine each takes a part of the time that is left.
  const [verified, listed, ...early] = await Promise.all([
    alliance('show', 'p1', '--verify'),
    alliance('list', '--status', 'passed'),
    ends(5, 'alliance', 'close', 'p1'),
    ends(5, 'alliance', 'execute', 'p1'),
  ])
  assert.deepEqual([verified.status, verified.decision], ['passed', 'passed'])
  assert.deepEqual(
    (listed.proposals as Document[]).map(({ id }) => id),
    ['p1'],
  )
  for (const { code } of early) assert.equal(code, 'PROPOSAL_NOT_DUE')
  // Nobody executes it by hand.
  const isDone = ({ status }: Document) => status === 'executed'
  const { executed } = await eventually(() => alliance('show', 'p1'), isDone)
  assert.equal((await alliance('execute', 'p1', ...as('eve'))).index, executed)
  assert.equal(
    (await ends(5, 'alliance', 'vote', 'p1', 'yes', ...as('eve'))).code,
    'PROPOSAL_CLOSED',
  )
  await decide('fast', ['admin', 'bob'], 'rules', '--lock', 'members=0')
}

/** What did not pass, and what passed and cannot run any more. */
async function closes({ net, alliance, ends, decide, keyOf, as }: World) {
  const key = await keyOf('zoe', net.file('zoe.member'))
  await decide('zoe-in', ['admin', 'bob'], 'admit', 'zoe', '--key', key)
  const raise = (id: string) =>
    alliance('propose', 'power', 'zoe', '--power', '4', '--id', id, ...reason)
  for (const id of ['unwanted', 'overtaken']) await raise(id)
  assert.equal((await ends(5, 'alliance', 'close', 'unwanted')).code, 'PROPOSAL_NOT_DUE')
  for (const one of ['admin', 'bob']) await alliance('vote', 'unwanted', 'no', ...as(one))
  // The second no decided it: there is nothing left to close, and nothing to vote on.
  assert.equal((await alliance('show', 'unwanted')).status, 'rejected')
  for (const act of [
    ['close', 'unwanted'],
    ['vote', 'unwanted', 'yes', ...as('eve')],
  ]) {
    assert.equal((await ends(5, 'alliance', ...act)).code, 'PROPOSAL_CLOSED')
  }
  await decide('zoe-out', ['admin', 'bob'], 'remove', 'zoe')
  for (const one of ['admin', 'bob']) await alliance('vote', 'overtaken', 'yes', ...as(one))
  assert.equal((await alliance('close', 'overtaken')).status, 'failed')
  const closed = await alliance('show', 'overtaken', '--verify')
  assert.deepEqual([closed.status, closed.decision], ['failed', 'passed'], JSON.stringify(closed))
}

/** Limits that the members decide: how long a vote goes on, and what runs without a second look. */
async function changesLimits({ alliance, ends, does, decide, as }: World) {
  const inDays = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString()
  const stop = (id: string, days: number) =>
    ['alliance', 'propose', 'stop', '--id', id, '--deadline', inDays(days), ...reason] as const
  await does(...stop('long-before', 20))
  const limit = ['rules', '--deadline-max', String(10 * 86_400)]
  const made = await alliance('propose', ...limit, '--id', 'shorter', ...reason)
  const [change] = made.changes as { key: string; before: Document; after: Document }[]
  const days = [change?.before.deadlineMax, change?.after.deadlineMax]
  assert.deepEqual([change?.key, ...days], ['alliance', 30 * 86_400, 10 * 86_400])
  await does(...stop('undecided', 20))
  for (const one of ['admin', 'bob']) await alliance('vote', 'shorter', 'yes', ...as(one))
  await alliance('execute', 'shorter')
  const late = await ends(1, ...stop('late', 20))
  assert.equal(late.code, 'ACT_INVALID')
  assert.match(String(late.detail), /deadline: from \d+ to \d+, as the alliance's rules have it/)
  await does(...stop('soon', 9))
  await decide('review', ['admin', 'bob'], 'policy', '--service-review', 'yes')
  await does('service', 'create', 'ships', '--framework', 'records')
  assert.equal((await does('service', 'show', 'ships')).status, 'review')
  assert.equal((await ends(3, 'service', 'approve', 'ships')).code, 'NOT_ALLOWED')
}

async function votesOffline(world: World) {
  const { net, alliance, ends, as, fileOf } = world
  await asThePageSays(world, 'Voting with a key', { ID: 'soon' })
  const [vote1] = (await alliance('show', 'soon')).votes as Document[]
  assert.deepEqual([vote1?.member, vote1?.choice], ['bob', 'yes'])
  rmSync(net.file('vote.cose'))
  await alliance('propose', 'policy', '--service-review', 'yes', '--id', 'p2', ...reason)
  const [proposal, vote] = [net.file('p2.json'), net.file('vote.cose')]
  await alliance('show', 'p2', '--out', proposal)
  const offline = ['--offline', '--proposal', proposal, '--out', vote]
  const argv = ['alliance', 'vote', 'p2', 'yes', '--as', fileOf('eve'), ...offline]
  const env = { BSN_HOME: net.file('nowhere'), BSN_GATEWAY: 'http://127.0.0.1:1' }
  const signed = await bsn(argv, { env })
  assert.equal(signed.code, 0, signed.stderr)
  const changed = net.file('changed.json')
  writeFileSync(changed, readFileSync(proposal, 'utf8').replace('It is time', 'It was time'))
  const forged = net.file('forged.cose')
  const other = ['--offline', '--proposal', changed, '--out', forged]
  await alliance('vote', 'p2', 'yes', ...as('bob'), ...other)
  const sent = await alliance('send', vote)
  assert.deepEqual([sent.proposal, sent.member, sent.choice], ['p2', 'eve', 'yes'])
  assert.equal((await alliance('send', vote)).index, sent.index)
  assert.equal((await ends(5, 'alliance', 'send', forged)).code, 'ACT_CONFLICT')
  await ends(1, 'alliance', 'send', proposal)
  const wrong = await ends(1, 'alliance', 'vote', 'p1', 'yes', ...as('eve'), ...offline, '--force')
  assert.equal(wrong.code, 'PROPOSAL_FILE_INVALID')
  await ends(2, 'alliance', 'vote', 'p2', 'yes', '--offline')
  await ends(2, 'alliance', 'vote', 'p2', 'maybe')
}

async function refusesOthers({ net, ends, as, keyOf, does }: World) {
  await keyOf('mallory')
  assert.equal(
    (await ends(3, 'alliance', 'vote', 'p2', 'yes', ...as('mallory'))).code,
    'KEY_UNKNOWN',
  )
  const broken = net.file('broken.member')
  writeFileSync(broken, '{"format":"openbsn-participant-1"}', { mode: 0o600 })
  const vote = ['alliance', 'vote', 'p2', 'yes', '--as', broken]
  assert.equal((await ends(3, ...vote)).code, 'MEMBER_FILE_INVALID')
  const keys = net.file('keys.cbor')
  await does('ledger', 'keys', '--out', keys)
  const [own] = keysFromPem(readFileSync(keys, 'utf8')).everyValidator
  assert.ok(own)
  const key = ['--key', toBase64url(encodeCoseKey(own))]
  const remove = ['alliance', 'propose', 'remove-validator', ...key, ...reason]
  assert.equal((await ends(1, ...remove)).code, 'NODE_NO_VALIDATOR')
}

async function namesIssuer({ net, ends, decide, does, alliance }: World) {
  const refused = await ends(3, 'node', 'issuer')
  assert.equal(refused.code, 'NOT_ALLOWED')
  const [, how = ''] = /(alliance propose roots .*)$/.exec(String(refused.detail)) ?? []
  const [, , ...what] = how.split(' ')
  await ends(2, 'alliance', 'propose', 'roots', 'node-1', ...reason)
  const broken = net.file('broken.pem')
  writeFileSync(broken, 'no certificate')
  const wrong = ['roots', 'node-1', '--root', broken, ...reason]
  assert.equal((await ends(1, 'alliance', 'propose', ...wrong)).code, 'FILE_UNUSABLE')
  await decide('roots', ['admin', 'bob'], ...what)
  assert.match(String((await does('node', 'issuer')).root), /issuer\.pem$/)
  assert.equal((await alliance('show', 'roots')).status, 'executed')
}

async function freezesAndStops({ net, ends, does, decide, as }: World) {
  await decide('early', ['admin', 'bob'], 'policy', '--service-review', 'no')
  await addCredential(net, net.file('c.credential'))
  const rows = net.file('rows.json')
  writeFileSync(rows, '[{"n":1}]')
  const put = ['record', 'put', '--service', 'flights', '--credential', net.file('c.credential')]
  await does(...put, '--receipts', net.file('r1'), rows)
  await decide('freeze', ['bob', 'admin'], 'freeze', 'service/flights')
  assert.equal((await ends(3, 'service', 'unfreeze', 'flights')).code, 'NOT_ALLOWED')
  await decide('on', ['bob', 'eve'], 'unfreeze', 'service/flights')
  await decide('stop', ['bob', 'eve'], 'stop')
  writeFileSync(rows, '[{"n":2}]')
  const refused = await net.run(...put, '--receipts', net.file('r2'), rows)
  assert.notEqual(refused.code, 0)
  assert.match(refused.stderr, /ALLIANCE_STOPPED/)
  await decide('resume', ['bob', 'eve'], 'resume')
  await does(...put, '--receipts', net.file('r3'), rows)
  await ends(2, 'alliance', 'propose', 'freeze', 'flights', ...reason, ...as('bob'))
}

async function replacesKey({ net, ends, alliance, decide, keyOf, as, does }: World) {
  const fresh = net.file('eve-new.member')
  const key = await keyOf('eve', fresh)
  await decide('new-key', ['admin', 'bob'], 'replace-key', 'eve', '--key', key)
  await alliance('propose', 'remove', 'bob', '--id', 'out', ...reason)
  assert.equal((await ends(3, 'alliance', 'vote', 'out', 'yes', ...as('eve'))).code, 'KEY_REVOKED')
  const spare = await keyOf('eve', net.file('spare.member'))
  await ends(2, 'alliance', 'add-key', 'bob', '--key', spare, '--as', fresh)
  await alliance('add-key', 'eve', '--key', spare, '--as', fresh)
  await alliance('vote', 'out', 'yes', '--as', net.file('spare.member'))
  const { checked } = await does('audit')
  assert.ok(Number(checked) > 40)
  const { finding } = await does('ledger', 'verify')
  assert.equal(finding ?? null, null)
}

/** The last one: it stops the node. */
async function needsNewer({ net, alliance, decide, does, as }: World) {
  await decide('urgent', ['admin', 'bob'], 'rules', '--lock', 'software=0')
  const from = Number((await does('status')).height) + 7
  const what = ['software', '9.0.0', '--from', String(from), '--id', 'newer']
  const made = await alliance('propose', ...what, ...reason)
  const [change] = made.changes as { key: string; after: Document }[]
  assert.deepEqual([change?.key, change?.after.versions], ['software', [['9.0.0', from]]])
  for (const one of ['admin', 'bob']) await alliance('vote', 'newer', 'yes', ...as(one))
  await alliance('execute', 'newer')
  const act = (id: string) =>
    net.run('alliance', 'propose', 'stop', '--id', id, ...reason, '--json')
  let height = Number((await does('status')).height)
  for (; height < from - 1; height++) assert.equal((await act(`n${height}`)).code, 0)
  const refused = await act('too-late')
  assert.notEqual(refused.code, 0)
  const { code, stderr } = await net.ended
  const problem = JSON.parse(stderr.trim().split('\n').at(-1) ?? '')
  assert.notEqual(code, 0)
  assert.equal(problem.code, 'SOFTWARE_TOO_OLD', stderr)
  assert.match(problem.detail, new RegExp(`From block ${from} on nodes need OpenBSN 9\\.0\\.0`))
  assert.match(problem.remedy, /install that version/)
  const again = await net.run('up', '--port', '0', '--json')
  assert.deepEqual([again.code, /SOFTWARE_TOO_OLD/.test(again.stderr)], [1, true], again.stderr)
  // What is there can be read, with no key.
  const reader = startBsn(['up', '--read-only', '--port', '0', '--json', '--quiet'], net)
  const { address } = JSON.parse(await reader.until(/^\{.*\}\n/))
  assert.equal((await does('status', '--gateway', address)).height, from - 1)
  reader.child.kill('SIGKILL')
  await reader.ended
}

describe('an alliance, by the command line', () => {
  let world: World
  before(async () => {
    world = await startAlliance()
  })
  after(() => world.net.close())

  it('is of one member at first, which lets others in', () => letsOthersIn(world))
  it('shows a proposal with what it would change, and the votes add up with proof', () =>
    addsUp(world))
  it('closes what did not pass, and what has passed and cannot run', () => closes(world))
  it('changes a limit and a policy, which hold from then on', () => changesLimits(world))
  it('takes a vote that was signed on a machine without a network', () => votesOffline(world))
  it('refuses who is no member, and what would leave nobody', () => refusesOthers(world))
  it('decides who issues certificates for its gateways', () => namesIssuer(world))
  it('freezes a service, and stops and resumes everything', () => freezesAndStops(world))
  it('replaces a lost key, and every act of it holds for an auditor', () => replacesKey(world))
  it('stops a node at the height from which the members want newer software', () =>
    needsNewer(world))
})
