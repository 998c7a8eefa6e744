import type { FastifyReply, FastifyRequest } from 'fastify'
import { shortDigest } from '../../short-digest.ts'
import { type Html, html } from './html.ts'
import { styleSheet } from './style-sheet.ts'

/** The address changes with the content, so that it is cached for ever. */
const styleAddress = `/docs/style.css?v=${shortDigest(styleSheet)}`

export type Page = {
  readonly title: string
  readonly version: string
  readonly nav: Html
  readonly main: Html
}

/** A whole page of the documentation. */
export function printPage({ title, version, nav, main }: Page): string {
  const { text } = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<link rel="stylesheet" href="${styleAddress}">
</head>
<body>
<header><h1>${title}</h1><p>OpenBSN ${version} · <a href="/docs">API</a> ·
<a href="/docs/errors">errors</a> · <a href="/api/v1/openapi.json">openapi.json</a></p></header>
<nav aria-label="Contents">${nav}</nav>
<main>${main}</main>
</body>
</html>
`
  return text
}

/** The page needs its own style sheet and nothing else: no script, no image, no other origin. */
const policy =
  "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; " +
  "frame-ancestors 'none'"

/** Sends a page, or the news that the browser has it. */
export function sendPage(request: FastifyRequest, reply: FastifyReply, page: string): FastifyReply {
  const etag = `"${shortDigest(page)}"`
  reply.header('etag', etag).header('cache-control', 'no-cache')
  if (request.headers['if-none-match'] === etag) return reply.code(304).send()
  return reply
    .header('content-security-policy', policy)
    .header('referrer-policy', 'no-referrer')
    .type('text/html; charset=utf-8')
    .send(page)
}
