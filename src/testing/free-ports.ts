import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Below what nodes choose for Fabric, and what the system gives to outgoing connections. */
const slots = { first: 10_000, count: 100, ports: 100 }
let begin: number | undefined
let next = 0

/** Ports of loopback that nobody listens on, nor any other process of tests was given. */
export async function freePorts(count: number): Promise<number[]> {
  begin ??= slots.first + slots.ports * ownSlot()
  const found: number[] = []
  while (found.length < count) {
    const port = begin + (next++ % slots.ports)
    if (await isFree(port)) found.push(port)
  }
  return found
}

/** One of the slots, for as long as this process lives. */
function ownSlot(): number {
  const folder = join(tmpdir(), 'bsn-test-ports')
  mkdirSync(folder, { recursive: true })
  for (let at = process.pid; ; at++) {
    const slot = at % slots.count
    const file = join(folder, String(slot))
    if (isLost(file)) rmSync(file, { force: true })
    try {
      writeFileSync(file, String(process.pid), { flag: 'wx' })
      process.once('exit', () => rmSync(file, { force: true }))
      return slot
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
  }
}

/** Whoever had it was killed. */
function isLost(file: string): boolean {
  try {
    process.kill(Number(readFileSync(file, 'utf8')), 0)
    return false
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH'
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}
