import { join } from 'node:path'
import { freePorts } from '../../src/testing/free-ports.ts'
import type { BenchContext } from '../context.ts'
import { benchError } from '../errors.ts'
import type { Target } from '../load/run-load.ts'
import { type Server, startServer } from '../network/server.ts'
import { processesUnder } from './processes-under.ts'
import { runBsn } from './run-bsn.ts'

/** More than two thirds of four validators of one power. */
export const quorum = 3

/** A validator node: its process and the CometBFT beside it. */
export interface CityNode {
  readonly name: string
  readonly home: string
  /** Of its process as it runs now. @throws BENCH_PROCESS_FAILED where it does not */
  readonly server: Server
  /** What a load needs. */
  target(): Target
  start(): Promise<void>
  stop(): Promise<void>
}

export type CityNodes = readonly [CityNode, CityNode, CityNode, CityNode]

type Place = {
  readonly bsn: string
  readonly name: string
  readonly home: string
  readonly port: number
}

/** A node that is not started yet; it keeps its port over all its starts. */
function createCityNode({ bsn, name, home, port }: Place): CityNode {
  let server: Server | undefined
  const running = (): Server => {
    if (server) return server
    throw benchError('BENCH_PROCESS_FAILED', `${name} does not run.`)
  }
  return {
    ...{ name, home },
    get server() {
      return running()
    },
    target: () => {
      const { port: at, pid } = running()
      return { port: at, pid, helperPids: processesUnder(pid) }
    },
    start: async () => {
      server = await startServer(bsn, home, ['--node', name], port)
    },
    stop: async () => {
      const { stop } = running()
      server = undefined
      await stop()
    },
  }
}

/** Places for the nodes: the first is an alliance of one, which is not a network yet. */
export async function placeNodes({ folder, options }: BenchContext): Promise<CityNodes> {
  const ports = await freePorts(4)
  const place = (name: string, i: number) =>
    createCityNode({ bsn: options.bsn, name, home: join(folder, name), port: ports[i] ?? 0 })
  return [place('rome', 0), place('berlin', 1), place('lagos', 2), place('lima', 3)]
}

/**
 * Makes one network of four validators of them, by the commands that operators use. The first node
 * runs when this is called, all run when it returns. `register` puts one statement through it: a
 * new validator signs from two blocks on, and a network at rest makes none.
 * @throws BENCH_PROCESS_FAILED
 */
export async function joinNodes(
  { options, folder, say }: BenchContext,
  nodes: CityNodes,
  register: () => Promise<unknown>,
): Promise<void> {
  const [first, ...others] = nodes
  const run = (...argv: readonly string[]) => runBsn(options.bsn, argv)
  // Not those of the gateways, which are taken or soon will be.
  const all = (await freePorts(2 * nodes.length)).slice(nodes.length)
  const listen = (i: number) => ['--listen', `127.0.0.1:${all[i]}`]
  await first.stop()
  await run('node', 'init', '--home', first.home, '--node', first.name, ...listen(0))
  await first.start()
  for (const [i, node] of others.entries()) {
    say(`node ${node.name} joins`)
    const { home, name } = node
    const token = join(folder, `${name}.token`)
    await run('node', 'invite', '--home', first.home, '--out', token)
    const own = ['--home', home, '--node', name, ...listen(i + 1)]
    await run('node', 'join', first.server.gateway, '--token-file', token, ...own)
    await node.start()
    await eventually(() => isReady(run, first, node), `${name} to be up to date`)
    await run('node', 'promote', name, '--home', first.home)
  }
  await eventually(async () => {
    await register()
    const status = await run('node', 'status', '--gateway', first.server.gateway)
    return (fieldOf(status, 'validators') as unknown[]).length === nodes.length
  }, 'four validators')
}

async function isReady(
  run: (...argv: readonly string[]) => Promise<unknown>,
  first: CityNode,
  { name, server }: CityNode,
): Promise<boolean> {
  const status = await run('node', 'status', '--gateway', server.gateway)
  if (fieldOf(status, 'catchingUp') !== false) return false
  const shown = await run('node', 'show', name, '--home', first.home)
  return typeof fieldOf(shown, 'validator') === 'string'
}

const fieldOf = (document: unknown, name: string): unknown => Object(document)[name]

/** Far longer than a node needs to take its part, on a machine that others use too. */
const patienceMs = 120_000

async function eventually(isSo: () => Promise<boolean>, what: string): Promise<void> {
  const until = performance.now() + patienceMs
  for (;;) {
    const answer = await isSo().catch((error: unknown) => error)
    if (answer === true) return
    if (performance.now() > until) {
      throw benchError('BENCH_PROCESS_FAILED', `Waited in vain for ${what}: ${answer}.`)
    }
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
}
