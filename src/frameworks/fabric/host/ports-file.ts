import { createHash } from 'node:crypto'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { dirname } from 'node:path'
import { CodedError } from '@openbsn/sdk'

/** Below what the system gives to outgoing connections, which else might take one meanwhile. */
const range = { first: 20_000, last: 32_000 }

/**
 * Ports of this node's programs, kept in a file: channels and packages have them in their settings,
 * so that each keeps the port that it got first.
 */
export class PortsFile {
  readonly #path: string
  readonly #host: string
  #ports: Record<string, number> | undefined
  #last: Promise<unknown> = Promise.resolve()

  constructor(path: string, host: string) {
    this.#path = path
    this.#host = host
  }

  /** @throws FABRIC_PORTS_TAKEN */
  of(name: string): Promise<number> {
    const found = this.#last.then(() => this.#of(name))
    this.#last = found.catch(() => undefined)
    return found
  }

  async #of(name: string): Promise<number> {
    this.#ports ??= await readPorts(this.#path)
    const known = this.#ports[name]
    if (known !== undefined) return known
    const taken = new Set(Object.values(this.#ports))
    const port = await this.#freePort(taken)
    this.#ports = { ...this.#ports, [name]: port }
    await mkdir(dirname(this.#path), { recursive: true, mode: 0o700 })
    await writeFile(`${this.#path}.new`, JSON.stringify(this.#ports, undefined, 2))
    await rename(`${this.#path}.new`, this.#path)
    return port
  }

  /** Nodes of one machine look at different places first: what is free now, another may take. */
  async #freePort(taken: ReadonlySet<number>): Promise<number> {
    const begin = createHash('sha256').update(this.#path).digest().readUInt32BE(0)
    const count = range.last - range.first
    for (let i = 0; i < count; i++) {
      const port = range.first + ((begin + i) % count)
      if (taken.has(port)) continue
      if ((await isFree(this.#host, port)) && (await isFree('127.0.0.1', port))) return port
    }
    const message = `Of ${range.first} to ${range.last} no port is free on ${this.#host}.`
    throw new CodedError('FABRIC_PORTS_TAKEN', message)
  }
}

async function readPorts(path: string): Promise<Record<string, number>> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '{}'
    throw error
  })
  return JSON.parse(text)
}

function isFree(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, host, () => server.close(() => resolve(true)))
  })
}
