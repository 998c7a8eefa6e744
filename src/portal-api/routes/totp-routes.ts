import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { normalPassword } from '../password-rules.ts'
import { plain, requireOwner } from './proof.ts'
import { limited, type RouteDeps } from './route-deps.ts'
import { Body, Code, Done, done, Password, problems } from './schemas.ts'

const BackupCodes = Type.Array(Type.String(), {
  description: 'Each signs in once in the place of a code. Shown now and never again.',
})
const NewTotp = Type.Object({
  uri: Type.String({ description: '`otpauth://…`, for the authenticator.' }),
  backupCodes: BackupCodes,
})
const WithPassword = Body({
  password: Type.Optional(Password),
})

const tags = ['account']
const beginSchema = {
  operationId: 'beginTotp',
  tags,
  summary: 'A new authenticator: it counts once its first code was shown.',
  description: 'Wants the password; of an account without one, a step-up.',
  body: WithPassword,
  response: { 201: NewTotp, ...problems },
}
const confirmSchema = {
  operationId: 'confirmTotp',
  tags,
  summary: 'The first code of the new authenticator; from now on every sign-in wants one.',
  body: Body({ code: Code }),
  response: { 200: Done, ...problems },
}
const dropSchema = {
  operationId: 'deleteTotp',
  tags,
  summary: 'Removes the authenticator and the backup codes. Wants a step-up.',
  body: WithPassword,
  response: { 200: Done, ...problems },
}
const codesSchema = {
  operationId: 'newBackupCodes',
  tags,
  summary: 'New backup codes in the place of all old ones. Wants a step-up.',
  body: WithPassword,
  response: { 201: Type.Object({ backupCodes: BackupCodes }), ...problems },
}

/** The authenticator of whoever is signed in: codes by time (RFC 6238). */
export const totpRoutes: FastifyPluginAsyncTypebox<RouteDeps> = async (app, deps) => {
  const { accounts, members, sessions, usedCodes } = deps
  const guarded = limitedBy(deps)
  app.post('/me/totp', { schema: beginSchema }, async (request, reply) => {
    const session = await sessions.require(request, reply)
    const { origin, account } = session
    // The library asks for the password of whoever has one, and others for nothing.
    if (!(await members.hasPassword(account.id))) await requireOwner(session, deps)
    const body = passwordIn(request.body)
    const made = await guarded(request, account.email, () =>
      accounts.call('enableTwoFactor', { request, reply, origin, body }),
    )
    const { totpURI, backupCodes } = made as { totpURI: string; backupCodes: string[] }
    return reply.code(201).send({ uri: totpURI, backupCodes })
  })
  app.post('/me/totp/confirm', { schema: confirmSchema }, async (request, reply) => {
    const { origin, account } = await sessions.require(request, reply)
    const body = { code: plain(request.body.code) }
    await guarded(request, account.email, () =>
      accounts.call('verifyTOTP', { request, reply, origin, body }),
    )
    usedCodes.use(account.id, body.code)
    return done
  })
  app.delete('/me/totp', { schema: dropSchema }, async (request, reply) => {
    const session = await sessions.require(request, reply)
    await requireOwner(session, deps)
    const { origin, account } = session
    const body = passwordIn(request.body)
    await guarded(request, account.email, () =>
      accounts.call('disableTwoFactor', { request, reply, origin, body }),
    )
    return done
  })
  app.post('/me/totp/backup-codes', { schema: codesSchema }, async (request, reply) => {
    const session = await sessions.require(request, reply)
    await requireOwner(session, deps)
    const { origin, account } = session
    const body = passwordIn(request.body)
    const made = await guarded(request, account.email, () =>
      accounts.call('generateBackupCodes', { request, origin, body }),
    )
    const { backupCodes } = made as { backupCodes: string[] }
    return reply.code(201).send({ backupCodes })
  })
}

const limitedBy =
  (deps: RouteDeps) =>
  <T>(request: Parameters<typeof limited>[1]['request'], account: string, work: () => Promise<T>) =>
    limited(deps, { request, account }, work)

const passwordIn = ({ password }: { readonly password?: string }) =>
  password === undefined ? {} : { password: normalPassword(password) }
