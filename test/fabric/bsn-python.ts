import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { TestContext } from 'node:test'
import type { BsnAnswer, BsnClient } from '../../src/testing/bsn-client.ts'
import { environment } from '../python/python.ts'

/** The official client for Python and what it needs, in versions that Python 3.11 bears. */
const installs = [
  [
    ...['safe-pysha3==1.0.5', 'six==1.17.0', 'requests==2.34.2', 'protobuf==3.20.3'],
    ...['cryptography==41.0.7', 'hkdf==0.0.3', 'asn1crypto==1.5.1', 'pycryptodomex==3.24.2'],
    ...['grpcio==1.85.3', 'aiogrpc==1.8', 'Rx==3.2.0'],
  ],
  ['--no-deps', 'bsn-sdk-py==1.0.6', 'fabric-sdk-py==0.8.1'],
]

/** What one call came to: an answer, or what the client raised. */
export type Ran = { readonly answer?: BsnAnswer; readonly raised?: string }
/** The official client in Python in a process of its own, unmodified. */
export type PythonClient = {
  readonly appInfo: unknown
  call(name: string, args?: readonly unknown[], named?: object): Promise<Ran>
  /** As `call`, of what must be answered. */
  body(name: string, args?: readonly unknown[], named?: object): Promise<unknown>
}

type Configured = BsnClient & {
  readonly gateway: string
  /** PEM. */
  readonly gatewayKey: string
  /** For its files; it makes some beside it, too. */
  readonly folder: string
}

export async function pythonClient(
  t: Pick<TestContext, 'after'>,
  { userCode, appCode, key, gateway, gatewayKey, folder }: Configured,
): Promise<PythonClient> {
  const program = environment('bsn-sdk-py-1.0.6', installs, 'python3.11')
  const msp = join(folder, 'msp')
  mkdirSync(msp, { recursive: true })
  const [certificate, own] = [join(folder, 'gateway.pem'), join(folder, 'key.pem')]
  writeFileSync(certificate, gatewayKey)
  writeFileSync(own, key.export({ type: 'pkcs8', format: 'pem' }))
  const child = spawn(program, ['-I', join(import.meta.dirname, 'bsn_client.py')], {
    cwd: folder,
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  t.after(() => child.kill())
  const waiting: ((ran: Ran) => void)[] = []
  createInterface({ input: child.stdout }).on('line', (line) => {
    if (line.startsWith('@')) waiting.shift()?.(JSON.parse(line.slice(1)))
  })
  child.once('exit', (code) => {
    for (const tell of waiting.splice(0)) tell({ raised: `the client ended with ${code}` })
  })
  const send = (what: object) => {
    child.stdin.write(`${JSON.stringify(what)}\n`)
    return new Promise<Ran>((resolve) => waiting.push(resolve))
  }
  const configured = await send({
    ...{ user_code: userCode, app_code: appCode, nodeApi: gateway, mspDir: msp, httpcert: '' },
    ...{ app_public_cert_path: certificate, user_private_cert_path: own },
  })
  assert.ok(configured.answer, configured.raised)
  const call: PythonClient['call'] = (name, args = [], named = {}) => send({ name, args, named })
  return {
    appInfo: configured.answer,
    call,
    async body(name, args, named) {
      const { answer, raised } = await call(name, args, named)
      return answer?.body ?? assert.fail(`${name}: ${raised}`)
    },
  }
}
