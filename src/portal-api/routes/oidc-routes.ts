import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { CodedError } from '@openbsn/sdk'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { passCookies } from '../auth/accounts.ts'
import { authPath, oidcProvider } from '../auth/auth-names.ts'
import { requireOwner } from './proof.ts'
import type { RouteDeps } from './route-deps.ts'
import { problems } from './schemas.ts'

const Leave = Type.Object({ url: Type.String({ description: 'Where the page goes now.' }) })
const tags = ['accounts']
const beginSchema = {
  operationId: 'beginOidc',
  tags,
  summary: 'Begins single sign-on: the page goes to the provider, which sends it back to /.',
  description:
    'Whoever the provider knows has an account; an invitation makes it a member somewhere. An ' +
    'account with the same e-mail that was made here is not taken over: sign in, then link it.',
  response: { 200: Leave, ...problems },
}
const linkSchema = {
  operationId: 'linkOidc',
  tags: ['account'],
  summary: 'Links the account to the provider of single sign-on. Wants a step-up.',
  response: { 200: Leave, ...problems },
}
const backSchema = {
  operationId: 'finishOidc',
  tags,
  summary: 'Where the provider of single sign-on sends the page back to.',
  querystring: Type.Record(Type.String(), Type.String({ maxLength: 8192 })),
  response: {
    302: Type.Null({ description: 'To /, or to /sign-in?error=CODE where it came to nothing.' }),
    ...problems,
  },
}

/** Single sign-on by OpenID Connect, where the operator has set it up. */
export const oidcRoutes: FastifyPluginAsyncTypebox<RouteDeps> = async (app, deps) => {
  const { accounts, sessions } = deps
  app.post('/oidc', { schema: beginSchema }, async (request, reply) => {
    const origin = sessions.originOf(request)
    return leave({ request, reply, origin, name: 'signInSocial' }, deps)
  })
  app.post('/me/oidc', { schema: linkSchema }, async (request, reply) => {
    const session = await sessions.require(request, reply)
    await requireOwner(session, deps)
    const { origin } = session
    return leave({ request, reply, origin, name: 'linkSocialAccount' }, deps)
  })
  app.get(`/auth/callback/${oidcProvider}`, { schema: backSchema }, async (request, reply) => {
    requireOidc(deps)
    const origin = sessions.originOf(request)
    const query = request.url.includes('?') ? request.url.slice(request.url.indexOf('?')) : ''
    const auth = await accounts.auth(origin)
    const { cookie = '' } = request.headers
    const url = `${origin}${authPath}/callback/${oidcProvider}${query}`
    const answer = await auth.handler(new Request(url, { headers: { cookie } }))
    passCookies(answer, reply)
    return reply.redirect(placeOf(answer.headers.get('location'), origin), 302)
  })
}

type Leaving = {
  readonly request: FastifyRequest
  readonly reply: FastifyReply
  readonly origin: string
  readonly name: 'signInSocial' | 'linkSocialAccount'
}

/** @throws OIDC_NONE, OIDC_UNREACHABLE */
async function leave({ request, reply, origin, name }: Leaving, deps: RouteDeps) {
  requireOidc(deps)
  const body = {
    provider: oidcProvider,
    callbackURL: `${origin}/`,
    errorCallbackURL: `${origin}/sign-in`,
    disableRedirect: true,
  }
  try {
    const answer = await deps.accounts.call(name, { request, reply, origin, body })
    return { url: String(answer.url) }
  } catch (error) {
    // The library asked the provider once, at its beginning: it asks anew the next time.
    if (error instanceof CodedError && error.code === 'OIDC_UNREACHABLE') {
      deps.accounts.forget(origin)
    }
    throw error
  }
}

function requireOidc({ options }: RouteDeps): void {
  if (options.oidc) return
  throw new CodedError('OIDC_NONE', 'This portal has no single sign-on.')
}

/** Nobody is sent anywhere but to pages of this portal. */
function placeOf(location: string | null, origin: string): string {
  const url = location === null ? undefined : new URL(location, origin)
  const error = url?.searchParams.get('error')
  if (url?.origin === origin && url.pathname === '/' && !error) return '/'
  const code = /^[a-z_]{1,64}$/i.test(error ?? '') ? error : 'refused'
  return `/sign-in?error=${code}`
}
