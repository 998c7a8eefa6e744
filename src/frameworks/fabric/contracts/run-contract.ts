import { join } from 'node:path'
import type { Program } from '../../../engines/guarded-child.ts'
import { goProgram } from '../packages/build-go.ts'
import type { Enclosure, EnclosureLimits } from '../packages/enclosure.ts'
import type { StoredArtefact } from '../packages/package-store.ts'

export type ContractRun = {
  /** The module that exports `contract`. */
  readonly module: string
  readonly address: string
  /** Of its package, by which the peer knows it. */
  readonly packageId: string
  /** For what it writes by itself. */
  readonly folder: string
}

/** How a contract of this node is run: a process of its own that knows nothing of the node. */
export function contractProgram({ module, address, packageId, folder }: ContractRun): Program {
  const script = join(import.meta.dirname, `serve-contract${extension}`)
  const args = [...process.execArgv.filter(isCondition), script, module, address, packageId]
  const env = { HOME: folder, CORE_CHAINCODE_LOGGING_SHIM: 'error' }
  return { path: process.execPath, args, cwd: folder, env }
}

export type ArtefactRun = {
  readonly artefact: Pick<StoredArtefact, 'folder' | 'kind'>
  /** Of its package, by which the peer knows it. */
  readonly packageId: string
  /** On loopback of the host, where it has the host's network. */
  readonly port: number
  /** A folder for a socket of its own, where it has not. */
  readonly socketFolder: string
  readonly limits: EnclosureLimits
}

/** The socket in such a folder. */
export const contractSocket = (folder: string) => join(folder, 's')

/** V8 reserves it for code, and the system counts what is reserved so. */
const nodeCodeBytes = 512 * 1024 * 1024

/** Nobody else is in its network. */
const innerAddress = '127.0.0.1:9999'

/**
 * How a contract that was built of a publisher's package is run: kept in, with nothing but its own
 * files, and without a network where the system lets that be had: then it is met at a socket.
 */
export function artefactProgram(run: ArtefactRun, enclosure: Enclosure): Program {
  const { artefact, packageId, port, socketFolder, limits } = run
  const { folder, kind } = artefact
  const isAlone = enclosure.means === 'namespaces'
  const socket = contractSocket(socketFolder)
  const isApi = kind.language === 'node' && kind.style === 'contract-api'
  // The program of fabric-shim can listen on a socket itself.
  const address = !isAlone ? `127.0.0.1:${port}` : isApi ? `unix:${socket}` : innerAddress
  const isRelayed = isAlone && !isApi
  const own = kind.language === 'go' ? goWords(run, isRelayed) : nodeWords(run, address)
  const [path = '', ...args] = isRelayed ? [...relayWords(socket), ...own] : own
  const hasNode = isRelayed || kind.language === 'node'
  const memoryBytes = limits.memoryBytes + (hasNode ? nodeCodeBytes : 0)
  const env = {
    HOME: '/tmp',
    CHAINCODE_ID: packageId,
    CHAINCODE_SERVER_ADDRESS: address,
    CORE_CHAINCODE_ID_NAME: packageId,
    // Go then collects garbage before it meets the limit.
    GOMEMLIMIT: String(Math.floor(limits.memoryBytes * 0.7)),
    GOMAXPROCS: '2',
  }
  const needs = {
    name: packageId,
    readable: [folder, process.execPath, relayScript],
    writable: [socketFolder],
    hasNetwork: !isAlone,
    limits: { ...limits, memoryBytes },
  }
  return enclosure.around({ path, args, cwd: folder, env }, needs)
}

/** Behind a relay, which is of Node, it has its own limit. */
function goWords({ artefact, limits }: ArtefactRun, isRelayed: boolean): string[] {
  const limit = isRelayed ? ['prlimit', `--data=${limits.memoryBytes}`, '--'] : []
  return [...limit, join(artefact.folder, goProgram)]
}

function nodeWords({ artefact, packageId, limits }: ArtefactRun, address: string): string[] {
  const { folder, kind } = artefact
  const heapMegabytes = Math.floor((limits.memoryBytes * 0.5) / 1024 / 1024)
  // It reads its own files, and starts no process, thread or native code.
  const bounds = ['--permission', `--allow-fs-read=${folder}`]
  const node = [process.execPath, ...bounds, `--max-old-space-size=${heapMegabytes}`]
  if (kind.language === 'node' && kind.style === 'shim') return [...node, join(folder, kind.main)]
  const serve = ['server', '--chaincode-address', address, '--chaincode-id', packageId]
  return [...node, join(folder, 'node_modules/fabric-shim/cli.js'), ...serve]
}

const relayWords = (socket: string) => [
  process.execPath,
  '--disable-warning=MODULE_TYPELESS_PACKAGE_JSON',
  ...[relayScript, socket, innerAddress],
]

/** Sources as they are in a clone, and what was built of them in a package. */
const extension = import.meta.filename.endsWith('.ts') ? '.ts' : '.js'
const isCondition = (arg: string) => arg.startsWith('--conditions=')
const relayScript = join(import.meta.dirname, `serve-relay${extension}`)
