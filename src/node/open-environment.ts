import { existsSync } from 'node:fs'
import { CodedError, type Environment, type Signer } from '@openbsn/sdk'
import { readKeyFile } from '../crypto/key-file.ts'
import type { Metrics } from '../gateway/metrics.ts'
import { environmentOf, type ServedLedger } from '../gateway/served-ledger.ts'
import type { Clock } from '../kernel/clock.ts'
import { type OpenLedger, openLedger } from '../ledger/open-ledger.ts'
import { Projection } from '../ledger/projection/projection.ts'
import { credentialPolicy } from '../services/credential-module.ts'
import { homePaths } from './create-home.ts'
import { environmentHome } from './environment.ts'
import { modules } from './modules.ts'

export type EnvironmentOptions = {
  /** The data folder of the node. */
  readonly home: string
  readonly environment: Environment
  /** Threads that verify signatures. */
  readonly workers: number
  /** Entries that the index of acts keeps in memory; its own measure where absent. */
  readonly memtableEntries?: number
  readonly readOnly?: boolean
}

export type EnvironmentDeps = {
  readonly clock: Clock
  readonly metrics: Metrics
  readonly onFailure: (error: Error) => void
}

/** A ledger of the node with its lists, as the gateway serves it. */
export type OpenEnvironment = ServedLedger & {
  readonly ledger: OpenLedger
  close(): Promise<void>
}

/** @throws STORE_NEWER, STORE_DAMAGED, HOME_KEYS_MISSING */
export function openEnvironment(
  { home, environment, readOnly, ...options }: EnvironmentOptions,
  { clock, metrics, onFailure }: EnvironmentDeps,
): OpenEnvironment {
  const paths = homePaths(environmentHome(home, environment))
  const signer = readOnly ? undefined : readValidatorKey(paths.validatorKey)
  let isStopped = false
  const stop = (error: Error) => {
    isStopped = true
    onFailure(error)
  }
  const ledger = openLedger(
    { folder: paths.ledger, ...options },
    {
      clock,
      signer,
      modules,
      recordPolicy: credentialPolicy,
      onFailure: stop,
      onCommit: metrics.fsync,
      onBlock: ({ firstIndex }, entries) => projection.offer(firstIndex, entries),
    },
  )
  const size = () => ledger.head.firstIndex + ledger.head.count
  const source = { size, entriesFrom: (from: number) => ledger.store.entriesFrom(from) }
  const projection = new Projection({ folder: paths.projection }, { source, onFailure: stop })
  projection.advance().catch(() => undefined)
  const close = async () => {
    await projection.close()
    await ledger.close()
  }
  // What it is, wherever it lies: the backup of a sandbox may be served alone.
  const served = { ledger, entries: projection, environment: environmentOf({ ledger }) }
  return { ...served, isStopped: () => isStopped, close }
}

function readValidatorKey(path: string): Signer {
  if (existsSync(path)) return readKeyFile(path)
  const message = `${path} is missing: no block can be signed. Restore it, or read alone.`
  throw new CodedError('HOME_KEYS_MISSING', message)
}
