import { access, constants, stat, statfs } from 'node:fs/promises'
import { createServer } from 'node:net'
import { dirname } from 'node:path'
import { createGatewayFetch, isCodedError } from '@openbsn/sdk'
import { engineRecipes } from '../../engines/recipes.ts'
import type { Clock } from '../../kernel/clock.ts'
import type { JsonObject } from '../../kernel/json.ts'
import { groupHome, groupNames } from '../../node/environment.ts'
import { readNetwork } from '../../node/network/network-file.ts'
import type { Cli } from '../command.ts'
import { askGateway } from '../connection.ts'
import { engineVariable, findEngineFor } from '../engine-places.ts'
import { profilePath, readProfile } from '../profile.ts'
import { checkCertificates } from './certificates.ts'
import type { Finding } from './finding.ts'

/** One check by its name. */
export type Check = Finding & { readonly name: string }

export type DoctorOptions = {
  readonly home: string
  readonly port: number
  /** Address of the gateway to ask; the profile's where absent. */
  readonly gateway: string | undefined
  /** Certificates are looked at as if it were then, in seconds since 1970; now where absent. */
  readonly at: number | undefined
  /** The environment, in which engines of the operator's own are named. */
  readonly env: Cli['env']
}

/** Runs every check, whatever the ones before found. */
export async function runChecks(options: DoctorOptions, clock: Clock): Promise<Check[]> {
  const profile = await readProfile(options.home).catch(() => undefined)
  const gateway = options.gateway ?? profile?.gateway
  const ledger = profile?.ledger
  const known = gateway === undefined ? undefined : { gateway, ledger }
  const checks: [string, () => Promise<Finding>][] = [
    ['Node', checkNode],
    ['native modules', checkNative],
    ['clock', () => checkClock(clock, known)],
    ['data folder', () => checkFolder(options.home)],
    ['free disk', () => checkDisk(options.home)],
    ['profile', () => checkProfile(options.home)],
    ['member key', () => checkMemberKey(options.home, known)],
    ['groups', () => checkGroups(options.home)],
    ['port', () => checkPort(options.port, gateway)],
    ['gateway', () => checkGateway(known)],
    ['certificate', () => checkCertificate(options.at, clock, known)],
    ['block time', () => checkBlockTime(clock, known)],
    ['engines', () => checkEngines(options.env)],
  ]
  const found: Check[] = []
  for (const [name, check] of checks) found.push({ name, ...(await check().catch(failed)) })
  return found
}

function failed(error: unknown): Finding {
  return { level: 'failed', detail: error instanceof Error ? error.message : String(error) }
}

/** A gateway, and the ledger by which its certificate may be trusted. */
type Known = { readonly gateway: string; readonly ledger: string | undefined }

async function checkCertificate(
  rehearsed: number | undefined,
  clock: Clock,
  known: Known | undefined,
): Promise<Finding> {
  if (!known) return { level: 'ok', detail: 'no gateway to ask' }
  const at = rehearsed ?? clock.nowSeconds()
  const isRehearsal = rehearsed !== undefined
  return checkCertificates({ ...known, at, isRehearsal, timeoutMs: answerTimeoutMs })
}

async function checkNode(): Promise<Finding> {
  const detail = `${process.version} at ${process.execPath}`
  if (Number(process.versions.node.split('.')[0]) >= 24) return { level: 'ok', detail }
  const remedy = 'Start by bin/bsn or npm start: they bring Node 24 along.'
  return { level: 'failed', detail: `${detail}; 24 is needed`, remedy }
}

async function checkNative(): Promise<Finding> {
  const names = ['lmdb', 'sodium-native']
  for (const name of names) {
    try {
      await import(name)
    } catch (error) {
      const remedy = 'Run npm ci; on an unusual platform, npm rebuild.'
      return { level: 'failed', detail: `${name}: ${failed(error).detail}`, remedy }
    }
  }
  return { level: 'ok', detail: `${names.join(' and ')} load` }
}

/** When this was written; a clock before it is wrong. */
const writtenSeconds = Date.UTC(2026, 10, 1) / 1000
/** Half of what a statement may be ahead of a ledger's time (`limits.clockSkewMax`). */
const skewSecondsMax = 300

async function checkClock(clock: Clock, known: Known | undefined): Promise<Finding> {
  const now = clock.nowSeconds()
  const shown = new Date(now * 1000).toISOString()
  const remedy = 'Set the clock, and keep it by NTP: statements carry the time.'
  if (now < writtenSeconds) return { level: 'failed', detail: `${shown} lies in the past`, remedy }
  const skew = known && (await skewSeconds(known, clock))
  if (skew === undefined) return { level: 'ok', detail: shown }
  if (Math.abs(skew) <= skewSecondsMax) {
    return { level: 'ok', detail: `${shown}, ${skew} s from the gateway's` }
  }
  return { level: 'failed', detail: `${skew} s from the gateway's clock`, remedy }
}

/** A program that takes connections and says nothing is no gateway. */
const answerTimeoutMs = 3000

async function skewSeconds({ gateway, ledger }: Known, clock: Clock): Promise<number | undefined> {
  const signal = AbortSignal.timeout(answerTimeoutMs)
  const doFetch = ledger === undefined ? fetch : createGatewayFetch({ ledger })
  const response = await doFetch(`${gateway}/livez`, { signal }).catch(() => undefined)
  const date = Date.parse(response?.headers.get('date') ?? '')
  return Number.isNaN(date) ? undefined : Math.round(clock.nowSeconds() - date / 1000)
}

async function checkFolder(home: string): Promise<Finding> {
  const folder = await stat(home).catch(() => undefined)
  if (!folder) {
    await access(await existingParent(home), constants.W_OK)
    return { level: 'ok', detail: `${home} can be made` }
  }
  await access(home, constants.R_OK | constants.W_OK)
  const isOpen = process.platform !== 'win32' && (folder.mode & 0o022) !== 0
  if (!isOpen) return { level: 'ok', detail: home }
  const remedy = `Run chmod go-w ${home}`
  return { level: 'warning', detail: `others may write to ${home}`, remedy }
}

/** The folder itself, or the nearest above that exists. */
async function existingParent(path: string): Promise<string> {
  for (let folder = path; ; folder = dirname(folder)) {
    const found = await stat(folder).catch(() => undefined)
    if (found?.isDirectory() || folder === dirname(folder)) return folder
  }
}

/** Enough for some millions of entries; below it, look for space in time. */
const freeBytesMin = 2 * 1024 ** 3

async function checkDisk(home: string): Promise<Finding> {
  const { bavail, bsize } = await statfs(await existingParent(home))
  const free = bavail * bsize
  const detail = `${(free / 1024 ** 3).toFixed(1)} GiB free`
  if (free >= freeBytesMin) return { level: 'ok', detail }
  const remedy = 'Make room, or move the data folder: a full disk stops the ledger.'
  return { level: 'warning', detail, remedy }
}

async function checkProfile(home: string): Promise<Finding> {
  try {
    const { ledger, member } = await readProfile(home)
    return { level: 'ok', detail: `${member.id} of ${ledger}, readable by its owner alone` }
  } catch (error) {
    if (!isCodedError(error)) throw error
    const isAbsent = error.code === 'PROFILE_NOT_FOUND'
    const remedy = isAbsent ? 'bsn up makes it.' : `See ${profilePath(home)}.`
    return { level: isAbsent ? 'warning' : 'failed', detail: error.message, remedy }
  }
}

/** Each group lies in the data folder as a ledger of its own. */
async function checkGroups(home: string): Promise<Finding> {
  const kept = groupNames(home).map((name) => {
    const { start, listen } = readNetwork(groupHome(home, name))
    return `${name} (${start.ledger}, other nodes at ${listen})`
  })
  return { level: 'ok', detail: kept.length === 0 ? 'none is kept here' : kept.join('; ') }
}

async function checkPort(port: number, gateway: string | undefined): Promise<Finding> {
  if (await isFree(port)) return { level: 'ok', detail: `${port} is free` }
  const address = `http://127.0.0.1:${port}`
  const isOurs = await askGateway(address, '/version', { timeoutMs: answerTimeoutMs }).then(
    ({ status }) => status === 200,
    () => false,
  )
  if (isOurs) return { level: 'ok', detail: `${port} is served by an OpenBSN gateway` }
  const other = gateway === undefined || gateway === address ? '' : ` (the gateway is ${gateway})`
  const remedy = 'Stop it, or start with bsn up --port N.'
  return { level: 'failed', detail: `${port} is taken by another program${other}`, remedy }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen({ port, host: '127.0.0.1' }, () => server.close(() => resolve(true)))
  })
}

async function checkGateway(known: Known | undefined): Promise<Finding> {
  if (!known) return { level: 'warning', detail: 'none is known yet' }
  const { gateway, ledger } = known
  const ask = (path: string) =>
    askGateway(gateway, path, { ledger, timeoutMs: answerTimeoutMs }).catch(() => undefined)
  const verbose = await ask('/readyz?verbose')
  // What was checked is told on the machine's own loopback alone.
  const answer = verbose?.status === 403 ? await ask('/readyz') : verbose
  if (!answer) {
    return { level: 'warning', detail: `${gateway} does not answer`, remedy: 'Start it: bsn up' }
  }
  if (answer.status === 200) return { level: 'ok', detail: `${gateway} is ready` }
  const detail = `${gateway} is not ready: ${JSON.stringify(answer.body)}`
  return { level: 'failed', detail, remedy: 'Look at its log.' }
}

/** Who is alone has it on the node; where several vote, a stolen node is to have no vote. */
async function checkMemberKey(home: string, known: Known | undefined): Promise<Finding> {
  if (!known?.ledger) return { level: 'ok', detail: 'no profile has one' }
  const { gateway, ledger } = known
  const path = `/api/v1/ledgers/${ledger}/alliance`
  const { members } = await askGateway(gateway, path, { ledger, timeoutMs: answerTimeoutMs }).then(
    ({ body }) => body,
    (): JsonObject => ({}),
  )
  const count = Array.isArray(members) ? members.length : 0
  if (count < 2) return { level: 'ok', detail: 'no other member votes, as far as is known' }
  return {
    level: 'warning',
    detail: `${profilePath(home)} has a key in the clear that votes; ${count} members do`,
    remedy: 'Have one elsewhere (bsn alliance key, add-key), and move the profile there, too.',
  }
}

/** Block time is what validators see: it is never later than now, but for a clock that is off. */
async function checkBlockTime(clock: Clock, known: Known | undefined): Promise<Finding> {
  if (!known) return { level: 'ok', detail: 'no gateway to ask' }
  const { gateway, ledger } = known
  const ask = (path: string): Promise<JsonObject> =>
    askGateway(gateway, path, { ledger, timeoutMs: answerTimeoutMs }).then(
      ({ body }) => body,
      () => ({}),
    )
  const [ready, listed] = [await ask('/readyz?verbose'), await ask('/api/v1/ledgers')]
  const remedy = 'Set the clock of the machine, and keep it by NTP.'
  const found = objectsIn(ready.checks).find(({ warning, name }) => warning && name === 'clock')
  if (found) return { level: 'warning', detail: `the node is ${String(found.detail)}`, remedy }
  for (const { id } of objectsIn(listed.ledgers)) {
    const { time } = await ask(`/api/v1/ledgers/${String(id)}`)
    const ahead = Number(time) - clock.nowSeconds()
    if (!(ahead > blockAheadSecondsMax)) continue
    return { level: 'warning', detail: `the last block is of ${ahead} s from now`, remedy }
  }
  return { level: 'ok', detail: 'no block is of a later time than now' }
}

const blockAheadSecondsMax = 5
const objectsIn = (value: unknown) => (Array.isArray(value) ? value : []) as readonly JsonObject[]

/** A node by itself needs none of them: what is missing is no fault, what is unusable is one. */
async function checkEngines(env: Cli['env']): Promise<Finding> {
  const found: string[] = []
  for (const recipe of Object.values(engineRecipes)) {
    const { name } = recipe
    try {
      const { version, path } = await findEngineFor(recipe, env)
      found.push(`${name} ${version} at ${path}`)
    } catch (error) {
      if (!isCodedError(error)) throw error
      const isMissing = error.code === 'ENGINE_MISSING' && !env[engineVariable(name)]
      const remedy = `Look at ${engineVariable(name)}, or run bsn engine install ${name} --force`
      if (!isMissing) return { level: 'warning', detail: error.message, remedy }
      found.push(`${name} is not installed: it is for ${recipe.about}`)
    }
  }
  return { level: 'ok', detail: found.join('; ') }
}
