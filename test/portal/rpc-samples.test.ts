import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { describe, it, type TestContext } from 'node:test'
import { promisify } from 'node:util'
import type { SampleLanguage } from '../../portal/src/pages/services/code-samples.ts'
import { rpcSample } from '../../portal/src/pages/services/rpc-samples.ts'
import { needs } from '../../src/testing/needs.ts'
import { scratchFolder } from '../cli/bsn.ts'

/** What would end a text of some language, or begin an escape in it. */
const call = {
  method: 'eth_call',
  params: [`it's \`\${x}\` "q" \\n \n`, '代码 \u202e 🙂', { data: '0x', deep: ["'", '\\'] }],
}

const runners: Readonly<Record<SampleLanguage, readonly [string, string, ...string[]]>> = {
  curl: ['call.sh', 'sh', '-eu'],
  typescript: ['call.mts', process.execPath],
  python: ['call.py', 'python3'],
  go: ['call.go', 'go', 'run'],
}

/** A server that keeps what it was sent. */
async function listening(t: TestContext) {
  const told: { path: string; body: unknown }[] = []
  const server = createServer(async (request, response) => {
    told.push({ path: request.url ?? '', body: JSON.parse(await text(request)) })
    response.setHeader('content-type', 'application/json').end('{"result":"0x1"}')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close())
  const { port } = server.address() as AddressInfo
  return { gateway: `http://127.0.0.1:${port}`, told }
}

describe('a call of JSON-RPC as a program', () => {
  for (const [language, [name, program, ...before]] of Object.entries(runners)) {
    it(`is the same call in ${language}, whatever is in it`, async (t) => {
      if (language === 'python' && !needs(t, 'python3')) return
      if (language === 'go' && !needs(t, 'go')) return
      const { gateway, told } = await listening(t)
      const target = { gateway, rpc: '/api/{accessKey}/coin/rpc', call }
      const file = join(scratchFolder(t), name)
      writeFileSync(file, `${rpcSample(language as SampleLanguage, target)}\n`)
      const env = { ...process.env, OPENBSN_API_KEY: 'test_key' }
      const { stdout } = await promisify(execFile)(program, [...before, file], { env })
      assert.match(stdout, /"0x1"/)
      const body = { jsonrpc: '2.0', id: 1, ...call }
      assert.deepEqual(told, [{ path: '/api/test_key/coin/rpc', body }])
    })
  }
})
