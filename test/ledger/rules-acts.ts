import { accountActs } from './rules-account-acts.ts'
import { blockActs } from './rules-block-acts.ts'
import {
  type Books,
  type CityNode,
  type Fields,
  functionsOf,
  type ModelAct,
  type Service,
} from './rules-books.ts'
import { credentialActs } from './rules-credential-acts.ts'
import { fabricActs } from './rules-fabric-acts.ts'
import { addKeys, type By, isFor, type Rule, stale, stoppedCode, texts } from './rules-rule.ts'

/** Does an act to the books, or says the code of its refusal. */
export function applyAct(books: Books, { does, fields }: ModelAct, by: By): string | undefined {
  return acts[does]?.(books, fields, by)
}

const acts: Readonly<Record<string, Rule>> = {
  'member-add': (books, { id, key }) => {
    const { members, version, ...rest } = books.alliance
    books.alliance = { ...rest, members: [...members, String(id)], version: version + 1 }
    books.addKey(String(key), `member/${id}`)
    return undefined
  },
  'operator-key-register': (books, { key }, { owner }) =>
    owner.startsWith('member/')
      ? addKeys(books, [String(key)], owner.replace('member', 'operator'))
      : 'NOT_ALLOWED',
  'alliance-policy': (books, fields, { owner }) => {
    if (!owner.startsWith('member/')) return 'NOT_ALLOWED'
    const refusal = stale(books.alliance, fields)
    if (refusal) return refusal
    const { members, version } = books.alliance
    if (members.length > 1) return 'NOT_ALLOWED'
    const serviceReview = fields.serviceReview === true
    books.alliance = { members, serviceReview, version: version + 1 }
    return undefined
  },
  'group-register': (books, { id, ledger }, { owner }) => {
    if (!isAlone(books, owner)) return 'NOT_ALLOWED'
    if (books.groups.has(String(id))) return 'ACT_CONFLICT'
    books.groups.set(String(id), { ledger: String(ledger), status: 'active', version: 1 })
    return undefined
  },
  'group-retire': (books, fields, { owner }) => {
    if (!isAlone(books, owner)) return 'NOT_ALLOWED'
    const group = books.groups.get(String(fields.id))
    const refusal = stale(group, fields)
    if (refusal || !group) return refusal
    if (group.status === 'retired') return 'ACT_CONFLICT'
    books.groups.set(String(fields.id), { ...group, status: 'retired', version: group.version + 1 })
    return undefined
  },
  'node-register': registerNode,
  'node-update': changeNode(({ id: _, expect: __, ...facts }, node) => ({
    ...node,
    facts: { ...node.facts, ...facts },
  })),
  'node-retire': changeNode((_, node) => ({ ...node, status: 'retired' })),
  'key-register': (books, { key }, { owner }) => addKeys(books, [String(key)], owner),
  'key-revoke': revokeKey,
  'service-create': createService,
  'service-update': updateService,
  'service-submit': moveService('publisher', ['draft'], submitted),
  'service-approve': moveService('reviewer', ['review'], () => 'running'),
  'service-reject': moveService('reviewer', ['review'], () => 'draft'),
  'service-freeze': moveService('publisher', ['running'], () => 'frozen'),
  'service-unfreeze': moveService('publisher', ['frozen'], () => 'running'),
  'service-retire': moveService(
    'publisher',
    ['draft', 'review', 'running', 'frozen'],
    () => 'retired',
  ),
  'participant-invite': invite,
  'participant-apply': apply,
  'participant-join': moveParticipant('self', ['invited', 'left'], 'active'),
  'participant-approve': moveParticipant('publisher', ['applied', 'rejected', 'removed'], 'active'),
  'participant-reject': moveParticipant('publisher', ['applied'], 'rejected'),
  'participant-leave': moveParticipant('self', ['invited', 'active'], 'left'),
  'participant-remove': moveParticipant('publisher', ['invited', 'active', 'left'], 'removed'),
  ...credentialActs,
  ...blockActs,
  ...accountActs,
  ...fabricActs,
}

const idOf = (owner: string) => owner.replace(/^[a-z]+\//, '')

const isAlone = ({ alliance }: Books, owner: string) =>
  owner.startsWith('member/') && alliance.members.length === 1

/** A node keeps groups that are listed. */
const hasBadGroups = (books: Books, { groups }: Fields) =>
  texts(groups).some((id) => books.groups.get(id)?.status !== 'active')

function revokeKey(books: Books, fields: Fields, by: By): string | undefined {
  const name = String(fields.kid)
  const key = books.keys.get(name)
  const refusal = stale(key, fields)
  if (refusal) return refusal
  const owners = [by.owner, by.owner.replace('member', 'operator')]
  if (!key || !owners.includes(key.owner)) return 'NOT_ALLOWED'
  if (key.revoked || name === by.key) return 'ACT_CONFLICT'
  books.revokeKey(name)
  return undefined
}

function registerNode(books: Books, { id, ...facts }: Fields, { owner }: By): string | undefined {
  if (books.nodes.has(String(id))) return 'ACT_CONFLICT'
  if (hasBadGroups(books, facts)) return 'ACT_INVALID'
  const operator = owner.replace(/.*\//, '')
  books.nodes.set(String(id), { operator, facts, status: 'active', version: 1 })
  return undefined
}

function changeNode(change: (fields: Fields, node: CityNode) => CityNode): Rule {
  return (books, fields, { owner }) => {
    const id = String(fields.id)
    const node = books.nodes.get(id)
    const refusal = stale(node, fields)
    if (refusal || !node) return refusal
    if (node.operator !== owner.replace(/.*\//, '')) return 'NOT_ALLOWED'
    if (node.status === 'retired') return 'ACT_CONFLICT'
    if (hasBadGroups(books, fields)) return 'ACT_INVALID'
    books.nodes.set(id, { ...change(fields, node), version: node.version + 1 })
    return undefined
  }
}

function submitted({ alliance }: Books): string {
  return alliance.serviceReview ? 'review' : 'running'
}

/** Fields of a service that an act gives, over what it has. */
function changed(fields: Fields, before: Omit<Service, 'version'>): Omit<Service, 'version'> {
  const { access, readers, functions, roles, nodes } = fields
  return {
    ...before,
    access: String(access ?? before.access),
    readers: String(readers ?? before.readers),
    functions: functions ? texts(functions) : before.functions,
    roles: (roles as Service['roles'] | undefined) ?? before.roles,
    nodes: nodes ? texts(nodes) : before.nodes,
  }
}

const hasBadNodes = (books: Books, { nodes }: Fields) =>
  texts(nodes).some((id) => books.nodes.get(id)?.status !== 'active')

function createService(books: Books, fields: Fields, { owner }: By): string | undefined {
  const { id, environment = 'live', keyMode = 'public-key-upload', draft } = fields
  const framework = String(fields.framework)
  if (environment !== 'live') return 'ACT_INVALID'
  if (books.services.has(String(id))) return 'ACT_CONFLICT'
  if (hasBadNodes(books, fields)) return 'ACT_INVALID'
  const fixed = { publisher: owner, framework, keyMode: String(keyMode) }
  const usual = { access: 'invitation', readers: 'anyone', functions: functionsOf[framework] ?? [] }
  const status = draft === true ? 'draft' : submitted(books)
  const service = changed(fields, { ...fixed, ...usual, roles: [], nodes: [], status })
  books.services.set(String(id), { ...service, version: 1 })
  return undefined
}

function updateService(books: Books, fields: Fields, { owner }: By): string | undefined {
  const id = String(fields.id)
  const service = books.services.get(id)
  const refusal = stale(service, fields)
  if (refusal || !service) return refusal
  if (!isFor(owner, service.publisher)) return 'NOT_ALLOWED'
  if (['review', 'retired'].includes(service.status)) return 'ACT_CONFLICT'
  if (hasBadNodes(books, fields)) return 'ACT_INVALID'
  books.services.set(id, { ...changed(fields, service), version: service.version + 1 })
  return undefined
}

function moveService(
  by: 'publisher' | 'reviewer',
  from: readonly string[],
  to: (books: Books) => string,
): Rule {
  return (books, fields, { owner }) => {
    const id = String(fields.id)
    const service = books.services.get(id)
    const refusal = stale(service, fields)
    if (refusal || !service) return refusal
    const isMember = owner === `member/${idOf(owner)}`
    const isOther = idOf(service.publisher) !== idOf(owner)
    const mayReview = isMember && (isOther || books.alliance.members.length === 1)
    const mayMove = { publisher: isFor(owner, service.publisher), reviewer: mayReview }
    if (!mayMove[by]) return 'NOT_ALLOWED'
    if (!from.includes(service.status)) return 'ACT_CONFLICT'
    books.services.set(id, { ...service, status: to(books), version: service.version + 1 })
    return undefined
  }
}

/** Why nobody can be let in under that role. */
function closed(books: Books, { service: id, role }: Fields): string | undefined {
  const service = books.services.get(String(id))
  if (!service) return 'SERVICE_UNKNOWN'
  if (service.status !== 'running') return stoppedCode(service.status)
  if (role === undefined || service.roles.some(([name]) => name === role)) return undefined
  return 'ACT_INVALID'
}

function invite(books: Books, fields: Fields, { owner }: By): string | undefined {
  const refusal = closed(books, fields)
  if (refusal) return refusal
  const { publisher } = books.services.get(String(fields.service)) ?? {}
  if (!isFor(owner, publisher)) return 'NOT_ALLOWED'
  const name = `${fields.service}/${fields.id}`
  if (books.participants.has(name)) return 'ACT_CONFLICT'
  const [own, role] = [`participant/${name}`, String(fields.role)]
  books.participants.set(name, { role, owner: own, status: 'invited', version: 1 })
  return addKeys(books, [String(fields.key)], own)
}

function apply(books: Books, fields: Fields, { owner }: By): string | undefined {
  const refusal = closed(books, fields)
  if (refusal) return refusal
  if (owner.startsWith('participant/')) return 'NOT_ALLOWED'
  const name = `${fields.service}/${idOf(owner)}`
  if (books.participants.has(name)) return 'ACT_CONFLICT'
  const isOpen = books.services.get(String(fields.service))?.access === 'open'
  const status = isOpen ? 'active' : 'applied'
  books.participants.set(name, { role: String(fields.role), owner, status, version: 1 })
  return undefined
}

function moveParticipant(by: 'publisher' | 'self', from: readonly string[], to: string): Rule {
  return (books, fields, { owner }) => {
    const name = `${fields.service}/${fields.id}`
    const participant = books.participants.get(name)
    const refusal = stale(participant, fields)
    if (refusal || !participant) return refusal
    const { publisher } = books.services.get(String(fields.service)) ?? {}
    if (!isFor(owner, by === 'self' ? participant.owner : publisher)) return 'NOT_ALLOWED'
    if (!from.includes(participant.status)) return 'ACT_CONFLICT'
    const stopped = to === 'active' ? closed(books, fields) : undefined
    if (stopped) return stopped
    books.participants.set(name, { ...participant, status: to, version: participant.version + 1 })
    return undefined
  }
}
