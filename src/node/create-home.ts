import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { type Environment, type Genesis, type PublicKey, validator } from '@openbsn/sdk'
import { newStoredKey, signerOfStored, syncFolder, writeSecretFile } from '../crypto/key-file.ts'
import type { Clock } from '../kernel/clock.ts'
import { createLedger } from '../ledger/open-ledger.ts'
import { environmentHome } from './environment.ts'
import { modules } from './modules.ts'

/** Where things lie in a data folder. */
export const homePaths = (home: string) => ({
  lock: join(home, 'node.lock'),
  ledger: join(home, 'ledger'),
  projection: join(home, 'projection'),
  usage: join(home, 'usage'),
  chains: join(home, 'chains'),
  evmDatabase: join(home, 'evm.sqlite'),
  fabric: join(home, 'fabric'),
  fabricDatabase: join(home, 'fabric.sqlite'),
  nonces: join(home, 'nonces'),
  gatewayDatabase: join(home, 'gateway.sqlite'),
  portalDatabase: join(home, 'portal.sqlite'),
  network: join(home, 'network'),
  keys: join(home, 'keys'),
  validatorKey: join(home, 'keys', 'validator.json'),
  operatorKey: join(home, 'keys', 'operator.json'),
  issuer: join(home, 'keys', 'issuer.json'),
  issuerBefore: join(home, 'keys', 'issuer-before.json'),
  gatewayCertificate: join(home, 'keys', 'gateway-tls.json'),
  profile: join(home, 'profile.json'),
  lastBackup: join(home, 'last-backup'),
})

/** The founding member of an alliance of one. */
const memberId = 'admin'

export type NewHome = {
  readonly home: string
  readonly name: string
  /** Address that the profile names. */
  readonly gateway: string
}

/**
 * Makes an alliance of one in an empty data folder: keys, genesis, the administrator's profile.
 * The ledger gets its name last, so that a start that was cut short begins again.
 */
export async function createHome(
  { home, name, gateway }: NewHome,
  deps: LedgerMaker,
): Promise<void> {
  const paths = homePaths(home)
  const member = newStoredKey()
  const founder = { id: memberId, key: signerOfStored(member).key }
  const made = await draftLedger({ home, name, environment: 'live', founder }, deps)
  const { ledger } = made
  keepOld(paths.profile)
  keepOld(paths.validatorKey)
  // One of its own for this ledger is made when it is first needed.
  keepOld(paths.operatorKey)
  writeSecretFile(paths.validatorKey, made.key)
  const profile = {
    format: 'openbsn-profile-1',
    gateway,
    ledger,
    member: { id: memberId, ...member },
  }
  writeSecretFile(paths.profile, `${JSON.stringify(profile, null, 2)}\n`)
  renameSync(`${paths.ledger}.new`, paths.ledger)
  syncFolder(home)
}

/**
 * Makes the sandbox beside the live ledger: a ledger of its own, with its own validator, for the
 * member of the profile. Without a profile that can be read there is nobody to found it.
 */
export async function createSandbox(
  { home, name }: Pick<NewHome, 'home' | 'name'>,
  deps: LedgerMaker,
): Promise<void> {
  const founder = founderOf(homePaths(home).profile)
  if (!founder) return
  const own = environmentHome(home, 'sandbox')
  const paths = homePaths(own)
  const { key } = await draftLedger({ home: own, name, environment: 'sandbox', founder }, deps)
  writeSecretFile(paths.validatorKey, key)
  // Lists of a sandbox that was dropped would show entries that this one never had.
  for (const list of [paths.projection, paths.usage]) rmSync(list, { recursive: true, force: true })
  renameSync(`${paths.ledger}.new`, paths.ledger)
  syncFolder(own)
}

export type LedgerMaker = { readonly clock: Clock; readonly onFailure: (error: Error) => void }
/** A ledger that is to be made. */
export type Draft = {
  readonly home: string
  readonly name: string
  readonly environment: Environment
  readonly founder: { readonly id: string; readonly key: PublicKey }
  /** Of a group: its alliance's root ledger. */
  readonly root?: string
}

/** A new ledger under a name that no node opens, and its validator's key as its file has it. */
export async function draftLedger(draft: Draft, deps: LedgerMaker) {
  const { home, name, environment, founder, root } = draft
  const paths = homePaths(home)
  mkdirSync(paths.keys, { recursive: true, mode: 0o700 })
  const block = newStoredKey()
  const genesis: Genesis = {
    name,
    environment,
    time: deps.clock.nowSeconds(),
    nonce: randomBytes(16),
    member: founder,
    validators: [validator(signerOfStored(block).key, 10)],
    ...(root === undefined ? {} : { root }),
  }
  const folder = `${paths.ledger}.new`
  rmSync(folder, { recursive: true, force: true })
  const ledger = await createLedger(folder, genesis, { modules, onFailure: deps.onFailure })
  return { ledger, key: `${JSON.stringify(block, null, 2)}\n` }
}

function founderOf(profile: string): Draft['founder'] | undefined {
  try {
    const { member } = JSON.parse(readFileSync(profile, 'utf8'))
    return { id: String(member.id), key: signerOfStored(member).key }
  } catch {
    return undefined
  }
}

/**
 * Keys of a ledger that is gone may be wanted when it is brought back. Names are not used again: a
 * start that was cut short leaves keys too.
 */
function keepOld(path: string): void {
  if (!existsSync(path)) return
  let count = 1
  while (existsSync(`${path}.old${count}`)) count++
  renameSync(path, `${path}.old${count}`)
}

/** What a profile says of the node: it may change from start to start. */
export type NodeFacts = { readonly gateway: string; readonly sandbox: string | undefined }

/** Keeps true what the profile says: where the gateway listens, and which ledger is the sandbox. */
export function nameNode(path: string, { gateway, sandbox }: NodeFacts): void {
  if (!existsSync(path)) return
  const text = readFileSync(path, 'utf8')
  const profile: unknown = JSON.parse(text)
  if (typeof profile !== 'object' || profile === null) return
  const { sandbox: _, ...kept } = { sandbox: undefined, ...profile }
  const named = sandbox === undefined ? {} : { sandbox: { ledger: sandbox } }
  const next = `${JSON.stringify({ ...kept, gateway, ...named }, null, 2)}\n`
  if (next !== text) writeSecretFile(path, next)
}
