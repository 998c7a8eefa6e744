import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A folder of a test's own, with a way to put files into it; the test removes it. */
export function testFolder() {
  const path = mkdtempSync(join(tmpdir(), 'bsn-test-'))
  return {
    path,
    file: (name: string, content?: string | Uint8Array, mode = 0o600) => {
      const file = join(path, name)
      if (content !== undefined) writeFileSync(file, content, { mode })
      return file
    },
    remove: () => rmSync(path, { recursive: true, force: true }),
  }
}
