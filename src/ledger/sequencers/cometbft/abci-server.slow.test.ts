import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import type { CodedError } from '@openbsn/sdk'
import { Request, Response } from 'cosmjs-types/tendermint/abci/types'
import { testFolder } from '../../../testing/folder.ts'
import { testPrng } from '../../../testing/seed.ts'
import { type AbciHandlers, createAbciServer, FrameReader, frameOf } from './abci-server.ts'

describe('frames', () => {
  it('come out as they went in, whatever pieces they arrive in', () => {
    const prng = testPrng()
    const bodies = Array.from({ length: 60 }, (_, i) => {
      const length = [0, 1, 127, 128, 129, 16_384, 70_000][i % 7] ?? prng.int(0, 3000)
      return Buffer.alloc(length, i)
    })
    const stream = Buffer.concat(bodies.map(frameOf))
    for (const most of [1, 3, 7, 1000, stream.length]) {
      const reader = new FrameReader()
      const seen: Uint8Array[] = []
      for (let at = 0; at < stream.length; ) {
        const end = at + prng.int(1, most)
        seen.push(...reader.take(stream.subarray(at, end)))
        at = end
      }
      const same = seen.length === bodies.length && seen.every((one, i) => bodies[i]?.equals(one))
      assert.ok(same, `pieces of up to ${most}, SEED=${prng.seed}`)
    }
  })

  it('that are too long, or whose length has no end, are an error at once', () => {
    const huge = Buffer.of(0x81, 0x80, 0x80, 0x40)
    assert.equal(huge.length + 128 * 1024 * 1024, 134_217_732)
    for (const head of [huge, Buffer.alloc(5, 0xff), Buffer.of(0x80, 0x80, 0x80, 0x80, 0x80)]) {
      assert.throws(() => new FrameReader().take(head), { code: 'ENGINE_PROTOCOL' })
    }
    assert.deepEqual(new FrameReader().take(Buffer.alloc(4, 0x80)), [])
  })
})

const unexpected = () => assert.fail('this is not asked')
const nothing: AbciHandlers = {
  ...{ info: unexpected, initChain: unexpected, query: unexpected, checkTx: unexpected },
  ...{ prepareProposal: unexpected, processProposal: unexpected, extendVote: unexpected },
  ...{ verifyVoteExtension: unexpected, finalizeBlock: unexpected, commit: unexpected },
  ...{ listSnapshots: unexpected, offerSnapshot: unexpected, loadSnapshotChunk: unexpected },
  applySnapshotChunk: unexpected,
}

const frame = (request: Record<string, object>) =>
  frameOf(Request.encode(Request.fromPartial(request as never)).finish())

/** A server on a socket of its own, and one that speaks to it. */
async function serving(handlers: Partial<AbciHandlers>) {
  const folder = testFolder()
  const failures: Error[] = []
  const hangUps: number[] = []
  const server = createAbciServer({
    handlers: { ...nothing, ...handlers },
    onFailure: (error) => failures.push(error),
    onHangUp: () => hangUps.push(failures.length),
  })
  const path = join(folder.path, 's')
  await server.listen(path)
  const client = connect(path)
  await once(client, 'connect')
  const remove = async () => {
    client.destroy()
    await server.close()
    folder.remove()
  }
  return { server, client, failures, hangUps, path, remove }
}

async function answers(client: Socket, count: number): Promise<Response[]> {
  const reader = new FrameReader()
  const seen: Response[] = []
  for await (const chunk of client) {
    seen.push(...reader.take(chunk).map((body) => Response.decode(body)))
    if (seen.length >= count) break
  }
  return seen
}

describe('the ABCI server', () => {
  it('answers in the order of the requests, though checks run side by side', async () => {
    const waits: (() => void)[] = []
    const checkTx = () => {
      const { promise, resolve } = Promise.withResolvers<object>()
      waits.push(() => resolve({ code: waits.length }))
      // The last is done first.
      if (waits.length === 3) for (const done of waits.reverse()) done()
      return promise
    }
    const world = await serving({ checkTx, info: () => ({ data: 'x', lastBlockHeight: 7n }) })
    world.client.write(
      Buffer.concat([
        frame({ echo: { message: 'here' } }),
        ...[1, 2, 3].map(() => frame({ checkTx: { tx: new Uint8Array(3) } })),
        frame({ info: {} }),
        frame({ flush: {} }),
      ]),
    )
    const [echo, ...rest] = await answers(world.client, 6)
    assert.equal(echo?.echo?.message, 'here')
    assert.ok(rest.slice(0, 3).every((one) => one.checkTx !== undefined))
    assert.equal(rest[3]?.info?.lastBlockHeight, 7n)
    assert.ok(rest[4]?.flush)
    assert.deepEqual(world.failures, [])
    await world.remove()
  })

  it('hangs up and says so once when a handler throws; nothing after it is done', async () => {
    let commits = 0
    const finalizeBlock = () => Promise.reject(new Error('no'))
    const world = await serving({ finalizeBlock, commit: () => ++commits })
    const bytes = Buffer.concat([frame({ finalizeBlock: {} }), frame({ commit: {} })])
    world.client
      .on('error', () => undefined)
      .resume()
      .write(bytes)
    await once(world.client, 'close')
    await world.server.close()
    assert.deepEqual(world.failures.map(String), ['Error: no'])
    assert.equal(commits, 0)
    await world.remove()
  })
})

describe('the ABCI server, when the engine', () => {
  it('sends bytes that are no request, takes them for a failure of the engine', async () => {
    const bad = [frameOf(Buffer.of(0xff, 0xff)), frameOf(new Uint8Array()), Buffer.alloc(6, 0xff)]
    for (const bytes of bad) {
      const world = await serving({})
      world.client
        .on('error', () => undefined)
        .resume()
        .write(bytes)
      await once(world.client, 'close')
      const codes = world.failures.map((one) => (one as CodedError).code)
      assert.deepEqual(codes, ['ENGINE_PROTOCOL'])
      await world.remove()
    }
  })

  it('is cut off, is closed when what it was doing is done', async () => {
    const { promise, resolve } = Promise.withResolvers<object>()
    const begun = Promise.withResolvers<void>()
    const commit = () => {
      begun.resolve()
      return promise
    }
    const world = await serving({ commit })
    world.client.on('error', () => undefined).write(frame({ commit: {} }))
    await begun.promise
    let isClosed = false
    const closing = world.server.close().then(() => {
      isClosed = true
    })
    await once(world.client, 'close')
    await new Promise((done) => setImmediate(done))
    assert.equal(isClosed, false)
    resolve({})
    await closing
    assert.deepEqual(world.failures, [])
    await world.remove()
  })

  it('hangs up for the last time, says so once', async () => {
    const world = await serving({})
    const other = connect(world.path)
    await once(other, 'connect')
    other.destroy()
    await new Promise((done) => setTimeout(done, 20))
    assert.deepEqual(world.hangUps, [])
    world.client.destroy()
    await new Promise((done) => setTimeout(done, 20))
    assert.deepEqual(world.hangUps, [0])
    await world.remove()
  })

  it('says where it cannot listen', async () => {
    const world = await serving({})
    const other = createAbciServer({
      handlers: nothing,
      onFailure: unexpected,
      onHangUp: unexpected,
    })
    await assert.rejects(other.listen(world.path), { code: 'EADDRINUSE' })
    await world.remove()
  })
})
