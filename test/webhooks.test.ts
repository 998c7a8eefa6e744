import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { describe, it, type TestContext } from 'node:test'
import { verifyWebhook } from '@openbsn/sdk'
import { Receiver } from '../src/testing/receiver.ts'
import {
  addCredential,
  bsn,
  scratchFolder,
  startBsn,
  startNetwork,
  stopInOrder,
} from './cli/bsn.ts'

const scopes = ['records:write', 'records:read', 'events:read', 'webhooks:write']
const allow = ['--webhook-allow', '127.0.0.0/8']

/** A network whose webhooks may reach loopback, a credential for them, and a receiver. */
async function startHooks(t: TestContext) {
  const network = await startNetwork(t, undefined, allow)
  const folder = scratchFolder(t)
  const file = join(folder, 'flights.credential')
  await addCredential(
    network,
    file,
    scopes.flatMap((scope) => ['--scope', scope]),
  )
  const receiver = await Receiver.create()
  t.after(() => receiver.down())
  const env = { ...network.env, BSN_CREDENTIAL: file }
  const run = (...argv: readonly string[]) => bsn(argv, { env })
  /** The answer of a command about webhooks that must do what it says. */
  const does = async (...argv: readonly string[]) => {
    const { code, stdout, stderr } = await run('webhook', ...argv, '--json')
    assert.equal(code, 0, `${argv}: ${stderr}`)
    return JSON.parse(stdout)
  }
  /** The exit code and the error's code of one that must not. */
  const fails = async (...argv: readonly string[]) => {
    const { code, stderr } = await run('webhook', ...argv, '--json')
    return [code, JSON.parse(stderr.trim().split('\n').at(-1) ?? '').code]
  }
  let written = 0
  const put = async (rows: number) => {
    const input = join(folder, 'rows.json')
    writeFileSync(input, JSON.stringify(Array.from({ length: rows }, () => ({ row: written++ }))))
    const { code, stderr } = await run('record', 'put', '--service', 'flights', input)
    assert.equal(code, 0, stderr)
  }
  return { ...network, run, does, fails, put, receiver }
}

type Hooks = Awaited<ReturnType<typeof startHooks>>

/** Asks until what is shown of a webhook is so. */
async function until(
  { does }: Hooks,
  id: string,
  isSo: (shown: Record<string, unknown>) => boolean,
) {
  for (let asked = 0; asked < 40; asked++) {
    const shown = await does('show', id)
    if (isSo(shown)) return shown
  }
  return assert.fail(`the webhook never came so far: ${JSON.stringify(await does('show', id))}`)
}

/** Stops the node, lets the two hours of an event's attempts pass, and starts it again. */
async function passRetries(t: TestContext, { up, home, env, address }: Hooks): Promise<void> {
  await stopInOrder(up)
  const database = new DatabaseSync(join(home, 'gateway.sqlite'))
  database.exec('UPDATE webhooks SET attempts = 15, retry_at = 0 WHERE attempts > 0')
  database.close()
  const port = new URL(address).port
  const next = startBsn(['up', '--port', port, '--json', '--quiet', ...allow], { env })
  t.after(async () => {
    next.child.kill('SIGKILL')
    await next.ended
  })
  await next.until(/^\{.*\}\n/)
}

const resultsOf = ({ deliveries }: { deliveries: { position: number; result: string }[] }) =>
  deliveries.map(({ position, result }) => `${position} ${result}`)

/** What the receiver got last is signed with each of these. */
async function signedWith({ history }: Receiver, secrets: readonly string[]): Promise<void> {
  const received = history.at(-1) ?? assert.fail('nothing came')
  for (const secret of secrets) {
    const nowSeconds = Math.floor(Date.now() / 1000)
    await verifyWebhook({ ...received, secrets: [secret] }, { nowSeconds })
  }
}

describe('bsn webhook', () => {
  it('makes a webhook, stops it, lets it go on, renews its secret and ends it', async (t) => {
    const hooks = await startHooks(t)
    const { does, fails, put, receiver, run } = hooks
    assert.deepEqual((await does('create', receiver.url, '--dry-run')).dryRun, true)
    assert.deepEqual(await does('list'), { webhooks: [] })
    await put(2)
    const { id, secret } = await does('create', receiver.url, '--from', '0')
    await receiver.until(() => receiver.history.length === 2)
    await signedWith(receiver, [secret])
    const [first = 0, second = 0] = receiver.positions
    const { webhooks } = await does('list')
    assert.deepEqual([webhooks.length, webhooks[0].id, webhooks[0].secret], [1, id, undefined])
    assert.equal((await does('show', id)).position, second + 1)
    assert.deepEqual(resultsOf(await does('deliveries', id)), [
      `${second} delivered`,
      `${first} delivered`,
    ])
    const page = await does('deliveries', id, '--limit', '1')
    const last = await does('deliveries', id, '--limit', '1', '--cursor', page.next)
    assert.deepEqual([...resultsOf(page), ...resultsOf(last)].length, 2)
    assert.equal(last.next, undefined)

    assert.equal((await does('pause', id, '--dry-run')).dryRun, true)
    assert.equal((await does('pause', id)).state, 'paused')
    await put(1)
    assert.equal((await does('show', id)).position, second + 1)
    assert.equal(receiver.history.length, 2)
    assert.equal((await does('resume', id)).state, 'active')
    await receiver.until(() => receiver.history.length === 3)

    const rotated = await does('rotate', id)
    assert.notEqual(rotated.secret, secret)
    assert.equal((await does('test', id)).delivered, true)
    await signedWith(receiver, [secret, rotated.secret])
    assert.equal((await does('delete', id, '--dry-run')).dryRun, true)
    assert.deepEqual(await does('delete', id), { id })
    await put(1)
    assert.deepEqual(await does('list'), { webhooks: [] })
    assert.equal(receiver.history.length, 4)
    for (const verb of ['show', 'pause', 'resume', 'rotate', 'test', 'deliveries', 'delete']) {
      assert.deepEqual(await fails(verb, id), [4, 'WEBHOOK_NOT_FOUND'], verb)
    }
    const { code, stderr } = await run('webhook', 'list')
    assert.deepEqual([code, stderr], [0, 'no webhooks\n'])
  })
})

describe('bsn webhook replay', () => {
  it('sends what was given up while the receiver was down, or all, again', async (t) => {
    const hooks = await startHooks(t)
    const { does, fails, put, receiver, run } = hooks
    const { id } = await does('create', receiver.url)
    await receiver.down()
    const { code, stdout } = await run('webhook', 'test', id, '--json')
    assert.deepEqual([code, JSON.parse(stdout).reason], [7, 'connect_failed'])
    await put(2)
    const failing = await until(hooks, id, ({ attempts }) => Number(attempts) > 0)
    const lost = Number(failing.position)
    const text = await run('webhook', 'show', id)
    assert.match(text.stdout, /^failingSince: +\d{4}-\d\d-\d\dT/m)

    await passRetries(t, hooks)
    await until(hooks, id, ({ position }) => position === lost + 1)
    assert.ok(resultsOf(await does('deliveries', id)).includes(`${lost} dead`))
    await receiver.up()
    await receiver.until(() => receiver.history.length === 1)
    assert.deepEqual(receiver.positions, [lost + 1])
    assert.equal((await does('replay', id, '--dead-letters', '--dry-run')).dryRun, true)
    assert.deepEqual(await does('replay', id, '--dead-letters'), { id, count: 1 })
    await receiver.until(() => receiver.history.length === 2)
    assert.deepEqual(receiver.positions, [lost + 1, lost])
    await until(hooks, id, ({ position, head }) => position === head)
    assert.equal(resultsOf(await does('deliveries', id))[0], `${lost} delivered`)
    assert.equal((await does('replay', id, '--dead-letters')).count, 0)

    assert.deepEqual(await does('replay', id, '--from', `${lost}`), { id, count: 2 })
    await receiver.until(() => receiver.history.length === 4)
    assert.deepEqual(receiver.positions.slice(2), [lost, lost + 1])
    assert.deepEqual(await fails('replay', id, '--from', '1000'), [1, 'REQUEST_INVALID'])
    for (const more of [[], ['--dry-run'], ['--from', '0', '--dead-letters']]) {
      const wanted = [2, 'CLI_OPTION_MISSING']
      assert.deepEqual(await fails('replay', id, ...more), wanted, String(more))
    }
  })
})

describe('a webhook', () => {
  it('is disabled by a receiver that is gone, and refuses what it may not reach', async (t) => {
    const hooks = await startHooks(t)
    const { does, fails, put, receiver, run } = hooks
    receiver.react = (_, response) => void response.writeHead(410).end()
    const { id } = await does('create', receiver.url)
    await put(1)
    const { reason } = await until(hooks, id, ({ state }) => state === 'disabled')
    assert.match(String(reason), /410/)
    assert.match((await run('webhook', 'list')).stdout, /disabled.*410/)
    receiver.react = (_, response) => void response.writeHead(204).end()
    assert.equal((await does('resume', id)).state, 'active')
    await until(hooks, id, ({ position, head }) => position === head)
    assert.equal(receiver.history.length, 2)

    const addresses = {
      'http://10.0.0.1/hook': 'WEBHOOK_ADDRESS_REFUSED',
      'ftp://127.0.0.1/hook': 'WEBHOOK_URL_INVALID',
      nonsense: 'WEBHOOK_URL_INVALID',
    }
    for (const [url, wanted] of Object.entries(addresses)) {
      assert.deepEqual(await fails('create', url), [1, wanted], url)
    }
  })
})
