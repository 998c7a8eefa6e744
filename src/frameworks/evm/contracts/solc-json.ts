import { type CompileInput, defaultEvmVersion } from './compile-input.ts'
import type { CodeRange, WorkerContract } from './compiled-contract.ts'

/** solc's standard JSON, https://docs.soliditylang.org/en/latest/using-the-compiler.html. */
export type Output = {
  readonly errors?: readonly Problem[]
  readonly contracts?: Readonly<Record<string, Readonly<Record<string, OutputContract>>>>
}
type Problem = {
  readonly severity: 'error' | 'warning' | 'info'
  readonly type: string
  readonly message: string
  readonly sourceLocation?: { readonly file: string; readonly start: number }
}
type Code = {
  readonly object: string
  readonly linkReferences?: Readonly<Record<string, Readonly<Record<string, CodeRange[]>>>>
  readonly immutableReferences?: Readonly<Record<string, CodeRange[]>>
}
type OutputContract = {
  readonly abi: unknown
  readonly metadata?: string
  readonly evm?: { readonly bytecode?: Code; readonly deployedBytecode?: Code }
}

/** The text of a source, sent or imported. */
export type ReadSource = (file: string) => string | undefined

const problemsMax = 50
const problemLengthMax = 500

/** What solc is asked: code of the contract that is wanted alone, where one is named. */
export function settingsFor({ sources, contract, settings = {} }: CompileInput): object {
  const whole = ['abi', 'metadata', 'evm.bytecode.object', 'evm.bytecode.linkReferences']
  const deployed = ['object', 'linkReferences', 'immutableReferences']
  const all = [...whole, ...deployed.map((one) => `evm.deployedBytecode.${one}`)]
  const named = contract?.split(':').at(-1)
  const wanted = named === undefined ? { '*': all } : { '*': ['abi'], [named]: all }
  const { optimizer = { enabled: true, runs: 200 }, evmVersion = defaultEvmVersion } = settings
  return {
    language: 'Solidity',
    sources: Object.fromEntries(
      Object.entries(sources).map(([file, content]) => [file, { content }]),
    ),
    settings: {
      optimizer,
      evmVersion,
      ...(settings.viaIR === undefined ? {} : { viaIR: settings.viaIR }),
      libraries: librariesByFile(settings.libraries ?? {}),
      outputSelection: Object.fromEntries(Object.keys(sources).map((file) => [file, wanted])),
    },
  }
}

function librariesByFile(libraries: Readonly<Record<string, string>>) {
  const files: Record<string, Record<string, string>> = {}
  for (const [path, address] of Object.entries(libraries)) {
    const [file = '', name = ''] = path.split(':')
    files[file] = { ...files[file], [name]: address }
  }
  return files
}

type Found =
  | { readonly contract: Omit<WorkerContract, 'compiler' | 'packages'> }
  | { readonly kind: 'failed'; readonly problems: readonly string[] }
  | { readonly kind: 'choose'; readonly message: string }

/** The contract that is wanted, or why there is none. */
export function contractIn(output: Output, input: CompileInput, read: ReadSource): Found {
  const problems = output.errors ?? []
  const shown = (some: readonly Problem[], severities: readonly Problem['severity'][]) =>
    some
      .filter(({ severity }) => severities.includes(severity))
      .slice(0, problemsMax)
      .map((one) => textOf(one, read))
  const errors = shown(problems, ['error'])
  if (errors.length > 0) return { kind: 'failed', problems: errors }
  const chosen = choose(output, input)
  if (typeof chosen === 'string') return { kind: 'choose', message: chosen }
  // Whoever sent the sources cannot mend what packages are warned of.
  const own = problems.filter(({ sourceLocation: place }) => !place || place.file in input.sources)
  return { contract: { ...chosen, warnings: shown(own, ['warning', 'info']) } }
}

function choose(output: Output, { contract: wanted }: CompileInput) {
  const all = Object.entries(output.contracts ?? {}).flatMap(([file, contracts]) =>
    Object.entries(contracts).map(([name, contract]) => ({ file, name, contract })),
  )
  const isWanted = ({ file, name }: (typeof all)[number]) =>
    wanted === undefined || wanted === name || wanted === `${file}:${name}`
  const named = all.filter(isWanted)
  const whole = named.filter(({ contract }) => contract.evm?.bytecode?.object)
  const [only] = whole
  if (only && whole.length === 1) return contractOf(only)
  const names = (whole.length > 0 ? whole : all).map(({ file, name }) => `${file}:${name}`)
  const listed = names.slice(0, problemsMax).join(', ') || 'none'
  if (whole.length > 1) return `contract: say which of ${listed}.`
  if (named.length === 0)
    return `contract: there is no ${wanted ?? 'contract'}; there is ${listed}.`
  return `contract: ${listed} has no code of its own, as abstract contracts and interfaces.`
}

type Chosen = { readonly file: string; readonly name: string; readonly contract: OutputContract }

function contractOf({ file, name, contract }: Chosen) {
  const { bytecode, deployedBytecode } = contract.evm ?? {}
  const links = Object.values(deployedBytecode?.linkReferences ?? {}).flatMap((one) =>
    Object.values(one).flat(),
  )
  return {
    file,
    name,
    abi: contract.abi,
    bytecode: `0x${bytecode?.object ?? ''}` as const,
    deployedBytecode: `0x${zeroed(deployedBytecode?.object ?? '', links)}` as const,
    immutableReferences: Object.values(deployedBytecode?.immutableReferences ?? {}).flat(),
    libraryReferences: links,
    metadata: contract.metadata ?? '',
  }
}

function zeroed(code: string, ranges: readonly CodeRange[]): string {
  return ranges.reduce(
    (text, { start, length }) =>
      text.slice(0, 2 * start) + '0'.repeat(2 * length) + text.slice(2 * (start + length)),
    code,
  )
}

/** `file:line:column: Kind: text`; columns in characters from 1. */
function textOf({ type, message, sourceLocation }: Problem, read: ReadSource): string {
  const text = `${type}: ${message}`.replaceAll(/\s+/g, ' ').slice(0, problemLengthMax)
  if (!sourceLocation) return text
  const { file, start } = sourceLocation
  const source = read(file)
  if (source === undefined || start < 0) return `${file}: ${text}`
  // solc counts bytes.
  const lines = Buffer.from(source).subarray(0, start).toString('utf8').split('\n')
  const column = [...(lines.at(-1) ?? '')].length + 1
  return `${file}:${lines.length}:${column}: ${text}`
}
