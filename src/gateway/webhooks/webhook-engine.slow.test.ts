import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { describe, it, type TestContext } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { verifyWebhook } from '@openbsn/sdk'
import { EventWorld } from '../../testing/event-world.ts'
import { testFolder } from '../../testing/folder.ts'
import { Receiver } from '../../testing/receiver.ts'
import { testPrng } from '../../testing/seed.ts'
import type { GatewaySettings } from '../gateway.ts'

const fast = { webhookRetryMs: 5, webhookRetryMsMax: 20, streamGatherMs: 5 }

async function scene(t: TestContext, settings: GatewaySettings = {}) {
  const own = await EventWorld.create({ ...fast, ...settings })
  const receiver = await Receiver.create()
  t.after(async () => {
    await own.close()
    await receiver.down()
  })
  const { body: made } = await own.send('POST', '/webhooks', { url: receiver.url, from: 0 })
  const path = `/webhooks/${made.id}`
  const show = async () => (await own.send('GET', path)).body
  return { own, receiver, made, path, show }
}

const unique = (list: readonly number[]) => [...new Set(list)]
const numbers = (count: number) => Array.from({ length: count }, (_, i) => `${i}`)

describe('webhooks, delivery', () => {
  it('sends each event once, in order, signed as Standard Webhooks', async (t) => {
    const { own, receiver, made } = await scene(t)
    const sent = await own.put(...numbers(20))
    await receiver.until(() => receiver.history.length === 20)
    assert.deepEqual(receiver.positions, sent)
    const [{ headers, body } = { headers: {}, body: '' }] = receiver.history
    assert.equal(headers['content-type'], 'application/cloudevents+json; charset=utf-8')
    assert.equal(headers['webhook-id'], `msg_${made.id}_0`)
    const given = { headers, body, secrets: [made.secret] }
    await verifyWebhook(given, { nowSeconds: own.clock.now })
    assert.equal(JSON.parse(body).data, 0)
  })

  it('repeats until it is acknowledged, and sends nothing else meanwhile', async (t) => {
    const { own, receiver } = await scene(t)
    let failures = 5
    receiver.react = (_received, response) => {
      response.writeHead(failures-- > 0 ? 500 : 200).end()
    }
    const [first, second] = await own.put('1', '2')
    await receiver.until(() => receiver.history.length === 7)
    assert.deepEqual(receiver.positions, [...Array(6).fill(first), second])
    const ids = receiver.history.map(({ headers }) => headers['webhook-id'])
    assert.equal(new Set(ids).size, 2)
  })

  it('goes on in order when a receiver that was down is up again', async (t) => {
    const { own, receiver, show } = await scene(t, { webhookAttemptsMax: 1000 })
    await receiver.down()
    const sent = await own.put(...numbers(30))
    while ((await show()).attempts < 3) await setTimeout(5)
    await receiver.up()
    await receiver.until(() => receiver.history.length === 30)
    assert.deepEqual(receiver.positions, sent)
  })

  it('takes a redirect, and an answer without end, for a failure', async (t) => {
    const { own, receiver, path } = await scene(t, { webhookTimeoutMs: 200 })
    const answers = [
      (response: import('node:http').ServerResponse) =>
        response.writeHead(307, { location: 'http://127.0.0.1:1/' }).end(),
      (response: import('node:http').ServerResponse) => response.writeHead(200).write('x'),
    ]
    receiver.react = (_received, response) => {
      const answer = answers.shift()
      if (answer) answer(response)
      else response.writeHead(200).end()
    }
    await own.put('1')
    await receiver.until(() => receiver.history.length === 3)
    await setTimeout(150)
    const { deliveries } = (await own.send('GET', `${path}/deliveries`)).body
    const told = deliveries.map(({ result, reason, status }: Record<string, unknown>) =>
      [result, reason, status].filter((one) => one !== undefined),
    )
    assert.deepEqual(told, [
      ['delivered', 200],
      ['failed', 'timeout'],
      ['failed', 'redirect', 307],
    ])
  })
})

describe('webhooks, back-off', () => {
  it('waits longer after each failure, and as long as a receiver asks for', async (t) => {
    const { own, receiver, show } = await scene(t, { webhookRetryMs: 20, webhookRetryMsMax: 9000 })
    const came: number[] = []
    receiver.react = (_received, response) => {
      came.push(performance.now())
      const asks = came.length === 5 ? { 'retry-after': '7' } : {}
      response.writeHead(503, asks).end()
    }
    await own.put('1')
    await receiver.until(() => came.length === 5)
    // Of 20, 40, 80 and 160 ms three quarters, by the chance of tests; timers may be late.
    for (const [i, atLeast] of [15, 30, 60, 120].entries()) {
      const waited = (came[i + 1] ?? 0) - (came[i] ?? 0)
      assert.ok(waited >= atLeast - 2, `${waited} ms after failure ${i + 1}`)
    }
    while ((await show()).attempts < 5) await setTimeout(5)
    assert.equal((await show()).retryAt, own.clock.now + 7)
  })
})

describe('webhooks, of a node that is gone', () => {
  it('go on at another one from the position that they had: it is one of the ledger', async (t) => {
    const { own, receiver, show } = await scene(t)
    const before = await own.put(...numbers(5))
    await receiver.until(() => receiver.history.length === 5)
    while ((await show()).position < 5) await setTimeout(5)
    const { position, node } = await show()
    await own.closeGateway()
    const after = await own.put('5', '6')
    // Another gateway over the same ledger, with a database and a name of its own.
    const other = await EventWorld.create(fast, { node: 'another', ledgers: own.deps.ledgers })
    t.after(() => other.close())
    const given = { url: receiver.url, from: position }
    const { body: made } = await other.send('POST', '/webhooks', given)
    assert.deepEqual([node, made.node], ['test', 'another'])
    await receiver.until(() => receiver.history.length === 7)
    assert.deepEqual(receiver.positions, [...before, ...after])
    const ids = receiver.history.map(({ body }) => JSON.parse(body).id)
    const wanted = [...before, ...after].map((one) => `${own.ledger.id}:${one}`)
    assert.deepEqual(ids, wanted, 'ids are the same from every node')
  })
})

describe('webhooks, what fails for good', () => {
  it('makes a dead letter after the last attempt, goes on, and sends it again', async (t) => {
    const { own, receiver, path } = await scene(t, { webhookAttemptsMax: 3 })
    let isPoison = true
    const poison = '"poison"'
    receiver.react = ({ body }, response) => {
      const fails = isPoison && JSON.parse(body).data === 'poison'
      response.writeHead(fails ? 400 : 200).end()
    }
    const [first, bad, last] = await own.put('1', poison, '2')
    await receiver.until(() => receiver.positions.includes(last ?? 0))
    assert.deepEqual(receiver.positions, [first, bad, bad, bad, last])
    await setTimeout(150)
    const dead = (await own.send('GET', `${path}/dead-letters`)).body.deadLetters
    assert.deepEqual(dead, [{ position: bad, reason: 'status', time: own.clock.now }])
    isPoison = false
    const replay = await own.send('POST', `${path}/replay`, { deadLetters: true })
    assert.deepEqual(replay, { status: 200, body: { count: 1 } })
    await receiver.until(() => receiver.history.length === 6)
    assert.equal(receiver.positions.at(-1), bad)
    await setTimeout(50)
    assert.deepEqual((await own.send('GET', `${path}/dead-letters`)).body.deadLetters, [])
    const metrics = await own.deps.metrics.text()
    assert.match(metrics, /^bsn_webhook_deliveries_total\{result="dead"\} 1$/m)
    assert.match(metrics, /^bsn_webhook_deliveries_total\{result="delivered"\} 3$/m)
  })

  it('is disabled, says why, and goes on where it was', async (t) => {
    const { own, receiver, path, show } = await scene(t, { webhookDisableAfterSeconds: 60 })
    receiver.react = (_received, response) => {
      own.clock.now += 30
      response.writeHead(503).end()
    }
    const sent = await own.put('1', '2')
    while ((await show()).state !== 'disabled') await setTimeout(5)
    const { reason, position } = await show()
    assert.match(reason, /^Every delivery failed for \d+ s; the last one: HTTP 503\.$/)
    assert.equal(position, sent[0])
    receiver.react = (_received, response) => void response.writeHead(200).end()
    await own.send('PATCH', path, { state: 'active' })
    await receiver.until(() => receiver.positions.includes(sent[1] ?? 0))
    assert.deepEqual(unique(receiver.positions), sent)
    assert.equal((await show()).reason, undefined)
  })

  it('is disabled at once where the receiver is gone for good', async (t) => {
    const { own, receiver, show } = await scene(t)
    receiver.react = (_received, response) => void response.writeHead(410).end()
    await own.put('1')
    while ((await show()).state !== 'disabled') await setTimeout(5)
    assert.equal(receiver.history.length, 1)
  })

  it('waits while the credential is frozen, and says so', async (t) => {
    const { own, receiver, show } = await scene(t)
    own.putCredential('c1', { status: 'frozen' })
    own.clock.now++
    const sent = await own.put('1')
    await setTimeout(100)
    assert.equal(receiver.history.length, 0)
    const oldest = async () =>
      /^bsn_webhook_oldest_pending_seconds (.*)$/m.exec(await own.deps.metrics.text())?.[1]
    const { time = 0 } = own.ledger.entry(sent[0] ?? 0) ?? {}
    own.clock.now = time + 30
    assert.equal(await oldest(), '30')
    own.putCredential('c1')
    own.clock.now++
    const { held } = await show()
    assert.equal(held, 'CREDENTIAL_FROZEN')
    await receiver.until(() => receiver.history.length === 1)
    assert.deepEqual(receiver.positions, sent)
    for (let i = 0; i < 200 && (await oldest()) !== '0'; i++) await setTimeout(5)
    assert.equal(await oldest(), '0')
  })
})

describe('webhooks, dead letters', () => {
  it('sends what is live between dead letters, whose receiver may be slow', async (t) => {
    const settings = { webhookAttemptsMax: 1, webhookTimeoutMs: 300 }
    const { own, receiver, path } = await scene(t, settings)
    receiver.react = (_received, response) => void response.writeHead(400).end()
    const dead = await own.put(...numbers(20))
    const deadLetters = async () =>
      (await own.send('GET', `${path}/dead-letters`)).body.deadLetters.length
    while ((await deadLetters()) < 20) await setTimeout(10)
    const isDead = (body: string) => dead.includes(Number(JSON.parse(body).position))
    receiver.react = ({ body }, response) => {
      if (!isDead(body)) response.writeHead(204).end()
    }
    await own.send('POST', `${path}/replay`, { deadLetters: true })
    await receiver.until(() => receiver.history.length === 21)
    const [live] = await own.put('live')
    await receiver.until(() => receiver.positions.includes(live ?? 0))
    // One that was under way, and at most one more while the event was on its way here.
    const before = receiver.positions.indexOf(live ?? 0) - 20
    assert.ok(before <= 2, `${before} dead letters were before it`)
    receiver.react = (_received, response) => void response.writeHead(204).end()
    const tried = () => dead.every((one) => receiver.positions.indexOf(one, 20) >= 0)
    await receiver.until(tried)
    while ((await deadLetters()) > before + 1) await setTimeout(10)
  })
})

describe('webhooks, one event again', () => {
  it('is sent once more with its id, and is a dead letter while it fails', async (t) => {
    const { own, receiver, path } = await scene(t)
    const [first = 0, second = 0] = await own.put('1', '2')
    await receiver.until(() => receiver.history.length === 2)
    const again = (position: number) => own.send('POST', `${path}/replay`, { position })
    assert.deepEqual((await again(first)).body, { count: 1 })
    await receiver.until(() => receiver.history.length === 3)
    assert.equal(receiver.positions.at(-1), first)
    const [one, , repeat] = receiver.history.map(({ headers }) => headers['webhook-id'])
    assert.equal(repeat, one)
    receiver.react = (_received, response) => void response.writeHead(500).end()
    await again(second)
    await receiver.until(() => receiver.history.length === 4)
    const dead = async () => (await own.send('GET', `${path}/dead-letters`)).body.deadLetters
    while ((await dead())[0]?.reason !== 'status') await setTimeout(5)
    assert.deepEqual(
      (await dead()).map(({ position }: { position: number }) => position),
      [second],
    )
    receiver.react = (_received, response) => void response.writeHead(204).end()
    await again(second)
    while ((await dead()).length > 0) await setTimeout(5)
  })

  it('is refused before its turn, and where there is none', async (t) => {
    const { own, receiver, path } = await scene(t, { webhookRetryMs: 60_000 })
    receiver.react = (_received, response) => void response.writeHead(500).end()
    const [first = 0] = await own.put('1')
    await receiver.until(() => receiver.history.length === 1)
    const again = async (position: number) =>
      (await own.send('POST', `${path}/replay`, { position })).body.code
    assert.equal(await again(first), 'REQUEST_INVALID')
    assert.equal(await again(first + 1), 'EVENT_NOT_FOUND')
    // What waits for its next try is tried at once.
    await own.send('POST', `${path}/replay`, { from: first })
    await receiver.until(() => receiver.history.length === 2)
  })
})

describe('webhooks, changes', () => {
  it('signs with both secrets for a while after one is changed', async (t) => {
    const { own, receiver, made, path } = await scene(t, { webhookSecretOverlapSeconds: 100 })
    const { body } = await own.send('POST', `${path}/secret`)
    const signedBy = async (secret: string) => {
      const { headers, body: text } = receiver.history.at(-1) ?? { headers: {}, body: '' }
      const given = { headers, body: text, secrets: [secret] }
      return verifyWebhook(given, { nowSeconds: own.clock.now }).then(
        () => true,
        () => false,
      )
    }
    await own.put('1')
    await receiver.until(() => receiver.history.length === 1)
    assert.deepEqual([await signedBy(made.secret), await signedBy(body.secret)], [true, true])
    own.clock.now += 100
    await own.put('2')
    await receiver.until(() => receiver.history.length === 2)
    assert.deepEqual([await signedBy(made.secret), await signedBy(body.secret)], [false, true])
    const everything = JSON.stringify([own.parts.lines, await own.send('GET', '/webhooks')])
    assert.doesNotMatch(everything, /whsec_/)
  })

  it('sends everything again from a position, in order', async (t) => {
    const { own, receiver, path } = await scene(t)
    const sent = await own.put(...numbers(5))
    await receiver.until(() => receiver.history.length === 5)
    assert.equal((await own.send('POST', `${path}/replay`, { from: 99 })).status, 400)
    await own.send('POST', `${path}/replay`, { from: sent[2] })
    await receiver.until(() => receiver.history.length === 8)
    assert.deepEqual(receiver.positions, [...sent, ...sent.slice(2)])
  })

  it('makes changes one after the other: what is deleted sends nothing more', async (t) => {
    const { own, receiver, path } = await scene(t)
    let hold = () => {}
    receiver.react = (_received, response) => {
      hold = () => void response.writeHead(204).end()
    }
    await own.put('1')
    await receiver.until(() => receiver.history.length === 1)
    const filters = ['a', 'b'].map((key) => own.send('PATCH', path, { filter: { key } }))
    const all = [...filters, own.send('DELETE', path), own.send('POST', `${path}/secret`)]
    await setTimeout(50)
    hold()
    await Promise.all(all)
    receiver.react = (_received, response) => void response.writeHead(204).end()
    await own.put({ payload: '2', key: 'a' }, { payload: '3', key: 'b' }, '4')
    await setTimeout(100)
    assert.equal(receiver.history.length, 1)
  })

  it('sends a test, and nothing while it is paused', async (t) => {
    const { own, receiver, path } = await scene(t)
    await own.send('PATCH', path, { state: 'paused' })
    await own.put('1')
    const { body } = await own.send('POST', `${path}/test`)
    assert.deepEqual([body.delivered, body.status], [true, 204])
    assert.equal(receiver.history.length, 1)
    assert.equal(JSON.parse(receiver.history[0]?.body ?? '').type, 'org.openbsn.test')
    await own.send('PATCH', path, { state: 'active' })
    await receiver.until(() => receiver.history.length === 2)
    assert.equal(receiver.positions[1], 0)
  })
})

/** A gateway in a process of its own, over the same log each time: 400 records. */
function startNode(folder: string, make: string | undefined): ChildProcess {
  const url = new URL('../../testing/event-world.ts', import.meta.url)
  const payloads = 'Array.from({ length: 400 }, (_, i) => String(i))'
  const code = `
    import { EventWorld } from ${JSON.stringify(url.href)}
    const more = { folder: ${JSON.stringify(folder)}, payloads: ${payloads} }
    const own = await EventWorld.create(${JSON.stringify(fast)}, more)
    const url = ${JSON.stringify(make ?? null)}
    if (url) await own.send('POST', '/webhooks', { url, from: 0 })`
  const flags = ['--conditions=openbsn-source', '--input-type=module', '-e', code]
  return spawn(process.execPath, flags, { stdio: ['ignore', 'ignore', 'inherit'] })
}

describe('webhooks, killed at any moment', () => {
  it('lose nothing and skip nothing; what is repeated stands in order', async (t) => {
    const prng = testPrng()
    const folder = testFolder()
    const receiver = await Receiver.create()
    let child: ChildProcess | undefined
    t.after(async () => {
      child?.kill('SIGKILL')
      folder.remove()
      await receiver.down()
    })
    receiver.react = (_received, response) => {
      const delay = prng.int(0, 3)
      const status = prng.int(0, 20) === 0 ? 500 : 204
      globalThis.setTimeout(() => response.writeHead(status).end(), delay)
    }
    for (let round = 0; round < 2; round++) {
      child = startNode(folder.path, round === 0 ? receiver.url : undefined)
      const more = receiver.history.length + prng.int(1, 120)
      await receiver.until(() => receiver.history.length >= more)
      await setTimeout(prng.int(0, 20))
      child.kill('SIGKILL')
      await once(child, 'exit')
    }
    child = startNode(folder.path, undefined)
    await receiver.until(() => receiver.positions.at(-1) === 399)
    const told = `seed ${prng.seed}: ${receiver.positions.join(' ')}`
    let furthest = -1
    for (const position of receiver.positions) {
      assert.ok(position <= furthest + 1, `a gap before ${position}; ${told}`)
      furthest = Math.max(furthest, position)
    }
    assert.equal(furthest, 399, told)
  })
})
