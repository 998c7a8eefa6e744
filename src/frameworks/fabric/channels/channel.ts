import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fabricError } from '../errors.ts'
import { peerEnvironment } from '../nodes/peer-program.ts'
import type { IdentityFolder } from '../organisation/identity-folder.ts'
import { type ChannelMember, channelSettings, profileName } from './channel-settings.ts'
import { runTool } from './run-tool.ts'

/** The programs of Fabric lie in one folder. */
export type Programs = { readonly folder: string }

/** The first block of a new channel, with its settings in it. @throws FABRIC_STEP_FAILED */
export async function makeChannel(
  { folder: programs }: Programs,
  channel: string,
  members: readonly ChannelMember[],
): Promise<Uint8Array> {
  const folder = await mkdtemp(join(tmpdir(), 'bsn-fabric-'))
  try {
    await writeFile(join(folder, 'configtx.yaml'), JSON.stringify(channelSettings(members)))
    const block = join(folder, 'block')
    const names = ['-profile', profileName, '-channelID', channel, '-outputBlock', block]
    await runTool(`the channel ${channel} is made`, {
      path: join(programs, 'configtxgen'),
      args: ['-configPath', folder, ...names],
      env: { FABRIC_LOGGING_SPEC: 'error' },
    })
    return await readFile(block)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

export type OrdererAdmin = { readonly port: number; readonly identity: IdentityFolder }

/**
 * Has an orderer take part in a channel; one that does already goes on.
 * @throws FABRIC_STEP_FAILED
 */
export async function joinOrderer(
  programs: Programs,
  { channel, block }: { readonly channel: string; readonly block: string },
  admin: OrdererAdmin,
): Promise<void> {
  const names = ['join', '--channelID', channel, '--config-block', block]
  await askOrderer(programs, `the orderer joins ${channel}`, { names, admin, done: /201|405/ })
}

/**
 * Has an orderer leave a channel and forget its blocks; one that is in none goes on.
 * @throws FABRIC_STEP_FAILED
 */
export async function removeOrderer(
  programs: Programs,
  channel: string,
  admin: OrdererAdmin,
): Promise<void> {
  const names = ['remove', '--channelID', channel]
  await askOrderer(programs, `the orderer leaves ${channel}`, { names, admin, done: /204|404/ })
}

type OrdererQuestion = {
  readonly names: readonly string[]
  readonly admin: OrdererAdmin
  /** States of an answer that say that it is done. */
  readonly done: RegExp
}

async function askOrderer(
  { folder: programs }: Programs,
  step: string,
  { names, admin, done }: OrdererQuestion,
): Promise<void> {
  const { tls } = admin.identity
  const files = ['--ca-file', tls.root, '--client-cert', tls.certificate, '--client-key', tls.key]
  const at = ['--orderer-address', `127.0.0.1:${admin.port}`, ...files]
  const path = join(programs, 'osnadmin')
  const answer = await runTool(step, { path, args: ['channel', ...names, ...at] })
  if (done.test(/^Status: (\d+)/m.exec(answer)?.[1] ?? '')) return
  throw fabricError('FABRIC_STEP_FAILED', `${step}: ${answer.slice(0, 300)}`)
}

export type PeerCommand = {
  /** With the settings of the peer. */
  readonly folder: string
  /** In whose name. */
  readonly msp: string
  readonly args: readonly string[]
}

/** Runs a command of the program `peer` against a peer of this node. @throws FABRIC_STEP_FAILED */
export function runPeer(
  { folder: programs }: Programs,
  step: string,
  { folder, msp, args }: PeerCommand,
): Promise<string> {
  const own = { FABRIC_LOGGING_SPEC: 'error', CORE_PEER_MSPCONFIGPATH: msp }
  const env = { ...peerEnvironment(folder), ...own }
  return runTool(step, { path: join(programs, 'peer'), args, env, cwd: folder })
}

/** Keeps the first block of a channel as a file, and returns its path. */
export async function keepBlock(folder: string, block: Uint8Array): Promise<string> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const path = firstBlock(folder)
  await writeFile(path, block)
  return path
}

/** The first block of a channel as it was kept. */
export const keptBlock = (folder: string): Promise<Uint8Array> => readFile(firstBlock(folder))

const firstBlock = (folder: string) => join(folder, 'first.block')
