import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { it } from 'node:test'
import { promisify } from 'node:util'

const program = join(import.meta.dirname, '../../bin/npm-run.mjs')

it('the example of assets runs by one command, and shows what it says', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [program, 'example', 'assets'])
  const lines = stdout.trim().split('\n')
  for (const pattern of [
    /^Boreal was let in/,
    /^It is in place on both nodes/,
    /^Atlas hands it to Boreal in the transaction [0-9a-f]{64}\.$/,
    /^Boreal cannot issue another bond-7/,
    /^The transfer is proven/,
  ]) {
    assert.equal(lines.filter((line) => pattern.test(line)).length, 1, `${pattern}: ${stdout}`)
  }
})
