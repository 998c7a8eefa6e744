import assert from 'node:assert/strict'
import { once } from 'node:events'
import { existsSync, writeFileSync } from 'node:fs'
import { Agent, type RequestOptions, request } from 'node:https'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls'
import { selfSigned } from '../src/testing/self-signed.ts'
import { bsn, scratchFolder, startBsn, stopInOrder } from './cli/bsn.ts'

/** A folder with a certificate and its key, and what `bsn up` is told about them. */
function place(t: TestContext) {
  const folder = scratchFolder(t)
  const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')]
  const write = (pair: ReturnType<typeof selfSigned>) => {
    writeFileSync(cert, pair.cert)
    writeFileSync(key, pair.key)
    return pair.cert
  }
  const ca = write(selfSigned())
  const home = join(folder, 'home')
  const argv = ['up', '--home', home, '--port', '0', '--host', '0.0.0.0', '--json']
  return { home, cert, key, ca, write, argv, tls: ['--tls-cert', cert, '--tls-key', key] }
}

type Place = ReturnType<typeof place>

async function start(t: TestContext, { argv, tls }: Place) {
  const up = startBsn([...argv, ...tls])
  t.after(async () => {
    up.child.kill('SIGKILL')
    await up.ended
  })
  const [, address, port] = /"address":"(https:[^"]*:(\d+))"/.exec(
    await up.until(/"address":"https:[^"]*"/),
  ) ?? ['', '', '']
  return { up, address, port: Number(port) }
}

/** The status of /livez, over a connection of the agent. */
async function livez(options: RequestOptions): Promise<number | undefined> {
  const asked = request({ host: '127.0.0.1', servername: 'localhost', path: '/livez', ...options })
  asked.end()
  const [answer] = await once(asked, 'response')
  answer.resume()
  await once(answer, 'end')
  return answer.statusCode
}

/** The code of an attempt to connect that fails; undefined where it does not. */
async function failureOf(options: ConnectionOptions): Promise<string | undefined> {
  const socket: TLSSocket = connect({ host: '127.0.0.1', servername: 'localhost', ...options })
  try {
    await once(socket, 'secureConnect')
    return undefined
  } catch (error) {
    return (error as NodeJS.ErrnoException).code
  } finally {
    socket.destroy()
  }
}

describe('bsn up beyond loopback', () => {
  it('needs a certificate, and leaves nothing where it has none that is good', async (t) => {
    const { argv, home, cert, key } = place(t)
    const cases: [string[], number, string][] = [
      [[], 1, 'LISTEN_NEEDS_TLS'],
      [['--tls-cert', cert], 2, 'CLI_OPTION_MISSING'],
      [['--tls-key', key], 2, 'CLI_OPTION_MISSING'],
      [['--tls-cert', cert, '--tls-key', cert], 1, 'TLS_FILE_INVALID'],
      [['--tls-cert', `${cert}.no`, '--tls-key', key], 1, 'TLS_FILE_INVALID'],
    ]
    for (const [more, exit, told] of cases) {
      const { code, stderr } = await bsn([...argv, ...more])
      const problem = JSON.parse(stderr.trim().split('\n').at(-1) ?? '')
      assert.deepEqual([code, problem.code], [exit, told], stderr)
      assert.ok(!existsSync(home), told)
    }
  })

  it('speaks TLS 1.2 and 1.3, nothing older and nothing plain', async (t) => {
    const files = place(t)
    const { port, up } = await start(t, files)
    const { ca } = files
    for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
      const agent = new Agent({ minVersion: version, maxVersion: version })
      assert.equal(await livez({ port, ca, agent }), 200, version)
      agent.destroy()
    }
    const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1' } as const
    const refused = await failureOf({ port, ca, ...old, ciphers: 'DEFAULT@SECLEVEL=0' })
    assert.match(refused ?? '', /PROTOCOL_VERSION/)
    await assert.rejects(fetch(`http://127.0.0.1:${port}/livez`))
    const env = { NODE_EXTRA_CA_CERTS: files.cert, BSN_HOME: files.home }
    const status = await bsn(['status', '--gateway', `https://localhost:${port}`, '--json'], {
      env,
    })
    assert.equal(status.code, 0, status.stderr)
    await stopInOrder(up)
  })

  it('takes a new certificate at SIGHUP, and keeps connections and what works', async (t) => {
    const files = place(t)
    const { port, up } = await start(t, files)
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    t.after(() => agent.destroy())
    const sockets = new Set<unknown>()
    agent.on('free', (socket) => sockets.add(socket))
    const before = files.ca
    assert.equal(await livez({ port, ca: before, agent }), 200)

    const after = files.write(selfSigned())
    up.child.kill('SIGHUP')
    await up.until(/"event":"tls.renewed"/)
    assert.equal(await livez({ port, ca: before, agent }), 200)
    assert.equal(sockets.size, 1)
    assert.equal(await failureOf({ port, ca: after }), undefined)
    assert.equal(await failureOf({ port, ca: before }), 'DEPTH_ZERO_SELF_SIGNED_CERT')

    writeFileSync(files.key, selfSigned().key)
    up.child.kill('SIGHUP')
    const kept = await up.until(/.*"event":"tls.kept".*/)
    assert.match(kept, /key\.pem is not the key of .*cert\.pem/)
    assert.equal(await failureOf({ port, ca: after }), undefined)
    assert.equal(await livez({ port, ca: before, agent }), 200)
    assert.equal(sockets.size, 1)
    assert.equal(up.child.exitCode, null)
  })
})
