import { createHash } from 'node:crypto'
import { lstat, mkdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Program } from '../../../engines/guarded-child.ts'
import type { Isolation } from '../../../engines/isolation.ts'
import { evmError } from '../errors.ts'

export type AnvilOptions = {
  /** The program. */
  readonly anvil: string
  readonly isolation: Isolation | undefined
  readonly chainId: number
  readonly gasLimit: number
  /** Folder of the chain. */
  readonly folder: string
  readonly socket: string
  /** File with the state to begin from; from nothing where absent. */
  readonly state: string | undefined
}

/** For one execution: what it asks for beyond is out of gas to it. */
const evmMemoryBytesMax = 128 * 1024 * 1024
/** What one chain has to compute shall not take the processor from those that answer for all. */
const patience = ['nice', '-n', '10']
/**
 * States of so many blocks can be asked about; each takes memory. Measured: after 1,200 transfers
 * of an ERC-20 token the engine takes 164 MB with 256 of them, 79 MB with 64, 56 MB with 16.
 */
const statesMax = 64

/**
 * How anvil is run: over a Unix socket in a folder of ours. It listens for TCP whatever it is told,
 * and whoever reaches that port could change the chain at will. So it gets a network of its own
 * where the system has that, and else a port of loopback that nobody is told.
 */
export function anvilProgram(options: AnvilOptions): Program {
  const { anvil, isolation, folder, state } = options
  // In a network of its own there is no 127.0.0.1, and nobody else at any address.
  const host = isolation ? ['--host', '0.0.0.0', '--port', '8545'] : ['--port', '0']
  const [path = 'nice', ...before] = [...(isolation ?? []), ...patience, anvil]
  const args = [
    ...['--quiet', ...host, '--no-cors', '--no-mining', '--ipc', options.socket],
    ...['--chain-id', String(options.chainId), '--gas-limit', String(options.gasLimit)],
    ...['--memory-limit', String(evmMemoryBytesMax), '--prune-history', String(statesMax)],
    ...['--cache-path', join(folder, 'cache')],
    ...(state === undefined ? [] : ['--load-state', state]),
  ]
  // Without a home of its own it would write into that of the user.
  return { path, args: [...before, ...args], cwd: folder, env: { HOME: folder } }
}

/** What the system allows for the path of a socket, with the byte at its end. */
const socketPathBytesMax = 103

/**
 * Where the socket of a chain lies: in its folder, or where that path is too long, in a folder of
 * this user among the temporary files. What an earlier run left is removed.
 * @throws CHAIN_UNAVAILABLE where somebody else has that folder
 */
export async function makeSocketPath(folder: string): Promise<string> {
  const own = join(folder, 'ipc')
  if (Buffer.byteLength(own) <= socketPathBytesMax) {
    await rm(own, { force: true })
    return own
  }
  const name = createHash('sha256').update(folder).digest('hex').slice(0, 24)
  const short = join(tmpdir(), `bsn-evm-${name}`)
  await mkdir(short, { mode: 0o700 }).catch(() => undefined)
  const { uid, mode } = await lstat(short)
  if (uid !== process.getuid?.() || (mode & 0o077) !== 0) {
    throw evmError('CHAIN_UNAVAILABLE', `${short} is not a folder of this user alone.`)
  }
  await rm(join(short, 'ipc'), { force: true })
  return join(short, 'ipc')
}
