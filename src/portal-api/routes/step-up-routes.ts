import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { CodedError } from '@openbsn/sdk'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { normalPassword } from '../password-rules.ts'
import type { Session } from '../session.ts'
import { plain, requireNamed } from './proof.ts'
import { limited, type RouteDeps } from './route-deps.ts'
import { Body, Code, Password, problems, Seconds, WebAuthn } from './schemas.ts'

const StepUp = Body({
  password: Type.Optional(Password),
  code: Type.Optional(Code),
  passkey: Type.Optional(WebAuthn),
})
const tags = ['account']
const schema = {
  operationId: 'stepUp',
  tags,
  summary: 'Shows anew who is signed in, by password, code or passkey; good for 5 minutes.',
  description: 'A passkey signs what POST …/step-up/passkey gives.',
  body: StepUp,
  response: { 200: Type.Object({ until: Seconds('Until when it is good.') }), ...problems },
}
const beginSchema = {
  operationId: 'beginPasskeyStepUp',
  tags,
  summary: 'What a passkey of the account is to sign, for navigator.credentials.get.',
  response: { 200: WebAuthn, ...problems },
}

/** Dangerous acts want it: a session that somebody left open, or lost, does none. */
export const stepUpRoutes: FastifyPluginAsyncTypebox<RouteDeps> = async (app, deps) => {
  const { accounts, sessions } = deps
  app.post('/step-up', { schema }, async (request, reply) => {
    const session = await sessions.require(request, reply)
    const given = Object.keys(request.body)
    if (given.length !== 1) {
      throw new CodedError('REQUEST_INVALID', 'body: one of "password", "code" and "passkey".')
    }
    const id = await prove({ request, reply, session }, request.body, deps)
    return sessions.stepUp({ id })
  })
  app.post('/step-up/passkey', { schema: beginSchema }, async (request, reply) => {
    const { origin } = await sessions.require(request, reply)
    const call = { request, reply, origin: requireNamed(origin) }
    return accounts.call('generatePasskeyAuthenticationOptions', call)
  })
}

type Asked = {
  readonly request: FastifyRequest
  readonly reply: FastifyReply
  readonly session: Session
}
type Proof = { readonly password?: string; readonly code?: string; readonly passkey?: object }

/**
 * Id of the session that has proved it: a passkey begins another one. Limited is what can be
 * guessed: a signature of what was asked only now cannot.
 */
async function prove(asked: Asked, proof: Proof, deps: RouteDeps): Promise<string> {
  const { request, session } = asked
  if (proof.passkey !== undefined) return proveByPasskey(asked, proof.passkey, deps)
  const account = session.account.email
  await limited(deps, { request, account }, () => proveBySecret(asked, proof, deps))
  return session.id
}

async function proveBySecret({ request, session }: Asked, proof: Proof, deps: RouteDeps) {
  const { origin } = session
  if (proof.password !== undefined) {
    const body = { password: normalPassword(proof.password) }
    await deps.accounts.call('verifyPassword', { request, origin, body })
    return
  }
  if (!session.account.hasTotp) {
    throw new CodedError('TOTP_NONE', 'The account has no authenticator.')
  }
  const body = { code: plain(proof.code ?? '') }
  await deps.accounts.call('verifyTOTP', { request, origin, body })
  if (!deps.usedCodes.use(session.account.id, body.code)) return
  throw new CodedError('CODE_WRONG', 'That code was used already: wait for the next one.')
}

async function proveByPasskey(
  { request, reply, session }: Asked,
  passkey: object,
  deps: RouteDeps,
): Promise<string> {
  const origin = requireNamed(session.origin)
  const body = { response: JSON.parse(JSON.stringify(passkey)) }
  const call = { request, reply, origin, body }
  const answer = await deps.accounts.call('verifyPasskeyAuthentication', call)
  const made = answer as { session: { id: string; token: string }; user: { id: string } }
  const { internalAdapter } = await (await deps.accounts.auth(origin)).$context
  const isOwn = made.user.id === session.account.id
  await internalAdapter.deleteSession(isOwn ? session.token : made.session.token)
  if (isOwn) return made.session.id
  reply.removeHeader('set-cookie')
  throw new CodedError('PASSKEY_REFUSED', 'That passkey is of another account.')
}
