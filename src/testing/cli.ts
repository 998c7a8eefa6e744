import { once } from 'node:events'
import { createServer } from 'node:net'
import { Readable } from 'node:stream'
import type { TestContext } from 'node:test'
import { decodeCbor, parseStatement, sha256, toBase64url, utf8 } from '@openbsn/sdk'
import { runCli, type Surroundings } from '../cli/run-cli.ts'
import { testFolder } from './folder.ts'
import { testGateway } from './gateway.ts'
import type { MemoryLedger } from './memory-ledger.ts'
import { noSettings } from './no-settings.ts'

export type TestRun = {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
  /** The one document on stdout. */
  json(): Record<string, unknown>
  /** The last line of stderr, as problem details. */
  problem(): Record<string, unknown>
}

export type TestRunOptions = Partial<
  Pick<Surroundings, 'env' | 'folder' | 'clock' | 'interrupted'>
> & {
  readonly stdin?: string
}

/** Runs one command line in this process. The clock stands where the test gateway's does. */
export async function testCli(
  argv: readonly string[],
  more: TestRunOptions = {},
): Promise<TestRun> {
  const written = { stdout: '', stderr: '' }
  const sink = (name: 'stdout' | 'stderr') => ({
    write: (data: string | Uint8Array) => {
      written[name] += typeof data === 'string' ? data : Buffer.from(data).toString('latin1')
    },
  })
  const code = await runCli({
    folder: '/',
    clock: { nowSeconds: () => 1_700_000_500 },
    interrupted: () => new AbortController().signal,
    onHangup: () => undefined,
    ...more,
    // Nothing of the tester's own settings.
    env: { XDG_CONFIG_HOME: noSettings, ...more.env },
    argv,
    stdin: () => Readable.from([Buffer.from(more.stdin ?? '')]),
    stdout: sink('stdout'),
    stderr: sink('stderr'),
  })
  return {
    code,
    ...written,
    json: () => JSON.parse(written.stdout),
    problem: () => JSON.parse(written.stderr.trim().split('\n').at(-1) ?? ''),
  }
}

/** A port that nothing listens on. */
export async function closedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  return typeof address === 'object' && address ? address.port : 0
}

/** A gateway on a free port over a ledger in memory, with a profile and a credential for it. */
export async function testNetwork(t: TestContext) {
  const { app, ledger, lines } = await testGateway()
  const gateway = await app.listen({ host: '127.0.0.1', port: 0 })
  const folder = testFolder()
  folder.file('profile.json', JSON.stringify(profileOf(gateway, ledger)))
  const credential = folder.file(
    'flights.credential',
    JSON.stringify(credentialOf(gateway, ledger)),
  )
  t.after(async () => {
    await app.close()
    folder.remove()
  })
  const env = { BSN_HOME: folder.path }
  return {
    ledger,
    /** The log of the gateway. */
    lines,
    gateway,
    file: folder.file,
    credential,
    env,
    /** Runs a command with the profile of this network. */
    run: (...argv: readonly string[]) => testCli(argv, { env }),
    /** `bsn record put` with the credential of this network. */
    put: (argv: readonly string[], stdin = '') =>
      testCli(['record', 'put', '--service', 'flights', '--credential', credential, ...argv], {
        env,
        stdin,
      }),
  }
}

const secret = (name: string) => toBase64url(sha256(utf8(name)))

function profileOf(gateway: string, ledger: MemoryLedger) {
  const member = { id: 'founder', algorithm: 'EdDSA', secret: secret('founder') }
  return { format: 'openbsn-profile-1', gateway, ledger: ledger.id, member }
}

function credentialOf(gateway: string, ledger: MemoryLedger) {
  return {
    format: 'openbsn-credential-1',
    gateway,
    ledger: ledger.id,
    service: 'flights',
    credential: 'cred_test',
    label: 'test',
    key: { algorithm: 'EdDSA', secret: secret('cred_test') },
    bundle: toBase64url(ledger.keyBundle()),
  }
}

/** What the only act in the ledger says. */
export function actIn({ ledger }: { readonly ledger: MemoryLedger }) {
  const { claims, contentType, payload } = parseStatement(
    ledger.entry(0)?.statement ?? new Uint8Array(),
  )
  const fields = Object.fromEntries(decodeCbor(payload) as Map<string, unknown>)
  return { module: claims.sub, type: contentType.replace(/.*openbsn\.|\+cbor/g, ''), fields }
}
