import { readFileSync, type Stats, statSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, isAbsolute, join, resolve } from 'node:path'
import type { JsonValue } from '../../kernel/json.ts'
import { fail } from '../fail.ts'
import { parsing } from '../stored-json.ts'

/** What an option counts as where it is not on the command line, and who says so. */
export type Setting = {
  /** As the option is called. */
  readonly name: string
  readonly value: string
  /** The variable of the environment that says the same, and counts before any file. */
  readonly variable: string
  /** `environment`, or the path of a file. */
  readonly origin: string
}

type SettingRule = {
  /** A relative path in a file is one from the file's own folder. */
  readonly isPath?: true
  /** Whatever folder somebody stands in shall not say how a server listens or whom it trusts. */
  readonly isOfUser?: true
}

/** Every option that may be set once for all: each that has a variable `BSN_…`. */
export const settingRules: Readonly<Record<string, SettingRule>> = {
  home: { isPath: true },
  gateway: {},
  ledger: {},
  environment: {},
  group: {},
  credential: { isPath: true },
  user: { isPath: true },
  kek: { isPath: true, isOfUser: true },
  port: { isOfUser: true },
  host: { isOfUser: true },
  address: { isOfUser: true },
  listen: { isOfUser: true },
  external: { isOfUser: true },
  'tls-cert': { isPath: true, isOfUser: true },
  'tls-key': { isPath: true, isOfUser: true },
  'webhook-allow': { isOfUser: true },
  chains: { isPath: true, isOfUser: true },
  'oidc-issuer': { isOfUser: true },
  'oidc-client': { isOfUser: true },
  'oidc-secret-file': { isPath: true, isOfUser: true },
}

/** Such as BSN_TLS_CERT of tls-cert. */
export const variableOf = (name: string) => `BSN_${name.toUpperCase().replaceAll('-', '_')}`

export type Environment = Readonly<Record<string, string | undefined>>

/** The files that are read, the one that counts first in front; they need not be there. */
export type SettingFiles = { readonly project: string | undefined; readonly user: string }

const projectName = 'bsn.json'

/** The nearest bsn.json from `folder` up, and the one of the user (XDG Base Directory 0.8). */
export function settingFiles(env: Environment, folder: string): SettingFiles {
  const given = env.XDG_CONFIG_HOME
  // By the specification, a relative one is no folder at all.
  const base =
    given !== undefined && isAbsolute(given) ? given : join(env.HOME || homedir(), '.config')
  return { project: projectFile(folder), user: join(base, 'bsn/config.json') }
}

function projectFile(folder: string): string | undefined {
  for (let at = folder; ; at = dirname(at)) {
    const path = join(at, projectName)
    if (isOwn(statOf(path))) return path
    if (at === dirname(at)) return undefined
  }
}

/** What somebody else put into a folder above says nothing to this user. */
function isOwn(stats: Stats | undefined): stats is Stats {
  return stats?.isFile() === true && [0, process.getuid?.() ?? stats.uid].includes(stats.uid)
}

/** Undefined also where the way there is closed, or goes through a file. */
function statOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false })
  } catch {
    return undefined
  }
}

/** All that is set, each by what counts first: environment, project file, user's file. */
export function readSettings(env: Environment, files: SettingFiles): Setting[] {
  const { project, user } = files
  const ofProject = project === undefined ? [] : settingsIn(project, { isOfUser: false })
  const ofUser = statOf(user)?.isFile() ? settingsIn(user, { isOfUser: true }) : []
  return Object.keys(settingRules).flatMap((name) => {
    const variable = variableOf(name)
    const said = env[variable] || undefined
    if (said !== undefined) return [{ name, value: said, variable, origin: 'environment' }]
    return [...ofProject, ...ofUser].find((one) => one.name === name) ?? []
  })
}

const fileBytesMax = 64 * 1024

/** @throws CONFIG_INVALID */
function settingsIn(path: string, file: { readonly isOfUser: boolean }): Setting[] {
  return parsing('CONFIG_INVALID', path, textOf(path), (document) =>
    Object.entries(document).map(([name, value]) => {
      const rule = Object.hasOwn(settingRules, name) ? settingRules[name] : undefined
      if (!rule) throw wrong(name, `is none of ${Object.keys(settingRules).join(', ')}`)
      if (rule.isOfUser && !file.isOfUser) {
        throw wrong(name, "belongs into the user's file, or on the command line")
      }
      const said = settingText(name, value)
      const isRelative = rule.isPath === true
      const text = isRelative ? resolve(dirname(path), inHome(said)) : said
      return { name, value: text, variable: variableOf(name), origin: path }
    }),
  )
}

function textOf(path: string): string {
  try {
    if ((statOf(path)?.size ?? 0) <= fileBytesMax) return readFileSync(path, 'utf8')
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code
    throw fail('CONFIG_INVALID', `${path} cannot be read: ${code}.`, { cause })
  }
  throw fail('CONFIG_INVALID', `${path} is longer than ${fileBytesMax} bytes.`)
}

function settingText(name: string, value: JsonValue | undefined): string {
  if (typeof value === 'string' && value !== '') return value
  if (typeof value === 'number' && Number.isSafeInteger(value)) return String(value)
  throw wrong(name, 'needs a text or a whole number')
}

/** As a shell has it. */
const inHome = (path: string) => path.replace(/^~(?=\/|$)/, homedir())

const wrong = (name: string, why: string) => fail('CONFIG_INVALID', `"${name}" ${why}.`)

/** The environment with what files say added, where it says nothing itself. */
export function withSettings(env: Environment, settings: readonly Setting[]): Environment {
  return { ...env, ...Object.fromEntries(settings.map(({ variable, value }) => [variable, value])) }
}
