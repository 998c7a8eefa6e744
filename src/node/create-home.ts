import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { type Genesis, validator } from '@openbsn/sdk'
import { newStoredKey, signerOfStored, syncFolder, writeSecretFile } from '../crypto/key-file.ts'
import type { Clock } from '../kernel/clock.ts'
import { createLedger } from '../ledger/open-ledger.ts'
import { modules } from './modules.ts'

/** Where things lie in a data folder. */
export const homePaths = (home: string) => ({
  lock: join(home, 'node.lock'),
  ledger: join(home, 'ledger'),
  projection: join(home, 'projection'),
  usage: join(home, 'usage'),
  nonces: join(home, 'nonces'),
  gatewayDatabase: join(home, 'gateway.sqlite'),
  keys: join(home, 'keys'),
  validatorKey: join(home, 'keys', 'validator.json'),
  operatorKey: join(home, 'keys', 'operator.json'),
  profile: join(home, 'profile.json'),
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
  deps: { readonly clock: Clock; readonly onFailure: (error: Error) => void },
): Promise<void> {
  const paths = homePaths(home)
  mkdirSync(join(home, 'keys'), { recursive: true, mode: 0o700 })
  const member = newStoredKey()
  const block = newStoredKey()
  const genesis: Genesis = {
    name,
    time: deps.clock.nowSeconds(),
    nonce: randomBytes(16),
    member: { id: memberId, key: signerOfStored(member).key },
    validators: [validator(signerOfStored(block).key, 10)],
  }
  const draft = `${paths.ledger}.new`
  rmSync(draft, { recursive: true, force: true })
  const ledger = await createLedger(draft, genesis, { modules, onFailure: deps.onFailure })
  keepOld(paths.profile)
  keepOld(paths.validatorKey)
  // One of its own for this ledger is made when it is first needed.
  keepOld(paths.operatorKey)
  writeSecretFile(paths.validatorKey, `${JSON.stringify(block, null, 2)}\n`)
  const profile = {
    format: 'openbsn-profile-1',
    gateway,
    ledger,
    member: { id: memberId, ...member },
  }
  writeSecretFile(paths.profile, `${JSON.stringify(profile, null, 2)}\n`)
  renameSync(draft, paths.ledger)
  syncFolder(home)
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

/** Keeps the profile's address of the gateway true, whatever port it listens on this time. */
export function nameGateway(path: string, gateway: string): void {
  if (!existsSync(path)) return
  const profile: unknown = JSON.parse(readFileSync(path, 'utf8'))
  if (typeof profile !== 'object' || profile === null) return
  if ('gateway' in profile && profile.gateway === gateway) return
  writeSecretFile(path, `${JSON.stringify({ ...profile, gateway }, null, 2)}\n`)
}
