import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { CodedError } from '@openbsn/sdk'
import { Type } from 'typebox'
import { secondsOf } from '../auth/auth-tables.ts'
import { requireNamed, requireOwner } from './proof.ts'
import type { RouteDeps } from './route-deps.ts'
import { Body, Done, done, PersonName, problems, Seconds, WebAuthn } from './schemas.ts'

const Passkey = Type.Object({
  id: Type.String(),
  name: Type.String(),
  created: Seconds('When it was added.'),
})
const tags = ['account']
const listSchema = {
  operationId: 'listPasskeys',
  tags,
  summary: 'The passkeys of the account.',
  response: { 200: Type.Object({ passkeys: Type.Array(Passkey) }), ...problems },
}
const beginSchema = {
  operationId: 'beginPasskey',
  tags,
  summary: 'What a new passkey is made from, for navigator.credentials.create.',
  response: { 200: WebAuthn, ...problems },
}
const addSchema = {
  operationId: 'addPasskey',
  tags,
  summary: 'Adds the passkey that the browser made. Wants a step-up.',
  body: Body({ name: PersonName, response: WebAuthn }),
  response: { 201: Passkey, ...problems },
}
const dropSchema = {
  operationId: 'deletePasskey',
  tags,
  summary: 'Removes a passkey. Wants a step-up.',
  params: Type.Object({ passkey: Type.String({ maxLength: 64 }) }),
  response: { 200: Done, ...problems },
}

/** Passkeys of whoever is signed in. */
export const passkeyRoutes: FastifyPluginAsyncTypebox<RouteDeps> = async (app, deps) => {
  const { accounts, sessions } = deps
  app.get('/me/passkeys', { schema: listSchema }, async (request, reply) => {
    const { account } = await sessions.require(request, reply)
    const { tables } = await accounts.open()
    const found = tables.selectFrom('passkey').select(['id', 'name', 'createdAt'])
    const rows = await found.where('userId', '=', account.id).orderBy('createdAt').execute()
    return { passkeys: rows.map(passkeyOf) }
  })
  app.post('/me/passkeys/begin', { schema: beginSchema }, async (request, reply) => {
    const session = await sessions.require(request, reply)
    const origin = requireNamed(session.origin)
    await requireOwner(session, deps)
    const query = { name: session.account.email }
    return accounts.call('generatePasskeyRegistrationOptions', { request, reply, origin, query })
  })
  app.post('/me/passkeys', { schema: addSchema }, async (request, reply) => {
    const session = await sessions.require(request, reply)
    const origin = requireNamed(session.origin)
    await requireOwner(session, deps)
    const { name, response } = request.body
    const body = { name: name.trim(), response: JSON.parse(JSON.stringify(response)) }
    const added = await accounts.call('verifyPasskeyRegistration', { request, reply, origin, body })
    return reply.code(201).send(passkeyOf(added as never))
  })
  app.delete('/me/passkeys/:passkey', { schema: dropSchema }, async (request, reply) => {
    const session = await sessions.require(request, reply)
    await sessions.requireStepUp(session)
    const { tables } = await accounts.open()
    const { passkey: id } = request.params
    const own = tables.selectFrom('passkey').select('id').where('id', '=', id)
    if (!(await own.where('userId', '=', session.account.id).executeTakeFirst())) {
      throw new CodedError('PASSKEY_NOT_FOUND', 'The account has no passkey with that id.')
    }
    const { origin } = session
    await accounts.call('deletePasskey', { request, reply, origin, body: { id } })
    return done
  })
}

type Row = {
  readonly id: string
  readonly name: string | null
  readonly createdAt: string | number | Date | null
}

const passkeyOf = ({ id, name, createdAt }: Row) => {
  return { id, name: name ?? 'passkey', created: secondsOf(createdAt ?? 0) }
}
