import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { describe, it, type TestContext } from 'node:test'
import {
  type CborValue,
  decodeCbor,
  encodeCbor,
  encodeCoseKey,
  encodeValidators,
  fromHex,
  parseStatement,
  toBase64url,
  type Validator,
  validator,
} from '@openbsn/sdk'
import { testNetwork } from '../testing/cli.ts'
import { keyOf } from '../testing/ledger-world.ts'
import { namedSigner } from '../testing/named-signer.ts'
import { namedValidator } from '../testing/net-statements.ts'
import { selfSigned } from '../testing/self-signed.ts'
import { proposable } from './proposed-acts.ts'

const { cert } = selfSigned()
const root = new Uint8Array(new X509Certificate(cert).raw)
const keyed = (name: string) => ['--key', toBase64url(keyOf(name))]
const [rome, madrid, oslo] = [
  namedValidator('rome'),
  namedValidator('madrid'),
  namedValidator('oslo'),
] as const
const bob = validator(namedSigner('bob').key, 3)
const set = (...all: readonly Validator[]) => ({ expect: 5, validators: encodeValidators(all) })
const ledger = `bsn1${'a'.repeat(40)}`
const chain = `account/shop/0x${'ab'.repeat(20)}`
const account = { service: 'shop', address: fromHex('ab'.repeat(20)) }
const shares = ['--quorum', '1/2', '--threshold', '3/4']
const times = ['--deadline-min', '3600', '--deadline-max', '86400']
const locks = ['--lock', 'members=0', '--lock', 'freeze=60']
const ruled = {
  ...{ expect: 3, quorum: [1, 2], threshold: [3, 4], deadlineMin: 3600, deadlineMax: 86_400 },
  locks: [
    ['members', 0],
    ['freeze', 60],
  ],
}
const versions = [
  ['bsn:services', 2],
  ['bsn:blocks', 1],
]

/** By what is typed: options behind it, the act that it makes, and what that says. */
const table: Readonly<Record<string, readonly [readonly string[], string, object]>> = {
  'admit bob': [
    [...keyed('bob'), '--power', '2', '--name', 'Bob & Co'],
    'bsn:alliance alliance-admit',
    { id: 'bob', name: 'Bob & Co', power: 2, key: keyOf('bob') },
  ],
  'remove eve': [[], 'bsn:alliance alliance-remove', { id: 'eve', expect: 4 }],
  'power eve': [
    ['--power', '9'],
    'bsn:alliance alliance-power',
    { id: 'eve', expect: 4, power: 9 },
  ],
  'replace-key eve': [
    keyed('new'),
    'bsn:alliance alliance-replace-key',
    { id: 'eve', expect: 4, key: keyOf('new') },
  ],
  'promote oslo': [
    ['--power', '7'],
    'bsn:validators validators-update',
    set(rome, madrid, { ...oslo, power: 7 }),
  ],
  'demote madrid': [[], 'bsn:validators validators-update', set(rome)],
  'add-validator': [
    [...keyed('bob'), '--power', '3'],
    'bsn:validators validators-update',
    set(rome, madrid, bob),
  ],
  'remove-validator': [keyed('madrid'), 'bsn:validators validators-update', set(rome)],
  policy: [
    ['--service-review', 'yes'],
    'bsn:alliance alliance-policy',
    { expect: 3, serviceReview: true },
  ],
  rules: [[...shares, ...times, ...locks], 'bsn:alliance alliance-rules', ruled],
  'freeze service/shop': [[], 'bsn:services service-freeze', { id: 'shop' }],
  'freeze credential/c/1': [[], 'bsn:credentials credential-freeze', { id: 'c/1' }],
  [`freeze ${chain}`]: [[], 'bsn:accounts account-freeze', { ...account, reason: 'Case 17' }],
  'unfreeze service/shop': [[], 'bsn:services service-unfreeze', { id: 'shop' }],
  'unfreeze credential/c1': [[], 'bsn:credentials credential-unfreeze', { id: 'c1' }],
  [`unfreeze ${chain}`]: [[], 'bsn:accounts account-unfreeze', account],
  'roots rome': [
    ['--root', 'FILE'],
    'bsn:alliance alliance-roots',
    { expect: 0, issuer: 'rome', roots: [root] },
  ],
  'retire-node oslo': [[], 'bsn:alliance node-retire', { id: 'oslo' }],
  'group airlines': [
    ['--group-ledger', ledger],
    'bsn:alliance group-register',
    { id: 'airlines', ledger },
  ],
  'retire-group airlines': [[], 'bsn:alliance group-retire', { id: 'airlines' }],
  stop: [[], 'bsn:alliance alliance-stop', {}],
  resume: [[], 'bsn:alliance alliance-resume', {}],
  'software 0.2.0': [
    ['--from', '900', '--module', 'bsn:services=2', '--module', 'bsn:blocks=1'],
    'bsn:alliance alliance-software',
    { software: '0.2.0', from: 900, modules: versions },
  ],
}

/** An alliance with a member, nodes and validators, whose versions are all different. */
async function proposing(t: TestContext) {
  const network = await testNetwork(t)
  const put = (key: string, version: number, fields: Record<string, CborValue>) =>
    network.ledger.objectsByKey.set(
      key,
      encodeCbor(new Map(Object.entries({ ...fields, version }))),
    )
  const shown = { proposer: 'founder', title: 'T', reason: 'T', acts: [], votes: [], counted: [] }
  const bounds = { quorum: [1, 2], threshold: [2, 3], lock: 60, begun: 100, deadline: 5000 }
  put('proposal/p1', 1, { ...shown, ...bounds, status: 'open' })
  put('alliance', 3, { members: ['founder', 'eve'] })
  put('member/founder', 1, { name: 'Founder' })
  put('member/eve', 4, { name: 'Eve' })
  put('validators', 5, { sets: [[1, encodeValidators([rome, madrid])]] })
  for (const [name, operator, { consensusKey = new Uint8Array(), ...key }] of [
    ['madrid', 'founder', madrid],
    ['oslo', 'eve', oslo],
  ] as const) {
    put(`node/${name}`, 1, { operator, validatorKey: encodeCoseKey(key), consensusKey })
  }
  const pem = network.file('root.pem', cert)

  /** The act in what the command registers. */
  async function proposed(words: string, options: readonly string[]) {
    const argv = options.map((one) => (one === 'FILE' ? pem : one))
    const said = ['--reason', 'Case 17', '--id', 'p1', '--deadline', '2027-01-01']
    const run = await network.run('alliance', 'propose', ...words.split(' '), ...said, ...argv)
    assert.equal(run.code, 0, `${words}: ${run.stderr}`)
    const { firstIndex, count } = network.ledger.head
    const bytes = network.ledger.entry(firstIndex + count - 1)?.statement ?? new Uint8Array()
    const fields = decodeCbor(parseStatement(bytes).payload) as Map<string, CborValue>
    const [act] = fields.get('acts') as [string, string, Uint8Array][]
    assert(act)
    const [module, type, payload] = act
    const name = type.replace(/.*openbsn\.|\+cbor/g, '')
    return [`${module} ${name}`, Object.fromEntries(decodeCbor(payload) as Map<string, unknown>)]
  }
  return { proposed, run: network.run }
}

describe('what bsn alliance propose puts to the vote', () => {
  it('is all in the table of this test', () => {
    const words = new Set(Object.keys(table).map((typed) => typed.split(' ')[0]))
    assert.deepEqual([...words].toSorted(), Object.keys(proposable).toSorted())
  })

  it('is the act that was typed, with what the state and the options say', async (t) => {
    const { proposed } = await proposing(t)
    for (const [typed, [options, name, fields]] of Object.entries(table)) {
      assert.deepEqual(await proposed(typed, options), [name, fields], typed)
    }
  })

  it('is not that a member goes whose city node signs blocks', async (t) => {
    const { run } = await proposing(t)
    const refused = await run('alliance', 'propose', 'remove', 'founder', '--reason', 'Case 17')
    assert.equal(refused.code, 1, refused.stderr)
    assert.match(refused.stderr, /NODE_IS_VALIDATOR.*madrid of founder signs blocks/s)
  })
})
