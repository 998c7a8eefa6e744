import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { CodedError } from '@openbsn/sdk'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { normalPassword } from '../password-rules.ts'
import { plain, requireNamed } from './proof.ts'
import { limited, type RouteDeps } from './route-deps.ts'
import { Body, Code, Done, done, Email, Password, problems, SignedIn, WebAuthn } from './schemas.ts'

const tags = ['accounts']
const signInSchema = {
  operationId: 'signIn',
  tags,
  summary: 'Signs in with e-mail and password.',
  description:
    'One answer, whether the account or the password is unknown. Where the account has an ' +
    'authenticator, `state` is `code`: POST …/sign-in/code within 10 minutes.',
  body: Body({ email: Email, password: Password }),
  response: { 200: SignedIn, ...problems },
}
const codeSchema = {
  operationId: 'signInWithCode',
  tags,
  summary: 'The second step: a code of the authenticator, or a backup code, which is then used up.',
  body: Body({ code: Type.Optional(Code), backupCode: Type.Optional(Code) }),
  response: { 200: SignedIn, ...problems },
}
const beginSchema = {
  operationId: 'beginPasskeySignIn',
  tags,
  summary: 'What a passkey is to sign, for navigator.credentials.get.',
  response: { 200: WebAuthn, ...problems },
}
const finishSchema = {
  operationId: 'finishPasskeySignIn',
  tags,
  summary: 'Signs in with what the passkey signed.',
  body: Body({ response: WebAuthn }),
  response: { 200: SignedIn, ...problems },
}
const outSchema = {
  operationId: 'signOut',
  tags,
  summary: 'Ends the session.',
  response: { 200: Done, ...problems },
}

/** Signing in and out. A session that was there before ends: none is taken over. */
export const signInRoutes: FastifyPluginAsyncTypebox<RouteDeps> = async (app, deps) => {
  const { accounts, sessions } = deps
  app.post('/sign-in', { schema: signInSchema }, async (request, reply) => {
    const { email, password } = request.body
    const origin = sessions.originOf(request)
    const body = { email, password: normalPassword(password) }
    const answer = await limited(deps, { request, account: email }, () =>
      accounts.call('signInEmail', { request, reply, origin, isAsSender: false, body }),
    )
    await endPresent(request, deps)
    return { state: answer.twoFactorRedirect === true ? 'code' : 'signed-in' } as const
  })
  app.post('/sign-in/code', { schema: codeSchema }, async (request, reply) => {
    await signInWithCode({ request, reply, ...request.body }, deps)
    return { state: 'signed-in' } as const
  })
  app.post('/sign-in/passkey/begin', { schema: beginSchema }, async (request, reply) => {
    const origin = requireNamed(sessions.originOf(request))
    const name = 'generatePasskeyAuthenticationOptions'
    return accounts.call(name, { request, reply, origin, isAsSender: false })
  })
  app.post('/sign-in/passkey/finish', { schema: finishSchema }, async (request, reply) => {
    const origin = requireNamed(sessions.originOf(request))
    const body = { response: JSON.parse(JSON.stringify(request.body.response)) }
    // Not limited: nobody guesses a signature of what was asked only now.
    await accounts.call('verifyPasskeyAuthentication', { request, reply, origin, body })
    await endPresent(request, deps)
    return { state: 'signed-in' } as const
  })
  app.post('/sign-out', { schema: outSchema }, async (request, reply) => {
    await accounts.call('signOut', { request, reply, origin: sessions.originOf(request) })
    return done
  })
}

/** The session that a request came with, once another one takes its place. */
async function endPresent(request: FastifyRequest, { sessions }: RouteDeps): Promise<void> {
  const present = await sessions.find(request)
  if (present) await sessions.end(present)
}

type Coded = {
  readonly request: FastifyRequest
  readonly reply: FastifyReply
  readonly code?: string
  readonly backupCode?: string
}

/** @throws REQUEST_INVALID, CODE_WRONG, CHALLENGE_ENDED, SIGN_IN_LIMITED */
async function signInWithCode({ request, reply, code, backupCode }: Coded, deps: RouteDeps) {
  if ((code === undefined) === (backupCode === undefined)) {
    throw new CodedError('REQUEST_INVALID', 'body: either "code" or "backupCode".')
  }
  const origin = deps.sessions.originOf(request)
  const body = { code: plain(code ?? backupCode ?? '') }
  const name = code === undefined ? 'verifyBackupCode' : 'verifyTOTP'
  await limited(deps, { request }, async () => {
    const answer = await deps.accounts.call(name, { request, reply, origin, body })
    const { user, token } = answer as { user: { id: string }; token?: string }
    if (code === undefined || !deps.usedCodes.use(user.id, body.code)) return
    const { internalAdapter } = await (await deps.accounts.auth(origin)).$context
    if (token !== undefined) await internalAdapter.deleteSession(token)
    reply.removeHeader('set-cookie')
    throw new CodedError('CODE_WRONG', 'That code was used already: wait for the next one.')
  })
}
