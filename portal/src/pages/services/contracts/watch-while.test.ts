import assert from 'node:assert/strict'
import { it } from 'node:test'
import { watchWhile } from './watch-while.ts'

it('something under way is looked at until it ends, whatever comes of a look', async () => {
  const sent = Promise.withResolvers<string>()
  let looks = 0
  const look = async () => {
    looks++
    if (looks === 1) throw new TypeError('cut')
    if (looks === 3) sent.resolve('done')
  }
  assert.equal(await watchWhile(sent.promise, look, 1), 'done')
  assert.equal(looks, 3)

  const failed = Promise.reject(new TypeError('refused'))
  await assert.rejects(watchWhile(failed, look, 1), { message: 'refused' })
  assert.equal(looks, 3)

  // A look that gets no answer keeps nobody waiting.
  const slow = Promise.withResolvers<string>()
  const never = async () => {
    slow.resolve('done')
    await new Promise(() => {})
  }
  assert.equal(await watchWhile(slow.promise, never, 1), 'done')
})
