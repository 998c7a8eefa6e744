import { X509Certificate } from 'node:crypto'
import {
  type CborMap,
  type CborValue,
  type Client,
  type ControlAct,
  controlAct,
  decodeCoseKey,
  isCodedError,
  type Share,
  validator,
} from '@openbsn/sdk'
import { rootsKey } from '../alliance/roots-state.ts'
import type { Arguments } from './arguments.ts'
import { addressBytes } from './chain-address.ts'
import { nodeValidatorAct, requireNoValidators, validatorAct } from './change-validators.ts'
import type { OptionSpec } from './command.ts'
import { presentObject } from './control.ts'
import { fail } from './fail.ts'
import { readBytes } from './files.ts'
import { publicKeyOf } from './public-key.ts'
import { oneOf, wholeNumber } from './values.ts'

/** What can be put to the vote, by the word for it; each makes the act from arguments and state. */
type Proposed = {
  readonly summary: string
  /** What the word needs behind it. */
  readonly target?: string
  readonly act: (args: Arguments, client: Client) => ControlAct | Promise<ControlAct>
}

/** Options that say what the act is to do; each belongs to some of the words. */
export const actOptions = {
  key: { type: 'string', value: 'KEY', summary: 'Public key of a member or validator' },
  name: { type: 'string', value: 'TEXT', summary: 'admit: name for people; the ID where not said' },
  power: { type: 'string', value: 'N', summary: 'Weight; 1 where not said, 10 of a node' },
  'service-review': { type: 'string', value: 'ANSWER', summary: 'policy: yes or no' },
  quorum: { type: 'string', value: 'N/M', summary: 'rules: power that must have voted' },
  threshold: { type: 'string', value: 'N/M', summary: 'rules: yes among yes and no' },
  'deadline-min': { type: 'string', value: 'SECONDS', summary: 'rules: shortest time to vote' },
  'deadline-max': { type: 'string', value: 'SECONDS', summary: 'rules: longest time to vote' },
  lock: {
    type: 'string',
    value: 'KIND=SECONDS',
    many: true,
    summary: 'rules: time from a decision to its execution',
  },
  root: {
    type: 'string',
    value: 'FILE',
    many: true,
    summary: "roots: PEM file of a root that gateways are trusted by; the issuer's first",
  },
  from: { type: 'string', value: 'HEIGHT', summary: 'software: from this height on' },
  module: {
    type: 'string',
    value: 'NAME=N',
    many: true,
    summary: 'software: a module and the version of its rules',
  },
  'group-ledger': { type: 'string', value: 'ID', summary: 'group: id of its ledger' },
} as const satisfies Record<string, OptionSpec>

const memberKeyFrom = { from: 'bsn alliance key' }
const most = Number.MAX_SAFE_INTEGER
const powerOf = (args: Arguments, otherwise = 1) =>
  wholeNumber(args, 'power', { min: 1, max: 2 ** 31 }) ?? otherwise

async function versionOf(client: Client, key: string): Promise<number> {
  return Number((await presentObject(client, key)).get('version'))
}

async function onMember(args: Arguments, client: Client) {
  const id = args.operand(1)
  return { id, expect: await versionOf(client, `member/${id}`) }
}

/** An act that takes its object by id alone. */
function byId(act: string, module: string, id: string): ControlAct {
  const payload: CborMap = new Map([['id', id]])
  return { act, module, payload }
}

const reasonCharactersMax = 128

/** `service/NAME`, `credential/ID` or `account/SERVICE/ADDRESS`. */
const frozen = (verb: string) => (args: Arguments) => {
  const given = args.operand(1)
  const [, kind, id] = /^(service|credential)\/(.+)$/.exec(given) ?? []
  if (kind && id) return byId(`${kind}-${verb}`, `bsn:${kind}s`, id)
  const [, service, address] = /^account\/([^/]+)\/([^/]+)$/.exec(given) ?? []
  if (service && address) {
    const payload: CborMap = new Map<string, CborValue>([['service', service]])
    payload.set('address', addressBytes(address))
    const reason = args.optional('reason') ?? ''
    // Whoever is refused reads it, too, where it is short enough for the act.
    const isShort = reason !== '' && reason.length <= reasonCharactersMax
    if (verb === 'freeze' && isShort) payload.set('reason', reason)
    return { act: `account-${verb}`, module: 'bsn:accounts', payload }
  }
  const forms = 'service/NAME, credential/ID or account/SERVICE/ADDRESS'
  throw fail('CLI_OPTION_INVALID', `${given}: give ${forms}.`)
}

/** The validators that come last, with another one or without one. */
async function changedValidators(args: Arguments, client: Client, power: number | undefined) {
  const key = decodeCoseKey(publicKeyOf(args, memberKeyFrom))
  const object = await presentObject(client, 'validators')
  return validatorAct(object, validator(key, power ?? 1), { power })
}

function shareOf(args: Arguments, option: string): Share | undefined {
  const given = args.optional(option)
  if (given === undefined) return undefined
  const [, part, whole] = /^(\d{1,4})\/(\d{1,4})$/.exec(given) ?? []
  if (part !== undefined && whole !== undefined) return [Number(part), Number(whole)]
  throw fail('CLI_OPTION_INVALID', `--${option} ${given}: give a share such as 2/3.`)
}

/** `NAME=N`, as often as it is given; undefined where it is not. */
function pairs(args: Arguments, option: string): (readonly [string, number])[] | undefined {
  const given = args.values(option).map((text) => {
    const [, name, number] = /^([^=]+)=(\d{1,12})$/.exec(text) ?? []
    if (name !== undefined) return [name, Number(number)] as const
    throw fail('CLI_OPTION_INVALID', `--${option} ${text}: give NAME=NUMBER.`)
  })
  return given.length === 0 ? undefined : given
}

function rules(args: Arguments, expect: number): ControlAct {
  return controlAct('alliance-rules', {
    expect,
    quorum: shareOf(args, 'quorum'),
    threshold: shareOf(args, 'threshold'),
    deadlineMin: wholeNumber(args, 'deadline-min', { min: 1, max: most }),
    deadlineMax: wholeNumber(args, 'deadline-max', { min: 1, max: most }),
    locks: pairs(args, 'lock'),
  })
}

function software(args: Arguments): ControlAct {
  const from = wholeNumber(args, 'from', { min: 1, max: most })
  if (from === undefined) throw fail('CLI_OPTION_MISSING', 'software needs --from HEIGHT.')
  const modules = pairs(args, 'module')
  return controlAct('alliance-software', { software: args.operand(1), from, modules })
}

async function roots(args: Arguments, client: Client): Promise<ControlAct> {
  const files = args.values('root')
  if (files.length === 0) throw fail('CLI_OPTION_MISSING', 'roots needs --root FILE.')
  const list = await Promise.all(files.map(readCertificateFile))
  const expect = await versionOf(client, rootsKey).catch((error: unknown) => {
    if (isCodedError(error) && error.code === 'OBJECT_NOT_FOUND') return 0
    throw error
  })
  return controlAct('alliance-roots', { expect, issuer: args.operand(1), roots: list })
}

async function readCertificateFile(path: string): Promise<Uint8Array> {
  const bytes = await readBytes(path)
  try {
    return new Uint8Array(new X509Certificate(bytes).raw)
  } catch (cause) {
    throw fail('FILE_UNUSABLE', `${path} is no certificate in PEM.`, { cause })
  }
}

/** By the first word. */
export const proposable: Readonly<Record<string, Proposed>> = {
  admit: {
    summary: 'a new member, with --key and --power',
    target: 'ID',
    act: (args) => {
      const id = args.operand(1)
      const name = args.optional('name') ?? id
      const key = publicKeyOf(args, memberKeyFrom)
      return controlAct('alliance-admit', { id, name, power: powerOf(args), key })
    },
  },
  remove: {
    summary: 'a member goes',
    target: 'ID',
    act: async (args, client) => {
      const member = await onMember(args, client)
      await requireNoValidators(client, member.id)
      return controlAct('alliance-remove', member)
    },
  },
  power: {
    summary: 'another --power of a member',
    target: 'ID',
    act: async (args, client) => {
      const member = await onMember(args, client)
      return controlAct('alliance-power', { ...member, power: powerOf(args) })
    },
  },
  'replace-key': {
    summary: 'a new --key for a member that lost its own',
    target: 'ID',
    act: async (args, client) => {
      const key = publicKeyOf(args, memberKeyFrom)
      return controlAct('alliance-replace-key', { ...(await onMember(args, client)), key })
    },
  },
  promote: {
    summary: 'a city node becomes a validator, with --power',
    target: 'NODE',
    act: (args, client) => nodeValidatorAct(client, args.operand(1), { power: powerOf(args, 10) }),
  },
  demote: {
    summary: 'a city node is no validator any more',
    target: 'NODE',
    act: (args, client) => nodeValidatorAct(client, args.operand(1), { power: undefined }),
  },
  'add-validator': {
    summary: 'where there is no network: a validator by --key, with --power',
    act: (args, client) => changedValidators(args, client, powerOf(args)),
  },
  'remove-validator': {
    summary: 'where there is no network: the validator of --key goes',
    act: (args, client) => changedValidators(args, client, undefined),
  },
  policy: {
    summary: 'whether another member reviews services: --service-review',
    act: async (args, client) => {
      const serviceReview = oneOf(args, 'service-review', ['yes', 'no'])
      if (!serviceReview) throw fail('CLI_OPTION_MISSING', 'policy needs --service-review.')
      const expect = await versionOf(client, 'alliance')
      return controlAct('alliance-policy', { expect, serviceReview: serviceReview === 'yes' })
    },
  },
  rules: {
    summary: 'other rules for votes: --quorum, --threshold, --deadline-min, --deadline-max, --lock',
    act: async (args, client) => rules(args, await versionOf(client, 'alliance')),
  },
  freeze: {
    summary: 'a service, credential or address of a chain stops',
    target: 'OBJECT',
    act: frozen('freeze'),
  },
  unfreeze: { summary: 'it goes on', target: 'OBJECT', act: frozen('unfreeze') },
  roots: {
    summary: 'a city node issues certificates for gateways; --root of all that are trusted',
    target: 'NODE',
    act: roots,
  },
  'retire-node': {
    summary: 'a city node goes',
    target: 'ID',
    act: (args) => byId('node-retire', 'bsn:alliance', args.operand(1)),
  },
  group: {
    summary: 'another ledger of the alliance gets its name, with --group-ledger',
    target: 'NAME',
    act: (args) => {
      const ledger = args.optional('group-ledger')
      if (ledger === undefined) throw fail('CLI_OPTION_MISSING', 'group needs --group-ledger ID.')
      return controlAct('group-register', { id: args.operand(1), ledger })
    },
  },
  'retire-group': {
    summary: 'nobody is sent to a group any more',
    target: 'NAME',
    act: (args) => byId('group-retire', 'bsn:alliance', args.operand(1)),
  },
  stop: {
    summary: 'no records are taken any more',
    act: () => controlAct('alliance-stop', {}),
  },
  resume: {
    summary: 'records are taken again',
    act: () => controlAct('alliance-resume', {}),
  },
  software: {
    summary: 'nodes must have this version --from a height on; also --module',
    target: 'VERSION',
    act: software,
  },
}

/** The act that the operands and options stand for. @throws CLI_*, OBJECT_NOT_FOUND */
export async function proposedAct(args: Arguments, client: Client): Promise<ControlAct> {
  const what = args.operand(0)
  const found = Object.hasOwn(proposable, what) ? proposable[what] : undefined
  if (!found) {
    const words = Object.keys(proposable).join(', ')
    throw fail('CLI_OPTION_INVALID', `${what}: propose one of ${words}.`)
  }
  const { target, act } = found
  if (target !== undefined && !args.operand(1)) {
    throw fail('CLI_OPERAND_MISSING', `${what} needs ${target} behind it.`)
  }
  if (target === undefined && args.operand(1)) {
    throw fail('CLI_OPERAND_UNEXPECTED', `"${args.operand(1)}" is one name too many.`)
  }
  return act(args, client)
}
