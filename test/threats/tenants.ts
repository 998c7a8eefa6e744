import { type CborValue, sha256, utf8 } from '@openbsn/sdk'
import { type Scope, scopes } from '../../src/services/scopes.ts'
import { apiKeyOf } from '../../src/testing/access.ts'
import { keyOf } from '../../src/testing/ledger-world.ts'
import { namedSigner } from '../../src/testing/named-signer.ts'
import { publish, type Side } from './world.ts'

/** Somebody who asks, and what the ledger says of him. */
export type Caller = {
  readonly name: string
  /** Undefined for whoever sends no credential. */
  readonly service?: string
  readonly scopes: readonly Scope[]
  /** Functions that may be called: all of the service, or those of the role. */
  readonly functions: readonly string[]
  /** Code of what is wrong with the credential whatever it is used for: unknown or replaced. */
  readonly unnamed?: string
  /** Code of why the credential may do nothing now. */
  readonly unusable?: string
}

type Role = 'teller' | 'auditor' | 'getter'
/** Of which framework the services are. */
export type Kind = 'records' | 'evm' | 'fabric'

const all: Readonly<Record<Kind, readonly string[]>> = {
  records: ['put', 'get', 'list', 'history', 'events'],
  evm: ['call', 'send', 'events'],
  fabric: ['call', 'send', 'events'],
}
const roles: Readonly<Record<Kind, Readonly<Record<Role, readonly string[]>>>> = {
  records: { teller: ['put'], auditor: ['get', 'list', 'history'], getter: ['get'] },
  evm: { teller: ['send'], auditor: ['call'], getter: ['call'] },
  fabric: { teller: ['send'], auditor: ['call'], getter: ['call'] },
}
const roleScopes: Readonly<Record<Role, readonly Scope[]>> = {
  teller: ['records:write'],
  auditor: ['records:read'],
  getter: ['records:read'],
}

/**
 * Every set of the scopes that open anything of the ledger but the empty one, which no credential
 * can have; the one that opens the log of requests alone, and with all others.
 */
const ofLedger = scopes.filter((scope) => scope !== 'log:read')
const scopeSets: readonly (readonly Scope[])[] = [
  ...Array.from({ length: 2 ** ofLedger.length - 1 }, (_, i) =>
    ofLedger.filter((_scope, place) => ((i + 1) >> place) % 2 === 1),
  ),
  ['log:read'],
  scopes,
]

const apiKeyRow = (name: string): CborValue => [sha256(utf8(apiKeyOf(name))), name.slice(0, 8)]

/** A credential with the API key and the signing key of its name. */
export function grant(
  { world }: Side,
  name: string,
  { as = 'member', ...more }: Record<string, CborValue> & { readonly as?: string },
): Promise<number> {
  const iss = as === 'member' ? 'admin' : as
  const keys = { keys: [keyOf(name)], apiKeys: [apiKeyRow(name)] }
  const own = { id: name, label: name, operators: ['admin'], ...keys, scopes: [...scopes] }
  return world.done('credential-create', { ...own, ...more }, { signer: namedSigner(as), iss })
}

/** Who has a role in `alpha`, and a credential for it. */
async function takePart(side: Side, kind: Kind, role: Role): Promise<Caller> {
  const { world } = side
  const service = 'alpha'
  await world.done('participant-invite', { service, id: role, role, key: keyOf(`of ${role}`) })
  const how = { signer: namedSigner(`of ${role}`), iss: `alpha/${role}` }
  await world.done('participant-join', { service, id: role, expect: 1 }, how)
  const name = `alpha-${role}`
  const apiKeys = { keys: [keyOf(name)], apiKeys: [apiKeyRow(name)] }
  const fields = { id: name, service, label: name, participant: role, ...apiKeys }
  const granted = { operators: ['admin'], scopes: [...roleScopes[role]] }
  await world.done('credential-create', { ...fields, ...granted }, how)
  return { name, service, scopes: roleScopes[role], functions: roles[kind][role] }
}

/** Credentials of `alpha` that are good for nothing, each for a reason of its own. */
async function spoil(side: Side, kind: Kind): Promise<Caller[]> {
  const { world } = side
  const whole = { service: 'alpha', scopes, functions: all[kind] }
  for (const name of ['alpha-frozen', 'alpha-revoked', 'alpha-replaced']) {
    await grant(side, name, { service: 'alpha' })
  }
  await grant(side, 'alpha-expired', { service: 'alpha', expires: world.clock.now + 1 })
  await world.done('credential-freeze', { id: 'alpha-frozen', expect: 1 })
  await world.done('credential-revoke', { id: 'alpha-revoked', expect: 1 })
  await world.done('credential-rotate', {
    ...{ id: 'alpha-replaced', expect: 1, until: 0 },
    ...{ keys: [keyOf('newer')], apiKeys: [apiKeyRow('newer')] },
  })
  world.clock.now += 2
  return [
    { name: 'alpha-frozen', ...whole, unusable: 'CREDENTIAL_FROZEN' },
    { name: 'alpha-expired', ...whole, unusable: 'CREDENTIAL_EXPIRED' },
    { name: 'alpha-revoked', ...whole, unusable: 'CREDENTIAL_REVOKED' },
    // Its row is gone with the key, so that it is unknown.
    { name: 'alpha-replaced', ...whole, unnamed: 'CREDENTIAL_UNKNOWN' },
  ]
}

/**
 * The services `alpha` of `admin`, and `beta` and `open` of `other`, which anyone reads; and
 * everybody who may want something of them.
 */
export async function settle(side: Side, kind: Kind): Promise<Caller[]> {
  const { world } = side
  // Decided while one member is alone.
  for (const [id, byte] of Object.entries({ 'group-1': '0a', 'group-2': '0b' })) {
    await world.done('group-register', { id, ledger: `bsn1${byte.repeat(20)}` })
  }
  await world.done('member-add', { id: 'other', key: keyOf('other') })
  const pairs = Object.entries(roles[kind]).map(([role, functions]) => [role, [...functions]])
  const framework = { framework: kind }
  await publish(side, 'alpha', { roles: pairs, ...framework })
  await publish(side, 'beta', framework, 'other')
  await publish(side, 'open', { readers: 'anyone', ...framework }, 'other')
  const callers: Caller[] = [
    { name: 'nobody', scopes: [], functions: [] },
    { name: 'guesser', scopes: [], functions: [], unnamed: 'CREDENTIAL_UNKNOWN' },
  ]
  for (const set of scopeSets) {
    const name = `alpha-${set.map((scope) => scope.replace(':', '')).join('-')}`
    await grant(side, name, { service: 'alpha', scopes: [...set] })
    callers.push({ name, service: 'alpha', scopes: set, functions: all[kind] })
  }
  for (const service of ['alpha', 'beta', 'open']) {
    const as = service === 'alpha' ? 'member' : 'other'
    await grant(side, `${service}-owner`, { service, as })
    callers.push({ name: `${service}-owner`, service, scopes, functions: all[kind] })
  }
  for (const role of ['teller', 'auditor', 'getter'] as const) {
    callers.push(await takePart(side, kind, role))
  }
  return [...callers, ...(await spoil(side, kind))]
}
