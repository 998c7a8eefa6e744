import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { type CborValue, encodeCbor, sha256, signStatement, utf8 } from '@openbsn/sdk'
import { signerOfStored } from '../../src/crypto/key-file.ts'
import { bsn, scratchFolder, startBsn } from '../cli/bsn.ts'

/** A network that writes its whole log, with the service `shop` and an API key for all of it. */
export async function startShop(t: TestContext, options: readonly string[] = []) {
  const home = join(scratchFolder(t), 'home')
  const shop = { ...(await startLoud(t, home, options)), home }
  const apiKey = `live_${randomBytes(32).toString('base64url')}`
  const { member, ledger } = JSON.parse(readFileSync(join(home, 'profile.json'), 'utf8'))
  const base = `${shop.address}/api/v1/ledgers/${ledger}`

  async function act(module: string, name: string, payload: Record<string, CborValue>) {
    const iat = Math.floor(Date.now() / 1000)
    const who = { iss: member.id, sub: module, aud: ledger, cti: randomBytes(16) }
    const input = {
      contentType: `application/vnd.openbsn.${name}+cbor`,
      claims: { ...who, iat, exp: iat + 60 },
      payload: encodeCbor(new Map(Object.entries(payload))),
    }
    const body = Buffer.from(await signStatement(input, signerOfStored(member)))
    const headers = { 'content-type': 'application/cose' }
    const answer = await fetch(`${base}/entries`, { method: 'POST', headers, body })
    assert.equal(answer.status, 201, await answer.text())
  }
  await act('bsn:services', 'service-create', {
    id: 'shop',
    framework: 'records',
    keyMode: 'key-trust',
  })
  await act('bsn:credentials', 'credential-create', {
    ...{ id: 'till', service: 'shop', label: 'till', keys: [], operators: [member.id] },
    scopes: ['records:write', 'records:read', 'events:read', 'webhooks:write'],
    apiKeys: [[sha256(utf8(apiKey)), apiKey.slice(0, 9)]],
  })

  /** A request with the API key, below the service. */
  async function ask(method: string, path: string, body?: unknown, key?: string) {
    const response = await fetch(`${base}/services/shop${path}`, {
      method,
      headers: {
        authorization: `Bearer ${apiKey}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(key === undefined ? {} : { 'idempotency-key': key }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    return { status: response.status, text, json: text === '' ? {} : JSON.parse(text) }
  }
  return { ...shop, base, apiKey, ledger, ask }
}

/** `bsn up` with its log at the level `debug`. */
export async function startLoud(t: TestContext, home: string, options: readonly string[] = []) {
  const up = startBsn(['up', '--home', home, '--port', '0', '--json', '--verbose', ...options])
  t.after(async () => {
    up.child.kill('SIGKILL')
    await up.ended
  })
  const { address } = JSON.parse(await up.until(/^\{"address.*\}\n/m))
  const run = (...argv: readonly string[]) => bsn(argv, { env: { BSN_HOME: home } })
  const stop = async () => {
    up.child.kill('SIGTERM')
    return up.ended
  }
  return { up, run, stop, address: String(address) }
}
