import { basename, join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import type { ContractLog } from '@openbsn/sdk'
import { engineLogPath } from '../../../engines/engine-folder.ts'
import { readLog } from '../../../engines/read-log.ts'
import { fabricError } from '../errors.ts'
import type { HostLedger } from './host-ledger.ts'

export type ContractLogQuery = {
  readonly service: string
  readonly contract: string
  readonly linesMax: number
}

/** A line of a log that is longer is told in part. */
const lineLengthMax = 2000

export const presetPrefix = 'preset:'

/** The name of a package as one of a file. */
export const contractLabel = (name: string) => name.replace(':', '-')
export const enginesFolder = (folder: string) => join(folder, 'engines')
/** Where a node runs the contract of a package: for its log and the mark of its process. */
export const contractFolder = (folder: string, name: string) =>
  join(enginesFolder(folder), `contract-${contractLabel(name)}`)
export const isContractFolder = (path: string) => basename(path).startsWith('contract-')

/**
 * Undefined where the node has no such contract. A package runs once whatever services have it, so
 * its log is told where that is one service alone.
 * @throws CONTRACT_LOG_REFUSED
 */
export async function readContractLog(
  folder: string,
  { service, contract, linesMax }: ContractLogQuery,
  ledger: Pick<HostLedger, 'services'>,
): Promise<ContractLog | undefined> {
  const services = ledger.services()
  const own = services.find((one) => one.service === service)?.contracts ?? []
  const name = own.find((one) => one.name === contract)?.package
  if (name === undefined) return undefined
  const isOthers = services.some(
    (one) => one.service !== service && one.contracts.some((each) => each.package === name),
  )
  if (name.startsWith(presetPrefix) || isOthers) {
    const message = `The package of ${contract} may run for other services, too.`
    throw fabricError('CONTRACT_LOG_REFUSED', message)
  }
  const lines: string[] = []
  let isCut = false
  for await (const line of readLog(engineLogPath(contractFolder(folder, name)))) {
    // Colours are for terminals.
    lines.push(stripVTControlCharacters(line).slice(0, lineLengthMax))
    if (lines.length < 2 * linesMax) continue
    lines.splice(0, linesMax)
    isCut = true
  }
  return { lines: lines.slice(-linesMax), isCut: isCut || lines.length > linesMax }
}
