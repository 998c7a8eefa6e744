import type { FastifyRequest } from 'fastify'
import { textBytesMax } from './log-text.ts'
import type { Asker } from './logged-request.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** What the request log is told while a request is dealt with. */
    trail?: Trail | null
  }
  interface FastifyContextConfig {
    /** `head`: bodies hold secrets and are not kept. `none`: the log does not tell of itself. */
    readonly requestLog?: 'head' | 'none'
  }
}

/** A body as it came or goes, of which the beginning is kept. */
export type Seen = { readonly part: Buffer | string; readonly bytes: number }

export type Trail = {
  /** Who asks, as soon as that is known. */
  by?: Asker
  body?: Seen
  /** True where the body may have what is kept for a subject alone. */
  isPrivate?: boolean
  answer?: Seen
  /** True where the answer has, too. */
  isPrivateAnswer?: boolean
  /** Code of the problem that it was answered with. */
  code?: string
  /** True once the log has it: a stream that ends well is answered in the end, too. */
  isTold?: boolean
}

/** A key that is cut off at the end would not be known for one. */
const marginBytes = 64
const keptMax = textBytesMax + marginBytes

function trailOf(request: FastifyRequest): Trail {
  request.trail ??= {}
  return request.trail
}

/** Says whose request it is, whether it is let in or not. */
export function trailCaller(request: FastifyRequest, by: Asker): void {
  trailOf(request).by = by
}

/** Says which problem a request was answered with. */
export function trailProblem(request: FastifyRequest, code: string): void {
  trailOf(request).code = code
}

/** For a parser of bodies: looks at one and gives it back. */
export function trailBody(request: FastifyRequest, body: Buffer): Buffer {
  trailOf(request).body = seen(body)
  return body
}

/** As `trailBody`, for JSON: records can be private, also such as break off or go astray. */
export function trailJson(request: FastifyRequest, body: Buffer): Buffer {
  trailBody(request, body)
  trailOf(request).isPrivate = mayBePrivate(body)
  return body
}

/** The name of a member, in JSON or what somebody took for it. */
const privateMember = /private["'\s]*:/
/** A letter of it as an escape, which no writer of JSON makes by itself. */
const escapes = ['\\u006', '\\u007']

function mayBePrivate(body: Buffer): boolean {
  if (body.includes('private') && privateMember.test(body.toString('latin1'))) return true
  return escapes.some((mark) => body.includes(mark))
}

/**
 * As `trailBody`, for an answer: whoever may read private records is told what is in them. Those
 * are written as text here; bytes come from chains, and are many.
 */
export function trailAnswer(trail: Trail, answer: Buffer | string): void {
  trail.answer = seen(answer)
  trail.isPrivateAnswer = typeof answer === 'string' && answer.includes('"private"')
}

/** The beginning of a body; a copy, so that a small part does not keep all of it in memory. */
export function seen(body: Buffer | string): Seen {
  if (typeof body === 'string') {
    const part = body.length > keptMax ? Buffer.from(body.slice(0, keptMax)) : body
    return { part, bytes: Buffer.byteLength(body) }
  }
  const part = body.length > keptMax ? Buffer.from(body.subarray(0, keptMax)) : body
  return { part, bytes: body.length }
}

/** Which part of the paths of a route, between slashes, is an API key. */
export function keyPartOf(route: string | undefined): number | undefined {
  return route?.startsWith('/api/:accessKey') ? 2 : undefined
}
