import assert from 'node:assert/strict'
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { it } from 'node:test'
import { testFolder } from '../testing/folder.ts'
import { readUserFile, writeUserFile } from './user-file.ts'

const key = { algorithm: 'ES256', secret: new Uint8Array(32).fill(7) }

it('a user file comes back as it was written, and is not overwritten', async (t) => {
  const { file, remove } = testFolder()
  t.after(remove)
  const ann = { service: 'deeds', name: 'ann' }
  await writeUserFile(file('ann'), ann, key)
  const { name, signer } = await readUserFile(file('ann'), 'deeds')
  assert.deepEqual([name, signer.key.algorithm.name], ['ann', 'ES256'])
  assert.equal(statSync(file('ann')).mode & 0o777, 0o600)
  await assert.rejects(writeUserFile(file('ann'), ann, key), { code: 'FILE_EXISTS' })
})

it('a user file of another service, or one that was changed, is none', async (t) => {
  const { file, remove } = testFolder()
  t.after(remove)
  await writeUserFile(file('ann'), { service: 'deeds', name: 'ann' }, key)
  await assert.rejects(readUserFile(file('ann'), 'goods'), { code: 'USER_FILE_INVALID' })
  const good = JSON.parse(readFileSync(file('ann'), 'utf8'))
  for (const change of [{ format: 'other' }, { name: '' }, { key: {} }, { key: undefined }]) {
    writeFileSync(file('ann'), JSON.stringify({ ...good, ...change }))
    const changed = JSON.stringify(change)
    await assert.rejects(readUserFile(file('ann'), 'deeds'), { code: 'USER_FILE_INVALID' }, changed)
  }
})
