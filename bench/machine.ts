import { readFileSync } from 'node:fs'
import { statfs } from 'node:fs/promises'
import { availableParallelism, cpus, loadavg, release, totalmem, type } from 'node:os'
import { deviceOf, mountOf } from './network/block-device.ts'

/** What the figures were measured on. */
export type Machine = {
  readonly cpu: string
  readonly cores: number
  readonly memoryGiB: number
  readonly kernel: string
  /** Device, kind and file system of the data folder. */
  readonly disk: string
  readonly node: string
  /** Mean runnable processes of the last 1, 5 and 15 minutes, before the run. */
  readonly loadBefore: readonly number[]
}

export async function describeMachine(folder: string): Promise<Machine> {
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryGiB: Math.round((totalmem() / 2 ** 30) * 10) / 10,
    kernel: `${type()} ${release()}`,
    disk: await describeDisk(folder),
    node: process.version,
    loadBefore: loadavg().map((load) => Math.round(load * 100) / 100),
  }
}

async function describeDisk(folder: string): Promise<string> {
  const mount = mountOf(folder)
  const fileSystem = mount?.type ?? `file system type ${(await statfs(folder)).type.toString(16)}`
  const device = deviceOf(folder)
  if (!device) return fileSystem
  return `${fileSystem} on ${device.name}${kindOf(device.name)}`
}

/** By the kernel's queue settings; what lies behind a virtual disk is not told. */
function kindOf(device: string): string {
  try {
    const rotational = readFileSync(`/sys/class/block/${device}/queue/rotational`, 'utf8').trim()
    const cache = readFileSync(`/sys/class/block/${device}/queue/write_cache`, 'utf8').trim()
    return ` (${rotational === '1' ? 'rotational or virtual' : 'solid state'}, ${cache})`
  } catch {
    return '' // A partition has no queue of its own, and other systems have no /sys.
  }
}
