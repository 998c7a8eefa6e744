import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import type { Crashes } from './crashes.ts'

/** Runs a command of the system that has to succeed. */
export function run(command: string, ...args: readonly string[]): void {
  const { status, stderr } = spawnSync(command, args, { encoding: 'utf8' })
  assert.equal(status, 0, `${command} ${args.join(' ')}: ${stderr}`)
}

/** Puts the data folder on a disk of its own, in memory; `remove` is what clears up after it. */
export function mountMemory(
  t: TestContext,
  crashes: Crashes,
  { size, remove }: { readonly size: string; readonly remove: () => Promise<void> },
): void {
  mkdirSync(crashes.home)
  run('mount', '-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', crashes.home)
  t.after(async () => {
    await crashes.end()
    run('umount', crashes.home)
    await remove()
  })
}

/** Fills the disk of a folder but for `roomBytes`; what it returns makes room again. */
export function fillDisk(folder: string, roomBytes: number): () => void {
  const ballast = join(folder, 'ballast')
  const { bavail, bsize } = statfsSync(folder)
  try {
    writeFileSync(ballast, Buffer.alloc(Math.max(0, bavail * bsize - roomBytes)))
  } catch (error) {
    // The program wrote meanwhile, and more than that: it is full, too.
    if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
  }
  return () => rmSync(ballast)
}
