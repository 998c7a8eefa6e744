import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import {
  algorithmByName,
  type Client,
  createClient,
  createSigner,
  fromBase64url,
  type Signer,
  webCryptoSigner,
} from '@openbsn/sdk'
import { type BsnClient, createBsnClient } from '@openbsn/sdk/bsn'
import { bsn, bsnHome } from '../cli/bsn.ts'
import { type Document, eventually } from '../scenarios/network-world.ts'

type Stored = { ledger: string; credential: string; key: { secret: string } }

/** A user's key that nobody can read, as browsers have it. */
export async function hiddenKey(): Promise<Signer> {
  const how = { name: 'ECDSA', namedCurve: 'P-256' }
  return webCryptoSigner(await crypto.subtle.generateKey(how, false, ['sign', 'verify']))
}

/** What goes to the gateway and comes from it, which a test may change. */
export class Line {
  readonly sent: { path: string; body: Document }[] = []
  /** A path below the service that nothing of arrives. */
  isCut = ''
  change: (path: string, answer: Document) => Document = (_, answer) => answer

  readonly fetch: typeof fetch = async (url, init) => {
    const path = new URL(String(url)).pathname.replace(/^.*\/services\/[^/]+/, '')
    const isJson = typeof init?.body === 'string'
    if (isJson) this.sent.push({ path, body: JSON.parse(String(init?.body)) })
    if (path === this.isCut) throw new TypeError('the line is cut')
    const answer = await fetch(url, init)
    if (!isJson) return answer
    const { status, headers } = answer
    const kept = new Headers([...headers].filter(([name]) => name !== 'content-length'))
    const body = this.change(path, (await answer.json()) as Document)
    return new Response(JSON.stringify(body), { status, headers: kept })
  }

  /** What was posted last to a path. */
  last(path: string): Document {
    return this.sent.findLast((one) => one.path === path)?.body ?? {}
  }
}

/** A node with the service `deeds` of users who sign, and the key-value contract `books`. */
export class SigningNode {
  readonly line = new Line()
  readonly net: Awaited<ReturnType<typeof bsnHome>>

  private constructor(net: Awaited<ReturnType<typeof bsnHome>>) {
    this.net = net
  }

  static async create(): Promise<SigningNode> {
    for (const engine of ['fabric', 'fabric-ca']) await bsn(['engine', 'install', engine])
    const node = new SigningNode(await bsnHome())
    const how = ['--framework', 'fabric', '--key-mode', 'public-key-upload', '--sandbox']
    await node.does('service', 'create', 'deeds', ...how)
    const preset = ['--package', 'preset:key-value', '--service', 'deeds', '--sandbox']
    await node.does('contract', 'define', 'books', ...preset)
    await node.credential('erp', ['records:write', 'records:read'])
    await eventually(
      () => node.does('contract', 'list', '--credential', node.file('erp')),
      ({ contracts }) => (contracts as Document[]).every(({ waitsFor }) => waitsFor === undefined),
    )
    return node
  }

  async does(...argv: readonly string[]): Promise<Document> {
    const ended = await this.net.run(...argv, '--json')
    assert.equal(ended.code, 0, `${argv.join(' ')}: ${ended.stdout}${ended.stderr}`)
    return JSON.parse(ended.stdout || '{}')
  }

  file(name: string): string {
    return this.net.file(`${name}.credential`)
  }

  stored(name: string): Stored {
    return JSON.parse(readFileSync(this.file(name), 'utf8'))
  }

  /** A credential of the service, and a client that signs its requests. */
  async credential(
    name: string,
    scopes: readonly string[],
    more: readonly string[] = [],
  ): Promise<Client> {
    const asked = scopes.flatMap((one) => ['--scope', one])
    const named = ['--service', 'deeds', '--label', name, '--algorithm', 'ES256', ...asked]
    const out = ['--sandbox', '--out', this.file(name)]
    await this.does('credential', 'create', ...named, ...more, ...out)
    return this.client(name)
  }

  client(name: string): Client {
    const { ledger, key } = this.stored(name)
    const algorithm = algorithmByName('ES256')
    assert(algorithm !== undefined, 'ES256 is in the table')
    const signer = createSigner(algorithm, fromBase64url(key.secret) ?? new Uint8Array())
    return createClient({ gateway: this.net.address, ledger, signer, fetch: this.line.fetch })
  }

  /** A client of BSN with the same credential. */
  async oldClient(name: string): Promise<BsnClient> {
    const folder = this.net.file(`${name}-bsn`)
    const of = ['--credential', this.file(name), '--out', folder, '--force']
    const written = await this.does('credential', 'bsn', ...of)
    return createBsnClient({
      gateway: this.net.address,
      userCode: String(written.userCode),
      appCode: String(written.appCode),
      privateKey: readFileSync(String(written.key), 'utf8'),
      gatewayKey: readFileSync(String(written.gatewayKey), 'utf8'),
    })
  }
}
