import { rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/**
 * For XDG_CONFIG_HOME: has nothing of the tester's own. It is not there until something that is
 * started makes it (Go does), and goes with this process.
 */
export const noSettings = join(tmpdir(), `bsn-no-settings-${process.pid}`)

process.on('exit', () => rmSync(noSettings, { recursive: true, force: true }))
