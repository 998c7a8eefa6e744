import type { ContractFunction } from '../contracts/abi.ts'

/** What contracts of Fabric take: nothing on a channel says it, but presets are known. */

type Row = {
  readonly name: string
  readonly inputs: readonly string[]
  readonly isRead?: boolean
  readonly pack?: ContractFunction['pack']
}

/** Both in one argument, as JSON. */
const pair: Pick<Row, 'inputs' | 'pack'> = {
  inputs: ['baseKey', 'baseValue'],
  pack: ([baseKey, baseValue]) => [JSON.stringify({ baseKey, baseValue })],
}

const presets: Readonly<Record<string, readonly Row[]>> = {
  'key-value': [
    { name: 'set', ...pair },
    { name: 'update', ...pair },
    { name: 'delete', inputs: ['baseKey'] },
    { name: 'get', inputs: ['baseKey'], isRead: true },
    { name: 'getHistory', inputs: ['baseKey'], isRead: true },
  ],
  evidence: [
    { name: 'add', inputs: ['id', 'digest', 'about'] },
    { name: 'get', inputs: ['id'], isRead: true },
    { name: 'check', inputs: ['id', 'digest'], isRead: true },
  ],
}

export const presetNames: readonly string[] = Object.keys(presets)
export const presetPackage = (name: string): string => `preset:${name}`

/** The functions of a package; undefined where it is no preset that this page knows. */
export function presetFunctions(packaged: string): readonly ContractFunction[] | undefined {
  const name = presetNames.find((one) => presetPackage(one) === packaged)
  return name === undefined ? undefined : presets[name]?.map(functionOf)
}

/** One of the node's own, which runs once for all services: not of a publisher's archive. */
export const isPreset = (packaged = '') => packaged.startsWith('preset:')

const functionOf = ({ inputs, isRead = false, ...row }: Row): ContractFunction => ({
  ...{ ...row, isRead, isPayable: false },
  inputs: inputs.map((name) => ({ name, type: 'string', components: [] })),
})

/** One that is called by a name that somebody typed, with a list of texts. */
export const anyFunction = (name: string, isRead: boolean): ContractFunction => ({
  ...{ name, isRead, isPayable: false },
  inputs: [{ name: 'arguments', type: 'string[]', components: [] }],
  pack: ([texts]) => (Array.isArray(texts) ? texts : [texts]),
})
