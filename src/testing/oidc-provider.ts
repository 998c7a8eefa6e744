import { createHash, generateKeyPairSync, randomUUID, sign } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'

/** Whom the provider says has signed in. */
export type OidcUser = { readonly sub: string; readonly email: string; readonly name: string }

const base64url = (value: string | Uint8Array) => Buffer.from(value).toString('base64url')

/**
 * A provider of OpenID Connect with the code flow, PKCE and RS256, on a free port. It asks nobody:
 * whoever comes is `user`.
 */
export async function startOidcProvider(client: { readonly id: string; readonly secret: string }) {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const codes = new Map<string, URLSearchParams>()
  const state = { user: { sub: '1', email: 'zoe@example.org', name: 'Zoe' }, seen: [] as string[] }
  let issuer = ''

  const discovery = () => ({
    issuer,
    authorization_endpoint: `${issuer}/authorize`,
    token_endpoint: `${issuer}/token`,
    jwks_uri: `${issuer}/keys`,
    id_token_signing_alg_values_supported: ['RS256'],
    response_types_supported: ['code'],
    subject_types_supported: ['public'],
  })

  function idToken(asked: URLSearchParams): string {
    const now = Math.floor(performance.timeOrigin / 1000 + performance.now() / 1000)
    const nonce = asked.get('nonce')
    const claims = { iss: issuer, aud: client.id, iat: now, exp: now + 300, ...state.user }
    const payload = { ...claims, email_verified: true, ...(nonce === null ? {} : { nonce }) }
    const header = { alg: 'RS256', kid: 'k', typ: 'JWT' }
    const text = [header, payload].map((part) => base64url(JSON.stringify(part))).join('.')
    return `${text}.${base64url(sign('sha256', Buffer.from(text), privateKey))}`
  }

  function authorize(url: URL, response: ServerResponse): void {
    const code = randomUUID()
    codes.set(code, url.searchParams)
    const back = new URL(url.searchParams.get('redirect_uri') ?? '')
    back.searchParams.set('code', code)
    back.searchParams.set('state', url.searchParams.get('state') ?? '')
    response.writeHead(302, { location: back.href }).end()
  }

  async function token(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const form = new URLSearchParams(Buffer.concat(chunks).toString())
    const basic = Buffer.from((request.headers.authorization ?? '').slice(6), 'base64').toString()
    const secret = form.get('client_secret') ?? decodeURIComponent(basic.split(':')[1] ?? '')
    const asked = codes.get(form.get('code') ?? '')
    const verifier = createHash('sha256')
      .update(form.get('code_verifier') ?? '')
      .digest()
    const isRight = secret === client.secret && asked?.get('code_challenge') === base64url(verifier)
    if (!asked || !isRight) {
      response.writeHead(400, { 'content-type': 'application/json' })
      response.end('{"error":"invalid_grant"}')
      return
    }
    codes.delete(form.get('code') ?? '')
    sendJson(response, {
      ...{ access_token: randomUUID(), token_type: 'Bearer', expires_in: 300 },
      id_token: idToken(asked),
    })
  }

  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', issuer)
    state.seen.push(url.pathname)
    const key = { ...publicKey.export({ format: 'jwk' }), kid: 'k', alg: 'RS256', use: 'sig' }
    if (url.pathname === '/.well-known/openid-configuration') sendJson(response, discovery())
    else if (url.pathname === '/keys') sendJson(response, { keys: [key] })
    else if (url.pathname === '/authorize') authorize(url, response)
    else void token(request, response)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  issuer = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`
  return {
    ...{ issuer, state },
    close: () => {
      server.closeAllConnections()
      server.close()
    },
  }
}

function sendJson(response: ServerResponse, value: object): void {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(value))
}
