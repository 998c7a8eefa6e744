import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import type { Role } from '../../src/portal-api/rights.ts'
import {
  createPortalWorld,
  invited,
  type Person,
  type PortalWorld,
} from '../../src/testing/portal-world.ts'

/** Who may do an operation of the API of accounts. */
type Rule =
  | 'anyone'
  /** Whoever is signed in, about itself. */
  | 'self'
  /** Administrators of the node. */
  | 'node'
  /** Members of the organisation in these roles, as docs/operating/portal.md says. */
  | readonly Role[]

const roles = ['owner', 'administrator', 'developer', 'auditor'] as const satisfies readonly Role[]
const [all, builders, leaders] = [roles, roles.slice(0, 3), roles.slice(0, 2)] as const

/** Every operation by its id. One that is new has no rule, and fails the test until it has. */
const rules: Readonly<Record<string, Rule>> = {
  ...{ getPortal: 'anyone', setUp: 'anyone', signUp: 'anyone', getInvitation: 'anyone' },
  ...{ signIn: 'anyone', signInWithCode: 'anyone', signOut: 'anyone' },
  ...{ beginPasskeySignIn: 'anyone', finishPasskeySignIn: 'anyone' },
  ...{ beginOidc: 'anyone', finishOidc: 'anyone' },
  ...{ getMe: 'self', changeMe: 'self', changePassword: 'self', endOtherSessions: 'self' },
  ...{ stepUp: 'self', beginPasskeyStepUp: 'self', linkOidc: 'self', acceptInvitation: 'self' },
  ...{ beginTotp: 'self', confirmTotp: 'self', deleteTotp: 'self', newBackupCodes: 'self' },
  ...{ listPasskeys: 'self', beginPasskey: 'self', addPasskey: 'self', deletePasskey: 'self' },
  createOrganisation: 'node',
  renameOrganisation: leaders,
  ...{ listMembersOfOrganisation: all, listOwnServices: all },
  ...{ listActs: all, getAct: all },
  listOwnParticipants: all,
  ...{ changeRole: leaders, removeMember: leaders },
  createInvitation: leaders,
  listInvitations: leaders,
  withdrawInvitation: leaders,
  // Of services that the organisation published: src/portal-api/require-publisher.slow.test.ts.
  ...{ listWebhooks: all, getWebhook: all },
  ...{ listDeliveries: all, listDeadLetters: all },
  ...{ getWebhookMessage: all, getServiceUsage: all },
  ...{ createWebhook: builders, changeWebhook: builders },
  ...{ deleteWebhook: builders, rotateWebhookSecret: builders },
  ...{ testWebhook: builders, replayWebhook: builders },
  ...{ deleteDeadLetters: builders, listRequestLog: all, listLastUsed: all },
  ...{ sendPackage: builders, getContractLog: all },
  // Each act has its roles: src/portal-api/rights.slow.test.ts tries every one.
  act: all,
}

/** Bodies that follow the schema; what they name is nowhere. */
const account = { name: 'X', email: 'x@example.org', password: 'correct and long enough' }
const bodies: Readonly<Record<string, object>> = {
  setUp: { ...account, token: 'x', organisation: 'X' },
  signUp: { ...account, token: 'x' },
  ...{ getInvitation: { token: 'x' }, acceptInvitation: { token: 'x' } },
  ...{ signIn: { email: 'x@example.org', password: 'x' }, signInWithCode: { code: '0' } },
  ...{ finishPasskeySignIn: { response: {} }, addPasskey: { name: 'X', response: {} } },
  ...{ changeMe: { name: 'X' }, changePassword: { present: 'x', next: account.password } },
  ...{ stepUp: { password: 'x' }, confirmTotp: { code: '0' } },
  ...{ createOrganisation: { name: 'X' }, renameOrganisation: { name: 'Bank' } },
  ...{ changeRole: { role: 'auditor' }, createInvitation: { role: 'auditor', label: 'X' } },
  act: { act: 'alliance-vote', fields: {}, requestKey: 'x' },
  ...{ createWebhook: { url: 'https://example.org/' }, changeWebhook: { state: 'paused' } },
  replayWebhook: { from: 0 },
}

type Operation = { readonly id: string; readonly method: string; readonly path: string }

/** As the portal itself says. */
async function operationsOf({ portal }: PortalWorld): Promise<Operation[]> {
  const answer = await fetch(`${portal}/portal/v1/openapi.json`)
  const { paths } = (await answer.json()) as { readonly paths: object }
  return Object.entries(paths as Record<string, Record<string, { operationId: string }>>).flatMap(
    ([path, methods]) =>
      Object.entries(methods).map(([method, { operationId: id }]) => ({ id, method, path })),
  )
}

const notSignedIn = 'SIGN_IN_REQUIRED'
/** What only those are told whose right was not what was missing. */
const refusals = [notSignedIn, 'ORGANISATION_NOT_FOUND', 'ROLE_INSUFFICIENT']

describe('every operation of the API of accounts, for every caller', () => {
  let portal: PortalWorld
  let bank = ''
  let operations: readonly Operation[] = []
  const people = new Map<string, Person>()
  before(async () => {
    portal = await createPortalWorld()
    operations = await operationsOf(portal)
    const { owner, bank: id } = await portal.founder()
    bank = id
    for (const role of roles) {
      people.set(role, await invited(portal, owner, { organisation: id, role, name: `A-${role}` }))
    }
    const { id: shop } = await owner.organisations.create('Shop')
    const other = { organisation: shop, role: 'owner', name: 'Zoe' } as const
    people.set('stranger', await invited(portal, owner, other))
    people.set('nobody', portal.person())
  })
  after(() => portal.close())

  async function ask({ id, method, path }: Operation, who: Person, origin = portal.portal) {
    const known = path.replace('{organisation}', bank).replace('{position}', '0')
    const filled = known.replace('{digest}', 'ab'.repeat(32)).replaceAll(/\{\w+\}/g, 'nowhere')
    const isRead = method === 'get'
    const body = isRead ? {} : { body: JSON.stringify(bodies[id] ?? {}) }
    const headers = isRead ? {} : { 'content-type': 'application/json', origin }
    const init = { method: method.toUpperCase(), headers, redirect: 'manual', ...body } as const
    // A copy of the cookies: what signs out, or in, shall do it for no other operation.
    const copy = portal.person(who.jar.cookies)
    const answer = await copy.jar.fetch(portal.portal + filled, init)
    const text = await answer.text()
    return answer.status < 400 ? 'ok' : String(JSON.parse(text).code)
  }

  function wanted(rule: Rule, caller: string): string | undefined {
    if (rule === 'anyone') return undefined
    if (caller === 'nobody') return notSignedIn
    if (rule === 'self') return undefined
    if (rule === 'node') return 'ADMINISTRATOR_REQUIRED'
    if (caller === 'stranger') return 'ORGANISATION_NOT_FOUND'
    return rule.includes(caller as Role) ? undefined : 'ROLE_INSUFFICIENT'
  }

  it('has a rule, and is refused to whoever it is not for', async () => {
    const tried = operations.filter(({ id }) => id !== 'signOut')
    assert.ok(tried.length > 30)
    for (const operation of tried) {
      const rule = rules[operation.id] ?? assert.fail(`no rule for ${operation.id}`)
      for (const [caller, person] of people) {
        const told = await ask(operation, person)
        judge(told, { rule, caller, id: operation.id })
      }
    }
  })

  type Asked = { readonly rule: Rule; readonly caller: string; readonly id: string }
  function judge(told: string, { rule, caller, id }: Asked): void {
    const refusal = wanted(rule, caller)
    const what = `${id} by ${caller}: ${told}`
    assert.notEqual(told, 'INTERNAL', what)
    // Which act it is, is judged before the organisation is looked at.
    const isAct = id === 'act' && refusal !== notSignedIn
    if (isAct) assert.equal(told, 'ACT_NOT_OFFERED', what)
    else if (refusal !== undefined) assert.equal(told, refusal, what)
    else assert.ok(rule === 'anyone' || !refusals.includes(told), what)
  }

  it('that changes anything is done by pages of this portal alone', async () => {
    const owner = people.get('owner') ?? assert.fail()
    for (const operation of operations.filter(({ method }) => method !== 'get')) {
      const told = await ask(operation, owner, 'http://evil.example')
      assert.equal(told, 'ORIGIN_REFUSED', operation.id)
    }
  })
})
