import { CodedError } from '@openbsn/sdk'
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { negotiate } from '../../negotiate.ts'
import { problemResponses } from '../problem-responses.ts'
import { forever } from '../rest/entry-routes.ts'
import type { Encoding, PortalFile, PortalFiles } from './portal-files.ts'

/**
 * Nothing of another origin, no script and no style that is not a file of ours; what the ledger
 * holds can therefore never run. Trusted types: no text becomes a script or HTML either.
 */
const policy = [
  "default-src 'self'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data: blob:",
  "connect-src 'self'",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ')

const headers = {
  'content-security-policy': policy,
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy':
    'camera=(), microphone=(), geolocation=(), payment=(), usb=(), browsing-topics=()',
  'x-frame-options': 'DENY',
} as const

/** What other doors have: an unknown path below them is a problem for a program, not a page. */
const reserved =
  /^\/(api|scitt|assets|\.well-known|livez|readyz|metrics|version|portal\/v1)(?=$|[/?])/

/** Whether a browser wants a page: it goes there, or a person typed the address. */
export function isNavigation({ method, headers: asked, url }: FastifyRequest): boolean {
  if ((method !== 'GET' && method !== 'HEAD') || reserved.test(url)) return false
  const mode = asked['sec-fetch-mode']
  if (mode !== undefined && mode !== 'navigate') return false
  return asked.accept?.includes('text/html') === true
}

/** `GET /` and the files of the portal. Every other page of it is `sendPortal`, by its path. */
export const portalDoor: FastifyPluginAsync<{ readonly files: PortalFiles }> = async (
  app,
  { files },
) => {
  const send = (request: FastifyRequest, reply: FastifyReply) => sendPortal(request, reply, files)
  app.get('/', { schema: pageSchema }, send)
  // To whoever asks: `type` of a problem leads to one of these.
  app.get('/docs', { schema: docsSchema }, send)
  app.get('/docs/:page', { schema: docsPageSchema }, send)
  app.get('/assets/:file', { schema: fileSchema }, (request, reply) => {
    const { file: name } = request.params as { readonly file: string }
    const file = files.asset(name)
    if (!file) throw new CodedError('ROUTE_NOT_FOUND', 'The portal has no such file.')
    // The name changes with the content.
    return sendFile(request, reply.header('cache-control', forever), { file, files })
  })
}

const tags = ['operations']
const page = { content: { 'text/html': { schema: {} } } }
const pageResponses = {
  200: { description: 'The page.', ...page },
  503: { description: 'It is not built; the page says how.', ...page },
  ...problemResponses,
}
const pageSchema = {
  operationId: 'getPortal',
  tags,
  summary: 'The portal; the same page answers a browser at every path of it.',
  response: pageResponses,
}
const docsSchema = {
  operationId: 'getDocs',
  tags,
  summary: 'The documentation, in the portal: guides, the command line, errors, this API.',
  response: pageResponses,
}
const docsPageSchema = {
  operationId: 'getDocsPage',
  tags,
  summary: 'A page of the documentation. `type` of a problem leads to its code at /docs/errors.',
  params: Type.Object({ page: Type.String({ description: 'Its name, such as `errors`.' }) }),
  response: pageResponses,
}
const fileSchema = {
  operationId: 'getPortalFile',
  tags,
  summary: 'A script, style sheet or picture of the portal, packed as the client takes it.',
  params: Type.Object({ file: Type.String({ description: 'Its name, which has its hash.' }) }),
  response: {
    200: {
      description: 'The file.',
      content: Object.fromEntries(
        ['text/javascript', 'text/css', 'image/svg+xml'].map((type) => [type, { schema: {} }]),
      ),
    },
    ...problemResponses,
  },
}

/** The page that shows every path of the portal; how to build it where that was not done. */
export async function sendPortal(
  request: FastifyRequest,
  reply: FastifyReply,
  files: PortalFiles,
): Promise<FastifyReply> {
  reply.header('cache-control', 'no-cache')
  const { index: file } = files
  if (!file) return sendMissing(reply)
  // Packed forms have one tag: they say the same, and are told apart by `vary`.
  const etag = `W/"${await files.digest(file)}"`
  reply.header('etag', etag)
  if (request.headers['if-none-match'] === etag)
    return reply.headers(headers).header('vary', vary).code(304).send()
  return sendFile(request, reply, { file, files })
}

const vary = 'accept-encoding'

async function sendFile(
  { headers: asked }: FastifyRequest,
  reply: FastifyReply,
  { file, files }: { readonly file: PortalFile; readonly files: PortalFiles },
): Promise<FastifyReply> {
  const encoding = encodingFor(asked['accept-encoding'], file)
  const bytes = await files.read(file, encoding)
  reply.headers(headers).header('vary', vary).type(file.type)
  if (encoding) reply.header('content-encoding', encoding)
  return reply.send(bytes)
}

function encodingFor(
  accepted: string | string[] | undefined,
  { encodings }: PortalFile,
): Encoding | undefined {
  // Absent means that anything will do; that is old programs, and they mean what is not packed.
  if (typeof accepted !== 'string' || accepted === '') return undefined
  const offered = (['br', 'gzip'] as const).filter((one) => encodings.has(one))
  const [first, ...rest] = [...offered, 'identity']
  const best = negotiate(accepted, [first ?? 'identity', ...rest])
  return offered.find((one) => one === best)
}

function sendMissing(reply: FastifyReply): FastifyReply {
  return reply
    .code(503)
    .headers(headers)
    .header('retry-after', 60)
    .type('text/html; charset=utf-8')
    .send(missing)
}

const missing = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>OpenBSN</title>
<h1>The portal is not built</h1>
<p>This gateway works; its web page is missing. In the folder of the clone run:</p>
<pre>npm run build:portal</pre>
<p>and load this page again after the gateway was started anew.
The documentation is in the folder <code>docs</code> of the clone, the API at
<a href="/api/v1/openapi.json">/api/v1/openapi.json</a>.</p>
</html>
`
