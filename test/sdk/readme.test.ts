import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { it } from 'node:test'
import { promisify } from 'node:util'
import {
  algorithmByName,
  CborReader,
  checkpointSigStructure,
  createSigner,
  encodeAnchor,
  encodeGenesis,
  encodeKeyBundle,
  encodeReceipt,
  leafHash,
  ledgerIdOf,
  parseStatement,
  toBase64url,
  validator,
} from '@openbsn/sdk'

const root = join(import.meta.dirname, '../..')
const edDsa = algorithmByName('EdDSA') ?? assert.fail()
const secret = new Uint8Array(32).fill(2)
const signer = createSigner(edDsa, new Uint8Array(32).fill(1))
const one = validator(signer.key, 1)
const genesis = encodeGenesis({
  ...{ name: 'Readme', time: 1, nonce: new Uint8Array(16) },
  ...{ member: { id: 'm-1', key: signer.key }, validators: [one] },
})
const ledger = ledgerIdOf(genesis)

/** A ledger of one entry: the root is the leaf. */
async function receiptOf(statement: Uint8Array): Promise<Uint8Array> {
  const anchor = { ledger, size: 1, height: 1, time: 1_760_000_000, stateRoot: one.kid }
  const header = encodeAnchor(anchor, edDsa, one.kid)
  const signature = await signer.sign(checkpointSigStructure(header, leafHash(statement)))
  return encodeReceipt(header, { size: 1, index: 0, path: [] }, signature)
}

const gateway: RequestListener = async (request, response) => {
  assert.equal(request.url, `/api/v1/ledgers/${ledger}/entries?include=receipt`)
  const statement = new CborReader(Buffer.concat(await request.toArray())).readBytes()
  assert.equal(parseStatement(statement).claims.aud, ledger)
  const receipt = toBase64url(await receiptOf(statement))
  const outcome = { outcome: 'appended', index: 0, height: 1, receipt }
  const body = { outcomes: [{ ...outcome, statement: toBase64url(statement) }] }
  response.setHeader('content-type', 'application/json').end(JSON.stringify(body))
}

it('the example of sdk/README.md runs as printed', async (t) => {
  const [, code = assert.fail('no example')] =
    /```ts\n([\s\S]*?)```/.exec(readFileSync(join(root, 'sdk/README.md'), 'utf8')) ?? []
  const server = createServer(gateway).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const folder = mkdtempSync(join(tmpdir(), 'openbsn-readme-'))
  // Below node_modules, so that the package is found by its name.
  const cache = join(root, 'node_modules/.cache/openbsn')
  mkdirSync(cache, { recursive: true })
  const program = join(cache, 'readme-example.mjs')
  t.after(() => {
    server.close()
    for (const path of [folder, program]) rmSync(path, { recursive: true })
  })
  writeFileSync(program, code)
  const { port } = server.address() as AddressInfo
  const credential = {
    ...{ format: 'openbsn-credential-1', gateway: `http://127.0.0.1:${port}`, ledger },
    ...{ service: 'invoices', credential: 'c-1', label: 'office' },
    key: { algorithm: 'EdDSA', secret: toBase64url(secret) },
    bundle: toBase64url(encodeKeyBundle({ genesis, changes: [] })),
  }
  writeFileSync(join(folder, 'credential.json'), JSON.stringify(credential))
  const args = ['--conditions=openbsn-source', program]
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: folder })
  assert.equal(stdout, 'entry 0, in the log since 2025-10-09T08:53:20.000Z\n')
})
