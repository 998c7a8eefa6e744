import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { postgresFolder } from './postgres.ts'
import { engineHere } from './user-engines.ts'

type Probe = { readonly present: () => boolean; readonly remedy: string }

function runs(command: string, ...args: readonly string[]): boolean {
  return spawnSync(command, args, { stdio: 'ignore' }).status === 0
}

function canMountTmpfs(): boolean {
  const folder = mkdtempSync(join(tmpdir(), 'bsn-needs-'))
  const isMounted = runs('mount', '-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', folder)
  if (isMounted) runs('umount', folder)
  rmdirSync(folder)
  return isMounted
}

/** Tried to the end, with a rule that drops packets: containers may allow a part of it. */
function canMakeNamespaces(): boolean {
  const name = `bsn-needs-${process.pid}`
  if (!runs('ip', 'netns', 'add', name)) return false
  const within = ['nsenter', `--net=/run/netns/${name}`]
  const rule = `add table inet bsn
    add chain inet bsn arriving { type filter hook input priority 0; }
    add rule inet bsn arriving numgen random mod 100 < 20 drop`
  const isWhole =
    runs('ip', '-n', name, 'link', 'add', 'bsn0', 'type', 'bridge') &&
    runs('ip', '-n', name, 'link', 'add', 'bsn1', 'type', 'veth', 'peer', 'name', 'bsn2') &&
    runs('setpriv', '--pdeathsig', 'KILL', ...within, 'nft', rule)
  runs('ip', 'netns', 'del', name)
  return isWhole
}

/** What a test may need beyond Node and npm, how to see whether it is here, how to get it. */
const probes = {
  python3: { present: () => runs('python3', '--version'), remedy: 'install Python 3' },
  'python3-venv': {
    present: () => runs('python3', '-c', 'import ensurepip, venv'),
    remedy: 'apt-get install python3-venv',
  },
  'python3.11': {
    present: () => runs('python3.11', '-c', 'import ensurepip, venv'),
    remedy: 'install Python 3.11 with venv: old clients bear no later one',
  },
  // A key of SM2 is made: not every build has it.
  openssl: {
    present: () => runs('openssl', 'genpkey', '-algorithm', 'SM2', '-out', '/dev/null'),
    remedy: 'apt-get install openssl: 3.0 or later, with SM2',
  },
  git: { present: () => runs('git', '--version'), remedy: 'install git' },
  go: { present: () => runs('go', 'version'), remedy: 'install Go 1.24 or later' },
  root: { present: () => process.getuid?.() === 0, remedy: 'run as root' },
  // Tracing itself is tried: containers may have the program and forbid the call.
  strace: {
    present: () => runs('strace', '-o', '/dev/null', 'true'),
    remedy: 'apt-get install strace, and allow ptrace',
  },
  // A pseudo-terminal: what a person sees.
  script: { present: () => runs('script', '--version'), remedy: 'apt-get install bsdutils' },
  cc: { present: () => runs('cc', '--version'), remedy: 'apt-get install gcc libc6-dev' },
  // Mounting itself is tried: root in a container often may not.
  tmpfs: { present: canMountTmpfs, remedy: 'run as root, where mounting is allowed' },
  netns: {
    present: canMakeNamespaces,
    remedy: 'run as root where network namespaces are allowed; apt-get install iproute2 nftables',
  },
  'tcp-rto-max': {
    present: () => existsSync('/proc/sys/net/ipv4/tcp_rto_max_ms'),
    remedy: 'run on Linux 6.15 or later',
  },
  // A file with a file system in it, mounted and cut off: root with loop devices, ext4 and Python.
  loop: {
    present: () =>
      process.getuid?.() === 0 &&
      runs('losetup', '-f') &&
      runs('mkfs.ext4', '-V') &&
      runs('python3', '--version'),
    remedy: 'run as root with loop devices, e2fsprogs and Python 3',
  },
  bash: { present: () => runs('bash', '--version'), remedy: 'install bash' },
  zsh: { present: () => runs('zsh', '--version'), remedy: 'apt-get install zsh' },
  groff: { present: () => runs('groff', '--version'), remedy: 'apt-get install groff-base' },
  fish: { present: () => runs('fish', '--version'), remedy: 'apt-get install fish' },
  cometbft: {
    present: () => engineHere('cometbft') !== undefined,
    remedy: 'bin/bsn engine install cometbft',
  },
  fabric: {
    present: () => ['fabric', 'fabric-ca'].every((name) => engineHere(name) !== undefined),
    remedy: 'bin/bsn engine install fabric, and then fabric-ca',
  },
  'systemd-analyze': {
    present: () => runs('systemd-analyze', '--version'),
    remedy: 'apt-get install systemd',
  },
  postgres: {
    present: () => postgresFolder() !== undefined,
    remedy: 'apt-get install postgresql',
  },
  linux: { present: () => process.platform === 'linux', remedy: 'run on Linux' },
  chromium: { present: () => runs('chromium', '--version'), remedy: 'apt-get install chromium' },
} satisfies Record<string, Probe>

/** A thing outside npm that a test can ask for. */
export type Need = keyof typeof probes

/** A sentence that names what is missing and how to get it; undefined where nothing is. */
export function missing(needs: readonly Need[]): string | undefined {
  const absent = needs.filter((need) => !probes[need].present())
  if (absent.length === 0) return undefined
  return absent.map((need) => `needs ${need} (${probes[need].remedy})`).join(', ')
}

/**
 * First line of a test that needs something beyond npm: `if (!needs(t, 'python3')) return`.
 * Where it is missing the test is skipped with the reason, which the summary repeats; with
 * CI=true it fails instead, so that a skipped check never looks like a passed one.
 */
export function needs(t: Pick<TestContext, 'skip'>, ...wanted: readonly Need[]): boolean {
  return present(t, missing(wanted), process.env.CI === 'true')
}

/** The same for all of a `describe`: `describe('…', skipUnless('fabric'), () => …)`. */
export function skipUnless(...wanted: readonly Need[]): { readonly skip?: string } {
  const reason = missing(wanted)
  assert(reason === undefined || process.env.CI !== 'true', `CI=true forbids skipping: ${reason}`)
  return reason === undefined ? {} : { skip: reason }
}

/** The decision of `needs`, apart from the machine it runs on. */
export function present(
  t: Pick<TestContext, 'skip'>,
  reason: string | undefined,
  mustRun: boolean,
): boolean {
  if (reason === undefined) return true
  assert(!mustRun, `CI=true forbids skipping: ${reason}`)
  t.skip(reason)
  return false
}
