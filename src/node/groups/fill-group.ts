import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { CodedError } from '@openbsn/sdk'
import { syncFolder } from '../../crypto/key-file.ts'
import { namePattern } from '../../ledger/modules/module.ts'
import { lockFolder } from '../../storage/folder-lock.ts'
import { groupHome, groupNames, groupsFolder } from '../environment.ts'
import { readNetwork } from '../network/network-file.ts'

export type GroupFolder = {
  /** The node's own data folder. */
  readonly home: string
  readonly name: string
  /** Where the CometBFT of the group shall be reached: `host:port`. */
  readonly listen: string
}

/**
 * Makes the data folder of a group in that of its node, which may run: all of it, or nothing.
 * @throws GROUP_NAME_INVALID, GROUP_EXISTS, GROUP_ADDRESS_TAKEN, STORE_IN_USE
 */
export async function fillGroup<T>(
  { home, name, listen }: GroupFolder,
  fill: (draft: string) => Promise<T>,
): Promise<T> {
  if (!namePattern.test(name)) {
    throw new CodedError('GROUP_NAME_INVALID', `${name}: a group has 2 to 63 of a-z, 0-9 and -.`)
  }
  const [folder, own] = [groupsFolder(home), groupHome(home, name)]
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const lock = lockFolder(join(folder, '.lock'))
  const draft = join(folder, `.${name}.new`)
  try {
    if (existsSync(own)) {
      throw new CodedError('GROUP_EXISTS', `This data folder has something of it: ${own}.`)
    }
    await requireAddress(home, listen)
    rmSync(draft, { recursive: true, force: true })
    const made = await fill(draft)
    renameSync(draft, own)
    syncFolder(folder)
    return made
  } finally {
    rmSync(draft, { recursive: true, force: true })
    lock.release()
  }
}

/** That nothing listens there, and nothing of this node is to. @throws GROUP_ADDRESS_TAKEN */
async function requireAddress(home: string, listen: string): Promise<void> {
  const port = Number(/\d+$/.exec(listen)?.[0])
  const homes = [home, ...groupNames(home).map((name) => groupHome(home, name))]
  const user = homes.find((one) => Number(/\d+$/.exec(readNetwork(one).listen)?.[0]) === port)
  if (user !== undefined) throw taken(listen, `${user} has that port already`)
  const host = listen.replace(/:\d+$/, '').replace(/^\[|\]$/g, '')
  await new Promise<void>((resolve, reject) => {
    const probe = createServer()
    probe.once('error', (cause) => reject(taken(listen, cause.message)))
    probe.listen({ host, port }, () => probe.close(() => resolve()))
  })
}

const taken = (listen: string, why: string) =>
  new CodedError('GROUP_ADDRESS_TAKEN', `--listen ${listen} cannot be had: ${why}.`)
