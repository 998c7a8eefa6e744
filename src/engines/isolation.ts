import { runProgram } from './run-program.ts'

/** What a program is started with so that it has a network of its own, which nobody reaches. */
export type Isolation = readonly string[]

/** As root, and as anybody else where the system lets users have namespaces. */
const ways: readonly Isolation[] = [
  ['unshare', '--net', '--'],
  ['unshare', '--user', '--map-current-user', '--net', '--'],
]
const tryTimeoutMs = 5000

/**
 * The words in front of a program that take the network away from it, tried out; undefined where
 * the system has no such way. Sockets in the file system work all the same.
 */
export async function findIsolation(): Promise<Isolation | undefined> {
  if (process.platform !== 'linux') return undefined
  for (const way of ways) {
    const [path = '', ...args] = way
    const { code } = await runProgram(
      { path, args: [...args, 'true'] },
      { timeoutMs: tryTimeoutMs },
    )
    if (code === 0) return way
  }
  return undefined
}
