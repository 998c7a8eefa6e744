import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fromBase64url } from '@openbsn/sdk'
import { createKeyEncryption } from '../../src/crypto/key-encryption.ts'
import { readKeyFile } from '../../src/crypto/key-file.ts'
import { systemClock } from '../../src/kernel/clock.ts'
import { exportLedger } from '../../src/ledger/export/export-ledger.ts'
import { testCli } from '../../src/testing/cli.ts'
import { LedgerWorld } from '../../src/testing/ledger-world.ts'
import { startTamperingProxy } from '../../src/testing/tampering-proxy.ts'
import { formsOf } from '../compliance/attacker.ts'
import type { Document, NetworkNode, NetworkWorld } from './network-world.ts'

/** The secrets of a node that has joined, in the clear, by the names of their files. */
function secretsOf(home: string): Map<string, Buffer> {
  const read = (name: string) => readFileSync(join(home, 'keys', name), 'utf8')
  const bytesOf = (text: unknown) => Buffer.from(String(text), 'base64url')
  const kek = bytesOf(readFileSync(`${home}.kek`, 'utf8').trim())
  const wrapped = bytesOf(JSON.parse(read('operator.json')).wrapped)
  const operator = Buffer.from(createKeyEncryption(kek).unwrap(wrapped, 'operator'))
  const plain = ['validator.json', 'network.json', 'consensus.json'].map((name) => {
    return [name, bytesOf(JSON.parse(read(name)).secret)] as const
  })
  return new Map([['kek', kek], ['operator.json', operator], ...plain])
}

/** The key files of a data folder, as they are now. */
function keyFilesOf(home: string): Record<string, string> {
  const keys = join(home, 'keys')
  const names = existsSync(keys) ? readdirSync(keys).filter((name) => /json$/.test(name)) : []
  return Object.fromEntries(names.map((name) => [name, readFileSync(join(keys, name), 'utf8')]))
}

/**
 * Lets a node in while somebody reads all that it sends and is sent. `more` are secrets that its
 * operator has beside, by names.
 */
export async function joinWatched(
  world: NetworkWorld,
  { name, host, more = [] }: { name: string; host: NetworkNode; more?: readonly string[] },
  beside: ReadonlyMap<string, Buffer> = new Map(),
): Promise<void> {
  const home = world.file(name)
  let atRequest: Record<string, string> = {}
  const onRequest = (line: string) => {
    if (line.startsWith('POST ')) atRequest = keyFilesOf(home)
  }
  const proxy = await startTamperingProxy(host.gateway, { onRequest })
  try {
    await world.join(name, host, more, proxy.address)
  } finally {
    proxy.close()
  }
  const asked = proxy.passed.map(({ request }) => request.toString().split('\n')[0])
  const path = asked[0]?.replace('GET ', '') ?? ''
  const taken = more.includes('snapshot') ? 'snapshot' : 'history'
  assert.deepEqual(asked, [`GET ${path}`, `GET ${path}/${taken}`, `POST ${path}`])
  // They were there before anybody was told of them, and stay.
  const kept = ['consensus.json', 'network.json', 'operator.json', 'validator.json']
  assert.deepEqual(Object.keys(atRequest).sort(), kept)
  const now = keyFilesOf(home)
  for (const file of kept) assert.equal(now[file], atRequest[file], file)
  const all = Buffer.concat(proxy.passed.flatMap(({ request, answer }) => [request, answer]))
  const isIn = (bytes: Buffer) => formsOf(bytes).some((form) => all.includes(form))
  const secrets = [...secretsOf(home), ...beside]
  for (const [file, secret] of secrets) {
    assert.equal(secret.length, 32, file)
    assert.ok(!isIn(secret), `${file} of ${name} was on the wire`)
  }
  // That the public halves are found shows that secret ones would be.
  for (const file of ['consensus.json', 'validator.json']) {
    assert.ok(isIn(Buffer.from(readKeyFile(join(home, 'keys', file)).key.raw)), file)
  }
}

/** The secret key in the file of a member. */
export const memberSecret = (file: string): Buffer =>
  Buffer.from(fromBase64url(JSON.parse(readFileSync(file, 'utf8')).key.secret) ?? [])

type Attempt = {
  readonly token: string
  readonly gateway?: string
  /** Seconds that the joiner's clock is ahead. */
  readonly ahead?: number
  readonly node?: string
}

/** What `bsn node join` says that must be refused, and keeps nothing. */
async function refusal(world: NetworkWorld, attempt: Attempt): Promise<Document> {
  const { token, ahead = 0, node = 'paris', gateway = world.node('rome').gateway } = attempt
  const home = world.file('paris')
  const argv = ['node', 'join', gateway, '--token-file', '-', '--node', node, '--home', home]
  const clock = { nowSeconds: () => systemClock.nowSeconds() + ahead }
  const run = await testCli([...argv, '--json'], { stdin: token, clock })
  assert.notEqual(run.code, 0, run.stdout)
  const left = existsSync(home) ? readdirSync(home).filter((one) => one !== 'node.lock') : []
  assert.deepEqual(left, [])
  const { remedy, ...problem } = run.problem()
  assert.ok(String(remedy).length > 20, JSON.stringify(problem))
  return { ...problem, exit: run.code }
}

/** A new token of `rome`, made so many hours ago. */
async function tokenMade(world: NetworkWorld, hoursAgo: number): Promise<string> {
  const clock = { nowSeconds: () => systemClock.nowSeconds() - hoursAgo * 3600 }
  const argv = ['node', 'invite', '--home', world.node('rome').home, '--hours', '1', '--json']
  return String((await testCli(argv, { clock })).json().token)
}

/** Tokens that let nobody in; `used` is one that did. */
export async function refusesTokens(world: NetworkWorld, used: string): Promise<void> {
  const good = await tokenMade(world, 0)
  const last = good.endsWith('0') ? '1' : '0'
  const wrong: readonly [string, RegExp][] = [
    [used, /was used already/],
    [await tokenMade(world, 2), /has expired/],
    [good.slice(0, -1) + last, /is not known here/],
    ['nonsense', /is no token of `bsn node invite`/],
  ]
  for (const [token, why] of wrong) {
    const { code, detail, exit } = await refusal(world, { token })
    assert.deepEqual([code, exit], ['INVITATION_INVALID', 3], String(detail))
    assert.match(String(detail), why)
  }
  const other = good.replace(/bsn1[0-9a-f]{40}/, `bsn1${'a'.repeat(40)}`)
  const { code, detail } = await refusal(world, { token: other })
  assert.equal(code, 'JOIN_FAILED')
  assert.match(String(detail), /This gateway serves no ledger with that id\.$/)
}

/** The ledger of somebody else, as a gateway gives out the history of its own. */
async function foreignHistory(world: NetworkWorld): Promise<Buffer> {
  const other = await LedgerWorld.create()
  await other.settle()
  const file = world.file('foreign.bsn')
  await exportLedger(other.folder.path, file)
  await other.remove()
  return readFileSync(file)
}

/** A joiner and an inviter that do not fit, or a line between them that lies. */
export async function refusesMisfits(world: NetworkWorld): Promise<void> {
  const { gateway } = world.node('rome')
  const token = await tokenMade(world, 0)
  const proxy = await startTamperingProxy(gateway)
  const lied = () => refusal(world, { token, gateway: proxy.address })
  try {
    const foreign = await foreignHistory(world)
    proxy.replace((path, bytes) => (path.endsWith('/history') ? foreign : bytes))
    const { code, exit } = await lied()
    assert.deepEqual([code, exit], ['EXPORT_OTHER_LEDGER', 9])
    proxy.replace((_, bytes) => bytes)
    proxy.lie((_, answer) => ({ ...answer, ledger: `bsn1${'a'.repeat(40)}` }))
    assert.match(String((await lied()).detail), /the token is for bsn1\w+, and bsn1a+ answers/)
    proxy.lie((_, answer) => ({ ...answer, software: '9.9.9' }))
    const old = await lied()
    assert.equal(old.code, 'SOFTWARE_TOO_OLD')
    assert.match(String(old.detail), /nodes need OpenBSN 9\.9\.9; this is \d/)
  } finally {
    proxy.close()
  }
  for (const ahead of [60, -60]) {
    const { code, detail } = await refusal(world, { token, ahead })
    assert.equal(code, 'CLOCK_OFF')
    assert.match(String(detail), ahead > 0 ? /(59|6\d) s ahead of/ : /(59|6\d) s behind/)
  }
  const entries = async () => (await world.does(['status', '--gateway', gateway])).entries
  const before = await entries()
  const taken = await refusal(world, { token, node: 'berlin' })
  assert.equal(taken.code, 'JOIN_REFUSED')
  assert.match(String(taken.detail), /A city node berlin exists already/)
  assert.equal(await entries(), before)
  // None of that used the token up.
  const ledger = token.split('_')[1]
  const headers = { authorization: `Bearer ${token}` }
  const still = await fetch(`${gateway}/api/v1/ledgers/${ledger}/join`, { headers })
  assert.equal(still.status, 200, await still.text())
}
