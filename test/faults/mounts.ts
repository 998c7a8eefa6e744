import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
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
