import type { CborValue } from '@openbsn/sdk'
import { type Static, type TObject, Type } from 'typebox'
import type { StateObject } from '../../../ledger/state/state-view.ts'
import { next } from './object-list.ts'

/** Objects of the state as the API shows them: these fields, and no other one ever. */

const Text = (description: string) => Type.Optional(Type.String({ description }))
const Texts = (description: string) => Type.Optional(Type.Array(Type.String(), { description }))
const Whole = (description: string) => Type.Optional(Type.Integer({ description }))
const Id = Type.String()
const Version = Type.Integer({ description: 'Counts the changes; `expect` of the next one.' })

export const Service = Type.Object({
  id: Id,
  publisher: Text('Such as `member/x`.'),
  framework: Text('Such as `records`.'),
  environment: Text('`live` or `sandbox`.'),
  keyMode: Text('`key-trust` or `public-key-upload`.'),
  access: Text('How participants join: `open` or `invitation`.'),
  readers: Text('Who reads: `anyone` or `credentials`.'),
  functions: Texts('What can be called.'),
  roles: Type.Optional(
    Type.Array(Type.Object({ role: Type.String(), functions: Type.Array(Type.String()) })),
  ),
  nodes: Texts('Ids of the city nodes that serve it.'),
  status: Text('`draft`, `review`, `running`, `frozen` or `retired`.'),
  chainId: Whole('Of an EVM service whose chain this node has: its EIP-155 id; not proven.'),
  rpc: Text('Path of its JSON-RPC here, with `{accessKey}` in place of an API key; not proven.'),
  version: Version,
})

export const Participant = Type.Object({
  id: Id,
  role: Text('One of the service’s roles.'),
  status: Text('`invited`, `applied`, `active`, `rejected`, `left` or `removed`.'),
  version: Version,
})

export const FrozenAccount = Type.Object({
  address: Type.String({ description: 'Of an account or contract, with its checksum (EIP-55).' }),
  freezes: Type.Array(
    Type.Object({
      by: Type.String({ description: 'The publisher, or `voters/all` after a vote.' }),
      entry: Type.Integer({ description: 'Index of the entry of the ledger that froze it.' }),
      reason: Text('As whoever froze it gave it.'),
    }),
    { description: 'It is frozen until each of them is taken back.' },
  ),
  version: Version,
})

export const Node = Type.Object({
  id: Id,
  operator: Type.String({ description: 'Id of the member that runs it.' }),
  city: Type.String({ description: 'Where it stands.' }),
  country: Type.String({ description: 'ISO 3166-1 alpha-2.' }),
  latitude: Type.Integer({ description: 'Microdegrees, north is positive.' }),
  longitude: Type.Integer({ description: 'Microdegrees, east is positive.' }),
  gateway: Type.String({ description: 'URL of its gateway.' }),
  software: Type.String({ description: 'What it runs.' }),
  frameworks: Type.Array(Type.String(), { description: 'Kinds of ledgers that it has.' }),
  groups: Texts('Names of the groups that it keeps beside the root ledger.'),
  peer: Type.Optional(Type.String({ description: 'Where other nodes reach it: id@host:port.' })),
  validator: Type.Optional(Type.String({ description: 'Thumbprint of its key for blocks, hex.' })),
  status: Type.String({ description: '`active` or `retired`.' }),
  version: Version,
  equivocation: Type.Optional(
    Type.Object(
      {
        first: Type.Integer({ description: 'Height of the first time.' }),
        last: Type.Integer({ description: 'Height of the last time.' }),
        times: Type.Integer({ description: 'How often.' }),
        seen: Type.Integer({ description: 'When this node heard of it last, seconds since 1970.' }),
      },
      { description: 'Its validator signed two blocks of one height: it can be voted out.' },
    ),
  ),
  liveness: Type.Optional(
    Type.Object(
      {
        asked: Type.Integer({ description: 'When it was asked last, in seconds since 1970.' }),
        seen: Whole('When it answered last: now it does not where that is before `asked`.'),
        latencyMs: Whole('How long the answer took, in milliseconds.'),
        height: Whole('Of its last block then.'),
        behind: Whole('Blocks that it was behind this node then.'),
      },
      { description: 'Whether it is there, as this node finds out by asking it; not proven.' },
    ),
  ),
})

export const Credential = Type.Object({
  id: Id,
  service: Text('The service that it is of.'),
  label: Text('What its publisher calls it.'),
  status: Text('`active`, `frozen` or `revoked`.'),
  scopes: Texts('What it may be used for.'),
  operators: Texts(
    'Ids of the members whose gateways may act for it; with none, each serves it and none writes.',
  ),
  participant: Text('The participant that it belongs to.'),
  keys: Texts('Thumbprints of its keys, in hex.'),
  apiKeys: Type.Optional(
    Type.Array(
      Type.Object({
        hint: Type.String({ description: 'The first letters of the key.' }),
        until: Type.Optional(Type.Integer({ description: 'Its end, in seconds since 1970.' })),
      }),
    ),
  ),
  perSecond: Whole('Requests and statements a second at each gateway.'),
  writesPerDay: Whole('Records a day over all gateways, by block time; transactions at each.'),
  expires: Whole('Its end, in seconds since 1970.'),
  version: Version,
})

export const ServicePage = Type.Object({ services: Type.Array(Service), next })
export const ParticipantPage = Type.Object({ participants: Type.Array(Participant), next })
export const CredentialPage = Type.Object({ credentials: Type.Array(Credential), next })
export const FrozenAccountPage = Type.Object({ accounts: Type.Array(FrozenAccount), next })
export const NodePage = Type.Object({ nodes: Type.Array(Node), next })
const ledger = { ledger: Type.String({ description: 'Id of the ledger that has it so.' }) }
export const NodeOfLedger = Type.Object({ ...Node.properties, ...ledger })
export const NodeOfLedgerPage = Type.Object({ nodes: Type.Array(NodeOfLedger), next })

/** How fields are shown that are lists of lists in the state; the others stay as they are. */
const shownAs: Readonly<Record<string, (value: CborValue) => unknown>> = {
  roles: (value) =>
    rowsOf(value).map(([role, functions]) => ({ role: String(role), functions: texts(functions) })),
  apiKeys: (value) =>
    rowsOf(value).map(([, hint, until]) => ({
      hint: String(hint),
      ...(typeof until === 'number' ? { until } : {}),
    })),
}

const rowsOf = (value: CborValue) => (Array.isArray(value) ? value.filter(Array.isArray) : [])
const texts = (value: CborValue) => (Array.isArray(value) ? value.map(String) : [])

/** The fields of an object that a schema has. */
export function show<T extends TObject>(schema: T, id: string, object: StateObject): Static<T> {
  const fields = Object.keys(schema.properties).flatMap((name) => {
    const value = object.get(name)
    if (name === 'id' || value === undefined || value === null) return []
    const change = Object.hasOwn(shownAs, name) ? shownAs[name] : undefined
    return [[name, change ? change(value) : value]]
  })
  return Object.fromEntries([['id', id], ...fields]) as Static<T>
}
