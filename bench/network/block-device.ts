import { readFileSync, realpathSync, statSync } from 'node:fs'
import { sep } from 'node:path'

/** Finished work of a block device since boot, from /proc/diskstats. */
export type DeviceCounts = {
  readonly name: string
  readonly writes: number
  readonly flushes: number
}

function readLines(path: string): string[] {
  try {
    return readFileSync(path, 'utf8').trimEnd().split('\n')
  } catch {
    return [] // Not Linux.
  }
}

/**
 * The block device that a folder lies on. Undefined where the system does not tell: not Linux, or a
 * file system over others, as in many containers.
 */
export function deviceOf(folder: string): DeviceCounts | undefined {
  const { dev } = statSync(folder)
  // glibc's makedev: 12 bits of the major number, 8 and 12 bits of the minor one.
  const [major, minor] = [(dev >>> 8) & 0xfff, (dev & 0xff) | ((dev >>> 12) & 0xfff00)]
  for (const line of readLines('/proc/diskstats')) {
    const fields = line.trim().split(/\s+/)
    if (Number(fields[0]) !== major || Number(fields[1]) !== minor) continue
    const [name = '', writes, flushes] = [fields[2], Number(fields[7]), Number(fields[18] ?? 0)]
    return { name, writes, flushes }
  }
  return undefined
}

/** Mount point and kind of the file system that a folder lies on; undefined where not Linux. */
export function mountOf(
  folder: string,
): { readonly point: string; readonly type: string } | undefined {
  const path = realpathSync(folder)
  const mounts = readLines('/proc/self/mounts').map((line) => line.split(' '))
  return mounts
    .map(([, point = '', type = '']) => ({ point: point.replaceAll('\\040', ' '), type }))
    .filter(({ point }) => `${path}${sep}`.startsWith(point.endsWith('/') ? point : `${point}/`))
    .reduce<{ point: string; type: string } | undefined>(
      (longest, mount) => (longest && longest.point.length > mount.point.length ? longest : mount),
      undefined,
    )
}
