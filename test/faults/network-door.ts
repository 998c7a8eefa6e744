import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import type { Host } from './network-hosts.ts'

/** Inside the host: from a local socket, which all hosts share, to the gateway's loopback port. */
const inner = `
  import { connect, createServer } from 'node:net'
  createServer((outer) => {
    const gateway = connect(Number(process.env.PORT), '127.0.0.1')
    for (const [one, other] of [[outer, gateway], [gateway, outer]]) {
      one.pipe(other)
      one.on('error', () => other.destroy()).on('close', () => other.destroy())
    }
  }).listen(process.env.DOOR, () => console.log('open'))`

/**
 * A port of this machine's loopback that leads to a host's own loopback: clients stand beside their
 * gateway, on whatever side of a partition it is.
 */
export class NetworkDoor {
  readonly url: string
  readonly #inside: ChildProcess
  readonly #server: Server
  readonly #open: Set<Socket>

  private constructor(url: string, inside: ChildProcess, server: Server, open: Set<Socket>) {
    this.url = url
    this.#inside = inside
    this.#server = server
    this.#open = open
  }

  /** `path`: of the local socket. */
  static async open(host: Host, port: number, path: string): Promise<NetworkDoor> {
    const program = [process.execPath, '--input-type=module', '-e', inner]
    const [command = '', ...args] = [...host.under, ...program]
    const env = { PATH: process.env.PATH, DOOR: path, PORT: `${port}` }
    const inside = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'inherit'] })
    await once(inside.stdout, 'data')
    const open = new Set<Socket>()
    const server = createServer((outer) => {
      const within = connect(path)
      for (const [one, other] of [
        [outer, within],
        [within, outer],
      ] as const) {
        open.add(one)
        one.pipe(other)
        one.on('error', () => other.destroy())
        one.on('close', () => {
          open.delete(one)
          other.destroy()
        })
      }
    })
    await once(server.listen(0, '127.0.0.1'), 'listening')
    const address = server.address()
    assert(typeof address === 'object' && address)
    return new NetworkDoor(`http://127.0.0.1:${address.port}`, inside, server, open)
  }

  async close(): Promise<void> {
    for (const socket of this.#open) socket.destroy()
    const ends = [once(this.#server.close(), 'close'), once(this.#inside, 'exit')]
    this.#inside.kill('SIGKILL')
    await Promise.all(ends)
  }
}
