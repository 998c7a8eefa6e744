import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { LoggedRequest } from '@openbsn/sdk'
import { type Replay, replayOf } from './replay.ts'

const base = '/api/v1/ledgers/bsn1/services/flights'
const logged = (more: Partial<LoggedRequest>): LoggedRequest => ({
  ...{ number: 1, time: 1, id: 'r', credential: 'c', method: 'GET', path: `${base}/records` },
  ...{ status: 200, ms: 1, ...more },
})
const json = { contentType: 'application/json', method: 'POST' }

describe('sending a request again', () => {
  it('is the same one; what writes has an Idempotency-Key of its own', () => {
    const read = { method: 'GET', path: `${base}/records`, keyHeader: 'authorization', headers: {} }
    assert.deepEqual(replayOf(logged({})), read)
    const request = { bytes: 11, text: '{"value":1}' }
    const replay = replayOf(logged({ ...json, request })) as Replay
    assert.equal(replay.body, request.text)
    assert.equal(replay.headers['content-type'], 'application/json')
    assert.match(replay.headers['idempotency-key'] ?? '', /^[!-~]{16,}$/)
  })

  it('has the key as a header where it was a part of the path', () => {
    const path = '/api/***/coin/rpc'
    const replay = replayOf(logged({ ...json, path, request: { bytes: 2, text: '{}' } })) as Replay
    assert.deepEqual([replay.path, replay.keyHeader], ['/api/coin/rpc', 'x-api-key'])
  })

  it('is refused where it would be another one, or have no end', () => {
    for (const note of ['cut', 'hidden', 'binary'] as const) {
      assert.equal(replayOf(logged({ ...json, request: { bytes: 9, note } })), note)
    }
    assert.equal(replayOf(logged({ path: `${base}/subjects/***` })), 'masked')
    assert.equal(replayOf(logged({ path: `${base}/records?token=***` })), 'masked')
    for (const path of ['/api/***/coin/ws', `${base}/events?from=0`, `${base}/events/socket`]) {
      assert.equal(replayOf(logged({ path })), 'stream', path)
    }
    assert.notEqual(replayOf(logged({ path: `${base}/events/consumers` })), 'stream')
  })
})
