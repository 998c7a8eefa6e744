import { createHash } from 'node:crypto'
import type { Program } from '../../../engines/guarded-child.ts'
import { runProgram } from '../../../engines/run-program.ts'
import { enclosureScript } from './enclosure-script.ts'

/** How far the system lets programs of others be kept in, the best first. */
export type EnclosureMeans =
  /** A file system, processes and a network of their own, without any right; and the limits. */
  | 'namespaces'
  /** Limits on memory, files and processor; the program has the rights of this process. */
  | 'limits'
  /** An environment of its own, and nothing more. */
  | 'none'

/** For one process; there may be several. */
export type EnclosureLimits = {
  /** What it may write to of its own: heaps, stacks, buffers. Address space alone is free. */
  readonly memoryBytes: number
  readonly openFiles: number
  readonly fileBytes: number
  /** Of all processes and threads of one `name`; kept where there are namespaces. */
  readonly processes: number
  readonly cpuSeconds?: number
  /** From 0 to 19: how far it stands back for others. */
  readonly niceness: number
}

export type EnclosureNeeds = {
  /** Programs of one name have one user id, where this process may choose. */
  readonly name: string
  /** Files and folders that it sees; where there are namespaces, it sees no others of this host. */
  readonly readable: readonly string[]
  /** Folders that it may write to. They may belong to another user afterwards. */
  readonly writable: readonly string[]
  /** Of the host; otherwise it has one of its own, with nothing in it but itself. */
  readonly hasNetwork: boolean
  readonly limits: EnclosureLimits
}

/** Keeps programs of others in. */
export interface Enclosure {
  readonly means: EnclosureMeans
  /** The same program, kept in. It gets no environment but its own, and is one process group. */
  around(program: Program, needs: EnclosureNeeds): Program
}

/** Ordered as they are tried: as root, and as anybody where the system lets users do it. */
const asRoot = ['--mount', '--net', '--ipc', '--uts', '--pid']
const ways = [asRoot, ['--user', '--map-root-user', ...asRoot]]

const tryTimeoutMs = 10_000
const tryLimits: EnclosureLimits = {
  ...{ memoryBytes: 256 * 1024 * 1024, openFiles: 64, fileBytes: 1024, processes: 64 },
  niceness: 1,
}

/**
 * What this system has, each tried to the end. `root` is an empty folder of ours, which is what
 * enclosed programs have in the place of the host's files; on the host it stays empty.
 */
export async function findEnclosure(root: string): Promise<Enclosure> {
  if (process.platform !== 'linux') return bare
  const candidates = [...ways.map((way) => inNamespaces(way, root)), limitsOnly]
  for (const candidate of candidates) {
    const needs = { name: 'try', readable: [], writable: [], hasNetwork: false, limits: tryLimits }
    const program = candidate.around({ path: '/bin/sh', args: ['-c', 'echo kept in'] }, needs)
    const { code, lines } = await runProgram(program, { timeoutMs: tryTimeoutMs })
    if (code === 0 && lines.includes('kept in')) return candidate
  }
  return bare
}

const bare: Enclosure = { means: 'none', around: (program) => program }

/** For systems, and users, that have no namespaces. */
export const limitsOnly: Enclosure = {
  means: 'limits',
  // Processes are counted by user, so that the limit would be for this node too.
  around: (program, { limits }) => withLimits(program, { ...limits, processes: undefined }),
}

function inNamespaces(way: readonly string[], root: string): Enclosure {
  const isUser = way.includes('--user')
  return {
    means: 'namespaces',
    around(program, { name, readable, writable, hasNetwork, limits }) {
      const { path, args, cwd = '/tmp' } = withLimits(program, limits)
      const kept = hasNetwork ? way.filter((one) => one !== '--net') : way
      const shown = [
        ...readable.flatMap((one) => ['r', one]),
        ...writable.flatMap((one) => ['w', one]),
      ]
      const user = isUser ? '0' : userOf(name)
      const place = [root, hasNetwork ? 'host' : 'own', user, cwd]
      const within = [...place, ...shown, '--', path, ...args]
      const script = ['/bin/sh', '-c', enclosureScript, 'sh', ...within]
      const { env = {} } = program
      // The folder of the program is there only inside.
      return {
        path: 'unshare',
        args: [...kept, '--fork', '--kill-child', '--', ...script],
        env,
        cwd: '/',
      }
    },
  }
}

type SomeLimits = Omit<EnclosureLimits, 'processes'> & { readonly processes: number | undefined }

function withLimits(program: Program, limits: SomeLimits): Program {
  const { memoryBytes, openFiles, fileBytes, processes, cpuSeconds, niceness } = limits
  const all = { data: memoryBytes, nofile: openFiles, fsize: fileBytes, nproc: processes }
  const set = Object.entries({ ...all, cpu: cpuSeconds, core: 0 }).flatMap(([name, value]) =>
    value === undefined ? [] : [`--${name}=${value}`],
  )
  const args = [...set, '--', 'nice', '-n', String(niceness), program.path, ...program.args]
  return { ...program, path: 'prlimit', args }
}

/** Above what systems give to people, services and containers. */
const users = { first: 1_900_000_000, count: 100_000_000 }

function userOf(name: string): string {
  const hash = createHash('sha256').update(name).digest().readUInt32BE(0)
  return String(users.first + (hash % users.count))
}
