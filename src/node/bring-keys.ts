import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { CodedError, thumbprint } from '@openbsn/sdk'
import { readKeyFile, writeSecretFile } from '../crypto/key-file.ts'
import { storeFolder } from '../ledger/ledger-application.ts'
import { LedgerStore } from '../ledger/ledger-store.ts'
import { decidesAlone } from '../ledger/modules/validators.ts'
import { openStore } from '../storage/store.ts'
import { homePaths } from './create-home.ts'

/** Keys that lie beside the validator's, wrapped by the key-encryption key. */
const wrappedKeys = /^((operator|issuer)\.json|epoch-\d+\.key)$/

/**
 * Copies the validator's key, and what else there is of the operator's and the epoch's key and the
 * administrator's profile, into the data folder of the ledger that they belong to. `from` is a data
 * folder, or a folder with just these files.
 * @throws HOME_KEYS_MISSING, HOME_KEYS_FOREIGN, KEY_INVALID
 */
export async function bringKeys(from: string, home: string, ledger: string): Promise<void> {
  const paths = homePaths(home)
  const found = [homePaths(from).validatorKey, join(from, 'validator.json')]
  const keyFile = found.find((path) => existsSync(path))
  if (keyFile === undefined) {
    throw new CodedError('HOME_KEYS_MISSING', `There is no keys/validator.json in ${from}.`)
  }
  const kid = thumbprint(readKeyFile(keyFile).key)
  if (!(await isNextValidator(paths.ledger, kid))) {
    throw new CodedError('HOME_KEYS_FOREIGN', `${keyFile} is no validator of ${ledger} by now.`)
  }
  const profile = homePaths(from).profile
  const hasProfile = existsSync(profile)
  if (hasProfile && ledgerOf(profile) !== ledger) {
    throw new CodedError('HOME_KEYS_FOREIGN', `${profile} is of another ledger than ${ledger}.`)
  }
  mkdirSync(paths.keys, { recursive: true, mode: 0o700 })
  writeSecretFile(paths.validatorKey, readFileSync(keyFile, 'utf8'))
  const folder = dirname(keyFile)
  for (const name of readdirSync(folder).filter((one) => wrappedKeys.test(one))) {
    writeSecretFile(join(paths.keys, name), readFileSync(join(folder, name), 'utf8'))
  }
  if (hasProfile) writeSecretFile(paths.profile, readFileSync(profile, 'utf8'))
}

/** Whether the key signs the block that comes next. */
async function isNextValidator(folder: string, kid: Uint8Array): Promise<boolean> {
  const path = join(folder, storeFolder)
  const store = new LedgerStore(
    openStore({ folder: path, readOnly: true }, { onFailure: () => {} }),
  )
  try {
    return decidesAlone(store, kid, (store.headHeight() ?? 0) + 1)
  } finally {
    await store.close()
  }
}

function ledgerOf(profile: string): unknown {
  try {
    const value: unknown = JSON.parse(readFileSync(profile, 'utf8'))
    return typeof value === 'object' && value !== null && 'ledger' in value ? value.ledger : ''
  } catch {
    return undefined
  }
}
