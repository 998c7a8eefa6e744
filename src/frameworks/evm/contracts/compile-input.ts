import { CodedError } from '@openbsn/sdk'
import type { JsonObject, JsonValue } from '../../../kernel/json.ts'

/** Sources by file name, as Solidity's imports name them. */
export type CompileInput = {
  readonly sources: Readonly<Record<string, string>>
  /** `Name` or `file.sol:Name`; needed where the sources have several contracts. */
  readonly contract?: string
  readonly settings?: CompileSettings
}

export type CompileSettings = {
  readonly evmVersion?: string
  /** On, for 200 runs, where it is not said. */
  readonly optimizer?: { readonly enabled: boolean; readonly runs: number }
  readonly viaIR?: boolean
  /** Addresses of libraries that are on the chain, by `file.sol:Name`. */
  readonly libraries?: Readonly<Record<string, string>>
}

/** What contracts are compiled for where nobody says: the chains that are known all have it. */
export const defaultEvmVersion = 'prague'

/** OpenZeppelin's contracts need what came with Cancun. */
const evmVersions = ['paris', 'shanghai', 'cancun', 'prague', 'osaka']
const sourceBytesMax = 2 * 1024 * 1024
const filesMax = 500
const nameLengthMax = 200

const fileName = /^[\w@.-]+(?:\/[\w@.-]+)*$/
const contractName = /^(?:[^:]+:)?[A-Za-z_$][\w$]*$/

/**
 * What to compile, from JSON; unknown members are refused.
 * @throws ARGUMENT_INVALID, with the member in the message
 */
export function readCompileInput({ sources, contract, settings, ...rest }: JsonObject) {
  refuseStrange('', rest)
  const input: CompileInput = {
    sources: sourcesOf(sources),
    ...(contract === undefined ? {} : { contract: contractOf(contract) }),
    ...(settings === undefined ? {} : { settings: settingsOf(settings) }),
  }
  return input
}

function sourcesOf(value: JsonValue | undefined): Record<string, string> {
  const sources = objectOf('sources', value)
  const files = Object.entries(sources)
  if (files.length === 0 || files.length > filesMax) {
    throw invalid('sources', `1 to ${filesMax} files, each its text by its name`)
  }
  let bytes = 0
  const read = Object.fromEntries(
    files.map(([file, text]) => {
      requireFileName(file)
      if (typeof text !== 'string') throw invalid(`sources[${shown(file)}]`, 'it is a text')
      bytes += Buffer.byteLength(text)
      if (bytes > sourceBytesMax) throw invalid('sources', `more than ${sourceBytesMax} bytes`)
      return [file, text]
    }),
  )
  if (Object.values(read).every((text) => text.trim() === '')) {
    const [[only = ''] = [], ...more] = files
    throw invalid('sources', more.length > 0 ? 'all of them are empty' : `${shown(only)} is empty`)
  }
  return read
}

function requireFileName(file: string): void {
  const isPlain = file.length <= nameLengthMax && file.endsWith('.sol') && fileName.test(file)
  if (isPlain && file.split('/').every((part) => !/^\.+$/.test(part))) return
  throw invalid(`sources[${shown(file)}]`, 'a name is such as Coin.sol or tokens/Coin.sol')
}

function contractOf(value: JsonValue): string {
  const isName = typeof value === 'string' && value.length <= 2 * nameLengthMax
  if (isName && contractName.test(value)) return value
  throw invalid('contract', `${shown(value)} is none: write Name, or file.sol:Name`)
}

function settingsOf(value: JsonValue): CompileSettings {
  const { evmVersion, optimizer, viaIR, libraries, ...rest } = objectOf('settings', value)
  refuseStrange('settings.', rest)
  if (viaIR !== undefined && typeof viaIR !== 'boolean') {
    throw invalid('settings.viaIR', 'true or false')
  }
  return {
    ...(evmVersion === undefined ? {} : { evmVersion: evmVersionOf(evmVersion) }),
    ...(optimizer === undefined ? {} : { optimizer: optimizerOf(optimizer) }),
    ...(viaIR === undefined ? {} : { viaIR }),
    ...(libraries === undefined ? {} : { libraries: librariesOf(libraries) }),
  }
}

function evmVersionOf(value: JsonValue): string {
  if (typeof value === 'string' && evmVersions.includes(value)) return value
  throw invalid('settings.evmVersion', `one of ${evmVersions.join(', ')}`)
}

function optimizerOf(value: JsonValue) {
  const { enabled = true, runs = 200, ...rest } = objectOf('settings.optimizer', value)
  refuseStrange('settings.optimizer.', rest)
  if (typeof enabled !== 'boolean') throw invalid('settings.optimizer.enabled', 'true or false')
  const isCount = typeof runs === 'number' && Number.isInteger(runs) && runs >= 0
  if (isCount && runs <= 0xffff_ffff) return { enabled, runs }
  throw invalid('settings.optimizer.runs', 'a whole number of 32 bits')
}

function librariesOf(value: JsonValue): Record<string, string> {
  const entries = Object.entries(objectOf('settings.libraries', value))
  if (entries.length > filesMax) throw invalid('settings.libraries', `at most ${filesMax}`)
  return Object.fromEntries(
    entries.map(([name, address]) => {
      const at = `settings.libraries[${shown(name)}]`
      if (!/^[^:]+:[A-Za-z_$][\w$]*$/.test(name)) throw invalid(at, 'its name is file.sol:Name')
      if (typeof address !== 'string' || !/^0x[0-9a-fA-F]{40}$/.test(address)) {
        throw invalid(at, 'it is an address: 0x and 40 hexadecimal digits')
      }
      return [name, address.toLowerCase()]
    }),
  )
}

function objectOf(path: string, value: JsonValue | undefined): JsonObject {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value
  throw invalid(path, 'it is an object')
}

function refuseStrange(prefix: string, rest: JsonObject): void {
  const [strange] = Object.keys(rest)
  if (strange !== undefined) throw invalid(`${prefix}${shown(strange)}`, 'there is no such member')
}

function shown(value: JsonValue): string {
  const text = JSON.stringify(value)
  return text.length > 60 ? `${text.slice(0, 60)}…` : text
}

const invalid = (path: string, why: string) =>
  new CodedError('ARGUMENT_INVALID', `${path}: ${why}.`)
