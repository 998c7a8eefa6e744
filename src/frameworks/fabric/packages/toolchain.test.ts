import assert from 'node:assert/strict'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { testFolder } from '../../../testing/folder.ts'
import { findGo, findNpm, requireRegistry } from './toolchain.ts'

/** Programs of these texts by their names, alone on a PATH. */
async function withTools(
  tools: Readonly<Record<string, string>>,
  run: (env: Record<string, string>, folder: string) => Promise<void>,
): Promise<void> {
  const folder = testFolder()
  try {
    for (const [name, text] of Object.entries(tools)) folder.file(name, text, 0o755)
    await run({ PATH: folder.path }, folder.path)
  } finally {
    folder.remove()
  }
}

const npmSaying = (line: string) => ({ npm: `process.stdout.write('${line}\\n')` })
const goSaying = (...lines: readonly string[]) => ({
  go: `#!/bin/sh\n${lines.map((line) => `echo '${line}'`).join('\n')}\n`,
})
const missing = { code: 'PACKAGE_TOOL_MISSING', retryable: true }

describe('the tools of a build', () => {
  it('are asked for their registry, of which the place alone is let through', async () => {
    await withTools(npmSaying('https://npm.example:8443/all/'), async (env, folder) => {
      const trust = { NODE_EXTRA_CA_CERTS: join(folder, 'npm') }
      const npm = await findNpm({ ...env, ...trust, SECRET: 'x' })
      assert.equal(npm.path, process.execPath)
      assert.deepEqual(npm.args, [join(folder, 'npm')])
      assert.equal(npm.registry, 'https://npm.example:8443/all/')
      assert.deepEqual([npm.places, npm.trust], [['npm.example:8443'], trust])
    })
    const proxies = 'https://a.example,https://b.example/go|direct'
    await withTools(goSaying('/opt/go', proxies), async (env) => {
      const go = await findGo({ ...env, SSL_CERT_FILE: '/not/there', SSL_CERT_DIR: 'a' })
      assert.equal(go.path, '/opt/go/bin/go')
      assert.equal(go.registry, 'https://a.example,https://b.example/go')
      assert.deepEqual([go.places, go.trust], [['a.example:443', 'b.example:443'], {}])
    })
  })

  it('are missing where they are not there, fail, or have no registry by https', async () => {
    await withTools({}, async (env) => {
      await assert.rejects(findNpm(env), { ...missing, message: /cannot run npm/ })
      await assert.rejects(findGo(env), { ...missing, message: /cannot run go/ })
    })
    await withTools({ npm: 'throw 1', ...goSaying('/opt/go', 'direct') }, async (env) => {
      await assert.rejects(findNpm(env), missing)
      const go = await findGo(env)
      assert.equal(go.registry, '')
      const said = { ...missing, message: /run go: its registry is not reached by https/ }
      assert.throws(() => requireRegistry('go', go), said)
    })
    await withTools(npmSaying('http://npm.example'), async (env) => {
      assert.deepEqual((await findNpm(env)).places, [])
    })
  })
})
