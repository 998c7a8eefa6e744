import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { needs } from '../../src/testing/needs.ts'
import { testPrng } from '../../src/testing/seed.ts'
import { Crashes } from './crashes.ts'
import { run } from './mounts.ts'

/** FS_IOC_SHUTDOWN without flushing the journal (2): the disk keeps what it was told to keep. */
const cut = `
import fcntl, os, struct, sys
fcntl.ioctl(os.open(sys.argv[1], os.O_RDONLY), 0x8004587d, struct.pack('I', 2))`

/** Writes back, every now and then, what a program does not sync itself, as the kernel does. */
const writeBack = `
import os, sys, time
try:
  file = os.open(sys.argv[1], os.O_RDWR)
  while True:
    os.fdatasync(file)
    time.sleep(0.02)
except OSError:
  pass`

describe('a power cut', () => {
  it('keeps all that was acknowledged, at 40 random moments', async (t) => {
    if (!needs(t, 'linux', 'loop')) return
    const prng = testPrng()
    t.diagnostic(`seed ${prng.seed}`)
    const crashes = new Crashes(prng, { clients: 6, batchMax: 60 })
    const image = crashes.folder.file('disk.img')
    const { home } = crashes
    mkdirSync(home)
    run('truncate', '-s', '512M', image)
    run('mkfs.ext4', '-q', image)
    run('mount', '-o', 'loop', image, home)
    t.after(async () => {
      await crashes.end()
      run('umount', home)
      await crashes.remove()
    })
    const powerCut = () => run('python3', '-c', cut, home)
    const powerOn = () => {
      run('umount', home)
      run('mount', '-o', 'loop', image, home)
    }
    await crashes.begin()
    powerCut()
    powerOn()
    for (let life = 0; life < 40; life++) {
      await crashes.live(async (program) => {
        const kernel = spawn('python3', ['-c', writeBack, join(home, 'projection/data.mdb')])
        const ended = once(kernel, 'exit')
        await pause(prng.int(1, 2500))
        powerCut()
        await pause(prng.int(0, 100))
        await program.kill()
        // On a busy machine it may have just begun: a disk that is in use cannot be taken off.
        kernel.kill('SIGKILL')
        await ended
      })
      powerOn()
    }
    const { acknowledged, entries } = await crashes.judge()
    t.diagnostic(`${acknowledged} acknowledged, ${entries} entries`)
  })
})
