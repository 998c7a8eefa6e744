import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Host } from './network-hosts.ts'
import type { NetworkNode } from './network-node.ts'

/** A TCP socket that waits for connections, as its own machine sees it. */
export type Listening = { readonly address: string; readonly port: number; readonly inode: string }

/** The kernel's own number of the state LISTEN. */
const listen = '0A'

/** All of the machine that a process is on. */
export function listeningBeside(pid: number): Listening[] {
  return ['tcp', 'tcp6'].flatMap((file) => {
    const [, ...rows] = readFileSync(`/proc/${pid}/net/${file}`, 'utf8').trim().split('\n')
    return rows.flatMap((row) => {
      const [, local = '', , state, , , , , , inode = ''] = row.trim().split(/\s+/)
      const [address = '', port = ''] = local.split(':')
      return state === listen ? [{ address, port: Number.parseInt(port, 16), inode }] : []
    })
  })
}

/** Those of one process. */
export function listeningOf(pid: number): Listening[] {
  const folder = `/proc/${pid}/fd`
  const open = new Set(readdirSync(folder).map((name) => target(join(folder, name))))
  return listeningBeside(pid).filter(({ inode }) => open.has(`socket:[${inode}]`))
}

function target(link: string): string {
  try {
    return readlinkSync(link)
  } catch {
    // Closed meanwhile.
    return ''
  }
}

const program = `
  const [host, port] = process.argv.slice(1)
  require('node:net').connect(Number(port), host)
    .on('connect', () => process.exit(0)).on('error', () => process.exit(3))`

/** Whether a connection comes about, from one machine to another. */
export function reaches(from: Host, to: Host, port: number): boolean {
  const argv = [...from.under, process.execPath, '-e', program, to.address, `${port}`]
  const [command = '', ...args] = argv
  const { status, stderr } = spawnSync(command, args, { timeout: 10_000, encoding: 'utf8' })
  assert.ok(status === 0 || status === 3, `${to.name}:${port}: ${status} ${stderr}`)
  return status === 0
}

/** The socket of a node's CometBFT RPC is in a folder that only its own user may enter. */
export function isRpcPrivate({ home }: NetworkNode): boolean {
  const rpc = join(home, 'network', 'run', 'rpc.sock')
  return statSync(rpc).isSocket() && (statSync(dirname(rpc)).mode & 0o077) === 0
}
