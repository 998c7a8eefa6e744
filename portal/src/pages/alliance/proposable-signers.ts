import {
  addValidator,
  type CborMap,
  controlAct,
  decodeCoseKey,
  encodeCbor,
  equalBytes,
  fromHex,
  latestValidators,
  type NodeObject,
  nodeAsValidator,
  removeValidator,
  toHex,
  type Validator,
  validator,
} from '@openbsn/sdk'
import { checkWhole } from '../../parts/form-checks.ts'
import { shortId } from '../../parts/short-id.ts'
import {
  type ActField,
  type AllianceNow,
  keyField,
  keyOf,
  type Proposable,
  type Texts,
  textOf,
} from './act-form.ts'
import { certificatesIn, certificatesText, checkCertificates } from './certificate-pem.ts'

/** Who signs blocks, and who issues certificates. */

export const activeNodes = (nodes: readonly NodeObject[]) =>
  nodes.filter(({ status }) => status === 'active').map(({ id }) => id)

export const nodeField = (options: readonly string[], initial = options[0]): ActField => {
  return { name: 'node', options, initial: initial ?? '' }
}

/** What a validator has at most. */
const power: ActField = { name: 'power', check: checkWhole({ least: 1, most: 2 ** 31 }) }

/** Names of active nodes that have a key for blocks. */
const nodesWithKey = ({ nodes }: AllianceNow) =>
  activeNodes(nodes.filter((one) => one.validator !== undefined))

const kidsOf = ({ validators }: AllianceNow) => latestValidators(validators).map(({ kid }) => kid)

/** Of them those that are validators now. */
function validatorNodes(now: AllianceNow): readonly string[] {
  const kids = new Set(kidsOf(now).map(toHex))
  return now.nodes.flatMap(({ id, validator: kid }) =>
    kid !== undefined && kids.has(kid) ? [id] : [],
  )
}

/** Whether consensus is by several nodes, whose validators all have a key for it. */
const isNetwork = ({ validators }: AllianceNow) =>
  latestValidators(validators).every(({ consensusKey }) => consensusKey !== undefined)

async function ownOf(texts: Texts, { read }: AllianceNow): Promise<Validator | undefined> {
  const facts = await read(`node/${textOf(texts, 'node')}`)
  return facts && nodeAsValidator(facts, Number(texts.power ?? 1))
}

function isSame(object: CborMap, own: Validator): boolean {
  const present = latestValidators(object).find(({ kid }) => equalBytes(kid, own.kid))
  return present?.power === own.power
}

const added = (object: CborMap, own: Validator) =>
  isSame(object, own) ? undefined : addValidator(object, own)

export const proposableSigners = {
  promote: {
    fields: (now) => {
      const [options, present] = [nodesWithKey(now), validatorNodes(now)]
      // Whoever is none yet comes first; of the others the power can be changed.
      const first = options.find((one) => !present.includes(one))
      return [nodeField(options, first), { ...power, initial: '10' }]
    },
    target: 'node',
    act: async (texts, now) => {
      const own = await ownOf(texts, now)
      return own && added(now.validators, own)
    },
    isOffered: (now) => isNetwork(now) && nodesWithKey(now).length > 0,
  },
  demote: {
    fields: (now) => [nodeField(validatorNodes(now))],
    target: 'node',
    act: async (texts, now) => {
      const own = await ownOf(texts, now)
      return own && removeValidator(now.validators, own)
    },
    isOffered: (now) => isNetwork(now) && validatorNodes(now).length > 1,
  },
  'add-validator': {
    fields: () => [keyField, { ...power, initial: '1' }],
    act: (texts, { validators }) =>
      added(validators, validator(decodeCoseKey(keyOf(texts)), Number(texts.power))),
    isOffered: (now) => !isNetwork(now),
  },
  'remove-validator': {
    fields: (now) => {
      const options = kidsOf(now).map(toHex)
      const labels = Object.fromEntries(options.map((one) => [one, nameOf(one, now.nodes)]))
      return [{ name: 'validator', options, labels, initial: options.at(-1) ?? '' }]
    },
    act: (texts, { validators }) =>
      removeValidator(validators, { kid: fromHex(textOf(texts, 'validator')) ?? new Uint8Array() }),
    isOffered: (now) => !isNetwork(now) && kidsOf(now).length > 1,
  },
} as const satisfies Record<string, Proposable>

/** A validator by its thumbprint: the node that has its key, or the key in brief. */
export function nameOf(kid: string, nodes: readonly NodeObject[]): string {
  return nodes.find((one) => one.validator === kid)?.id ?? shortId(kid)
}

/** The certificates in the state's object. */
export function rootsOf(roots: CborMap): readonly Uint8Array[] {
  const list = roots.get('roots')
  return (Array.isArray(list) ? list : []).flatMap((one) =>
    one instanceof Uint8Array ? [one] : [],
  )
}

export const proposableRoots: Proposable = {
  fields: ({ nodes, roots }) => {
    const [options, issuer] = [activeNodes(nodes), roots.get('issuer')]
    const initial = options.find((one) => one === issuer)
    const text = certificatesText(rootsOf(roots))
    const field = { name: 'roots', check: checkCertificates, isLong: true }
    return [nodeField(options, initial), { ...field, initial: text }]
  },
  target: 'node',
  act: (texts, { roots }) => {
    const issuer = textOf(texts, 'node')
    const list = certificatesIn(textOf(texts, 'roots')) ?? []
    const isWhole = equalBytes(encodeCbor(list), encodeCbor([...rootsOf(roots)]))
    if (isWhole && roots.get('issuer') === issuer) return undefined
    const expect = Number(roots.get('version') ?? 0)
    return controlAct('alliance-roots', { expect, issuer, roots: list })
  },
  isOffered: ({ nodes }) => activeNodes(nodes).length > 0,
}
