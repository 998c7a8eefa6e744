import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { IdentityFolder } from '../organisation/identity-folder.ts'

/** What a peer and an orderer have alike. */
export type NodeOptions = {
  /** The program. */
  readonly program: string
  readonly folder: string
  readonly mspId: string
  readonly identity: IdentityFolder
  /** Where it listens, and others find it. */
  readonly host: string
  readonly port: number
}

/** Of one message, as Fabric has it by itself. */
export const messageBytesMax = 104_857_600

/** Writes the settings of a program into its folder, which is made where absent. JSON is YAML. */
export async function writeSettings(folder: string, name: string, settings: object): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  await writeFile(join(folder, name), JSON.stringify(settings, undefined, 2), { mode: 0o600 })
}
