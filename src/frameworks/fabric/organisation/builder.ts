import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { packageType } from '../contracts/contract-package.ts'

/**
 * The three programs by which a peer takes contracts that run as services; it asks them for each
 * package, and looks for no Docker. Arguments as Fabric's external builders have them.
 */
const programs = {
  detect: `grep -q '"type" *: *"${packageType}"' "$2/metadata.json"`,
  build: 'mkdir -p "$3" && cp "$1/connection.json" "$3/"',
  release: 'mkdir -p "$2/chaincode/server" && cp "$1/connection.json" "$2/chaincode/server/"',
}

/** Writes the builder into a folder. */
export async function writeBuilder(folder: string): Promise<void> {
  const bin = join(folder, 'bin')
  await mkdir(bin, { recursive: true, mode: 0o700 })
  for (const [name, line] of Object.entries(programs)) {
    await writeFile(join(bin, name), `#!/bin/sh\n${line}\n`)
    await chmod(join(bin, name), 0o700)
  }
}
