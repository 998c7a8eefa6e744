import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { accountsSetting } from '../setup-link.ts'
import { isNamed } from './proof.ts'
import type { RouteDeps } from './route-deps.ts'
import { problems } from './schemas.ts'

const Portal = Type.Object({
  needsSetup: Type.Boolean({ description: 'True while there is no account.' }),
  oidc: Type.Boolean({ description: 'Whether there is single sign-on.' }),
  passkeys: Type.Boolean({ description: 'Whether this origin can have passkeys.' }),
  version: Type.String(),
})

/** GET /portal/v1: what a page needs to know before anybody signs in. */
export const portalRoute: FastifyPluginAsyncTypebox<RouteDeps> = async (app, deps) => {
  const { accounts, options, sessions } = deps
  const schema = {
    operationId: 'getPortal',
    tags: ['accounts'],
    summary: 'What this portal offers to whoever comes.',
    response: { 200: Portal, ...problems },
  }
  app.get('', { schema }, async (request) => {
    const origin = sessions.originOf(request)
    const { store } = await accounts.open()
    return {
      needsSetup: (await store.setting(accountsSetting)) === undefined,
      oidc: options.oidc !== undefined,
      passkeys: isNamed(origin),
      version: options.version,
    }
  })
}
