import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { Readable } from 'node:stream'
import { after, describe, it } from 'node:test'
import { testFolder } from '../../../testing/folder.ts'
import { Archives } from './archives.ts'

const digestOf = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

describe('packages as they were sent', () => {
  const folder = testFolder()
  const archives = new Archives(folder.path)
  after(() => folder.remove())

  it('are kept under the digest that they have', async () => {
    const bytes = Buffer.from('a package')
    const digest = digestOf(bytes)
    assert.equal(await archives.find(digest), undefined)
    await archives.take(digest, Readable.from([bytes.subarray(0, 3), bytes.subarray(3)]))
    await archives.take(digest, Readable.from([bytes]))
    assert.deepEqual(readFileSync((await archives.find(digest)) ?? ''), bytes)
  })

  it('are not kept where they are another one, too large, or broken off', async () => {
    const before = readdirSync(folder.path)
    const digest = digestOf(Buffer.from('another'))
    const other = archives.take(digest, Readable.from([Buffer.from('odd')]))
    await assert.rejects(other, { code: 'PACKAGE_DIGEST_WRONG' })
    const chunk = Buffer.alloc(8 * 1024 * 1024)
    const large = archives.take(digest, Readable.from([chunk, chunk, chunk, chunk, chunk]))
    await assert.rejects(large, { code: 'PACKAGE_TOO_LARGE' })
    async function* broken() {
      yield Buffer.from('another')
      throw new Error('the line is cut')
    }
    await assert.rejects(archives.take(digest, Readable.from(broken())), /the line is cut/)
    assert.deepEqual(readdirSync(folder.path), before)
    assert.equal(await archives.find(digest), undefined)
  })
})
