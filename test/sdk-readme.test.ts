import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { it } from 'node:test'
import { promisify } from 'node:util'
import { bsnHome } from './cli/bsn.ts'

const root = join(import.meta.dirname, '..')

it('the example of JSON records in sdk/README.md runs on a real node', async (t) => {
  const net = await bsnHome()
  t.after(net.close)
  const scopes = ['records:write', 'records:read', 'events:read'].flatMap((one) => ['--scope', one])
  const credential = net.file('made.credential')
  for (const argv of [
    ['service', 'create', 'invoices', '--key-mode', 'key-trust'],
    ...[['credential', 'create', '--service', 'invoices', '--label', 'shop', '--api-key']].map(
      (create) => [...create, ...scopes, '--out', credential],
    ),
  ]) {
    const { code, stderr } = await net.run(...argv)
    assert.equal(code, 0, stderr)
  }
  const folder = dirname(credential)
  renameSync(credential, join(folder, 'credential.json'))
  const page = readFileSync(join(root, 'sdk/README.md'), 'utf8')
  const [, code = assert.fail('no example')] = [...page.matchAll(/```ts\n([\s\S]*?)```/g)][1] ?? []
  // Below node_modules, so that the package is found by its name.
  const cache = join(root, 'node_modules/.cache/openbsn')
  mkdirSync(cache, { recursive: true })
  const program = join(cache, 'readme-records.mjs')
  t.after(() => rmSync(program))
  writeFileSync(program, code)
  const args = ['--conditions=openbsn-source', program]
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: folder })
  assert.match(
    stdout,
    /^entry (\d+) is committed: \{"paid":true,"total":1200\}\ninvoice\/1042 at \1\n$/,
  )
})
