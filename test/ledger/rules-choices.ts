import { accountChoices } from './rules-account-choices.ts'
import { blockChoices } from './rules-block-choices.ts'
import type { Books, Fields, ModelAct } from './rules-books.ts'
import { type Chance, defined } from './rules-chance.ts'
import { credentialChoices } from './rules-credential-choices.ts'
import { fabricChoices } from './rules-fabric-choices.ts'
import { anyKey, type Choose, expected, memberOf, services, someOf } from './rules-names.ts'
import { participantChoices } from './rules-participant-choices.ts'

/** Acts by chance, and the key that signs each. */

const moduleNames: Readonly<Record<string, string>> = {
  service: 'bsn:services',
  participant: 'bsn:participants',
  credential: 'bsn:credentials',
  key: 'bsn:keys',
  blocks: 'bsn:blocks',
  sender: 'bsn:blocks',
  account: 'bsn:accounts',
  organisation: 'bsn:fabric',
  channel: 'bsn:fabric',
  contract: 'bsn:fabric',
  member: 'bsn:members',
}
export const moduleOf = (does: string) => moduleNames[does.replace(/-.*/, '')] ?? 'bsn:alliance'

const chooseBy: readonly (readonly [weight: number, choose: Choose])[] = [
  [2, keyAct],
  [2, operatorKey],
  [1, policy],
  [3, nodeAct],
  [1, groupAct],
  [4, newService],
  [3, serviceMove],
  [2, serviceUpdate],
  ...participantChoices,
  ...credentialChoices,
  ...blockChoices,
  ...accountChoices,
  ...fabricChoices,
]
const wheel = chooseBy.flatMap(([weight, choose]) => Array.from({ length: weight }, () => choose))

/** An act, and a key that signs it: mostly of whoever owns what it is about. */
export function actOf(books: Books, now: number, chance: Chance) {
  const act = chance.pick(wheel, newService)(books, now, chance)
  const owner = chance.oneIn(6) ? anyOwner(books, chance) : ownerOf(books, act, chance)
  const keys = [...books.keys].filter(([, key]) => key.owner === owner && !key.revoked)
  const by = chance.pick(
    keys.map(([name]) => name),
    'member',
  )
  return { act, by: chance.oneIn(15) ? anyKey(chance) : by }
}

function anyOwner(books: Books, { pick }: Chance): string {
  const owners = [...books.keys.values()].map(({ owner }) => owner)
  return pick(owners, 'member/admin')
}

/** Who may do it, if anybody may. */
function ownerOf(books: Books, { does, fields }: ModelAct, chance: Chance): string {
  const id = String(fields.id)
  if (does === 'node-register' || does === 'participant-apply' || does === 'service-create') {
    return `${chance.oneOf('member', 'operator')}/${memberOf(books, chance)}`
  }
  if (does.startsWith('group')) return `member/${memberOf(books, chance)}`
  if (/^(sender|organisation)-|^channel-sign$/.test(does)) {
    return `operator/${books.nodes.get(String(fields.node))?.operator}`
  }
  if (/^(blocks|channel)-/.test(does)) return `operator/${memberOf(books, chance)}`
  const operator = books.nodes.get(id)?.operator
  if (does.startsWith('node')) return `${chance.oneOf('member', 'operator')}/${operator}`
  const credential = books.credentials.get(id)
  const service = String(credential?.service ?? fields.service ?? id)
  const publisher = books.services.get(service)?.publisher ?? 'member/admin'
  const own = credential?.participant ?? fields.participant ?? id
  const participant = books.participants.get(`${service}/${own}`)?.owner ?? publisher
  const isOwn = fields.participant !== undefined || /join|leave|rotate/.test(does)
  if (does === 'service-approve' || does === 'service-reject') {
    return `member/${memberOf(books, chance)}`
  }
  const decider = isOwn ? participant : publisher
  // A member decides for its operator, too.
  return chance.oneIn(2) ? decider.replace('operator', 'member') : decider
}

function keyAct(books: Books, _: number, chance: Chance): ModelAct {
  const name = anyKey(chance)
  if (chance.oneIn(2)) return { does: 'key-register', fields: { owner: '', key: name } }
  const known = chance.pick([...books.keys.keys()], name)
  const key = chance.oneIn(5) ? name : known
  return { does: 'key-revoke', fields: { kid: key, expect: expected(books.keys, key, chance) } }
}

function operatorKey(_: Books, __: number, chance: Chance): ModelAct {
  return { does: 'operator-key-register', fields: { key: anyKey(chance) } }
}

function policy({ alliance }: Books, _: number, { oneIn }: Chance): ModelAct {
  const expect = oneIn(6) ? 1 : alliance.version
  return { does: 'alliance-policy', fields: { expect, serviceReview: oneIn(3) } }
}

function factsOf({ prng, oneOf }: Chance): Fields {
  return {
    city: oneOf('Lisboa', 'Nairobi'),
    country: oneOf('PT', 'KE'),
    latitude: prng.int(-90e6, 90e6),
    longitude: oneOf(-180e6, 180e6, 0),
    gateway: oneOf('https://gw.example:8443/api', 'http://[::1]:8080'),
    software: '0.1.0',
    frameworks: ['records'],
  }
}

function nodeAct(books: Books, _: number, chance: Chance): ModelAct {
  const id = chance.oneOf('n1', 'n2', 'n3', 'n4')
  if (chance.oneIn(2)) return { does: 'node-register', fields: { id, ...factsOf(chance) } }
  const expect = expected(books.nodes, id, chance)
  if (chance.oneIn(4)) return { does: 'node-retire', fields: { id, expect } }
  const groups = chance.oneIn(3) ? { groups: someOf(groupNames, chance) } : {}
  const some = Object.entries({ ...factsOf(chance), ...groups }).filter(() => chance.oneIn(2))
  return { does: 'node-update', fields: { id, expect, ...Object.fromEntries(some) } }
}

const groupNames = ['east', 'west'] as const

function groupAct(books: Books, _: number, chance: Chance): ModelAct {
  const id = chance.oneOf(...groupNames)
  const expect = expected(books.groups, id, chance)
  if (chance.oneIn(4)) return { does: 'group-retire', fields: { id, expect } }
  return { does: 'group-register', fields: { id, ledger: `bsn1${'0a'.repeat(20)}` } }
}

/** Fields of a service that may change. */
function shapeOf(books: Books, chance: Chance): Fields {
  const { oneIn, oneOf } = chance
  const functions = someOf(['put', 'put', 'get', 'events'], chance)
  const some = [...new Set([...functions, 'list'])]
  const node = chance.pick([...books.nodes.keys()], 'n1')
  return defined({
    access: oneIn(2) ? oneOf('open', 'invitation') : undefined,
    readers: oneIn(3) ? oneOf('anyone', 'credentials') : undefined,
    functions: oneIn(6) ? some : undefined,
    roles: oneIn(6) ? undefined : rolesOf(chance),
    nodes: oneIn(4) ? [node] : undefined,
  }) as Fields
}

function rolesOf({ oneIn }: Chance) {
  const writer = ['writer', oneIn(8) ? ['get'] : ['put', 'get', 'events']] as const
  return oneIn(5) ? [writer] : [writer, ['reader', ['get', 'list']] as const]
}

function newService(books: Books, _: number, chance: Chance): ModelAct {
  const { oneIn, oneOf } = chance
  const fixed = defined({
    environment: oneIn(4) ? oneOf('live', 'live', 'sandbox') : undefined,
    keyMode: oneIn(3) ? undefined : oneOf('key-trust', 'key-trust', 'public-key-upload'),
    draft: oneIn(3) ? true : undefined,
  })
  const fields = { id: oneOf(...services), framework: 'records', ...shapeOf(books, chance) }
  return { does: 'service-create', fields: { ...fields, ...fixed } as Fields }
}

function serviceMove(books: Books, _: number, chance: Chance): ModelAct {
  const id = chance.pick([...books.services.keys()], 'nowhere')
  const status = books.services.get(id)?.status ?? ''
  const usual = { draft: 'submit', review: 'approve', frozen: 'unfreeze' }[status]
  const any = chance.oneOf('submit', 'approve', 'reject', 'freeze', 'unfreeze')
  const verb = chance.oneIn(25) ? 'retire' : chance.oneIn(5) ? any : (usual ?? any)
  return { does: `service-${verb}`, fields: { id, expect: expected(books.services, id, chance) } }
}

function serviceUpdate(books: Books, _: number, chance: Chance): ModelAct {
  const id = chance.oneOf(...services)
  const expect = expected(books.services, id, chance)
  return { does: 'service-update', fields: { id, expect, ...shapeOf(books, chance) } }
}
