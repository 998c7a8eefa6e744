import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { testCli } from '../../testing/cli.ts'
import { testFolder } from '../../testing/folder.ts'
import { needs } from '../../testing/needs.ts'

const program = join(import.meta.dirname, '../../../bin/bsn')

/** What the unit says under a name, in order. */
async function unitOf(argv: readonly string[], env: Record<string, string> = {}) {
  const { code, stdout, stderr } = await testCli(['node', 'service', ...argv], { env })
  assert.equal(code, 0, stderr)
  const lines = stdout.trimEnd().split('\n')
  const of = (name: string) =>
    lines.flatMap((line) => (line.startsWith(`${name}=`) ? [line.slice(name.length + 1)] : []))
  return { text: stdout, of, sections: lines.filter((line) => line.startsWith('[')) }
}

describe('bsn node service', () => {
  it('starts this program on a data folder, as a user, and again when it ends', async () => {
    const address = 'https://berlin.example.org:8420'
    const named = ['node:berlin', `address:${address}`, 'host:0.0.0.0']
    const options = [...named, 'latitude:-12.5', 'read-only']
    const { of, sections } = await unitOf([
      ...['--home', '/srv/openbsn', '--user', 'bsn'],
      ...options.flatMap((one) => ['--option', one]),
    ])
    const start = `${program} node start --home /srv/openbsn --node=berlin --address=${address}`
    assert.deepEqual(of('ExecStart'), [`${start} --host=0.0.0.0 --latitude=-12.5 --read-only`])
    assert.deepEqual(sections, ['[Unit]', '[Service]', '[Install]'])
    const said = [of('User'), of('Restart'), of('WantedBy')].flat()
    assert.deepEqual(said, ['bsn', 'always', 'multi-user.target'])
    assert.deepEqual(of('After'), ['network-online.target'])
    // It ends CometBFT itself, and may take its time; what it may do to the machine is little.
    assert.deepEqual([...of('KillMode'), ...of('TimeoutStopSec')], ['mixed', '60'])
    const little = ['NoNewPrivileges', 'PrivateTmp', 'ProtectSystem'].flatMap(of)
    assert.deepEqual(little, ['true', 'true', 'full'])
    assert.deepEqual((await unitOf([])).of('User'), [userInfo().username])
  })

  it('knows where the engines of this user are, and nothing else of its surroundings', async () => {
    const env = { XDG_CACHE_HOME: '/c', BSN_ENGINE_COMETBFT: '/opt/my engines/cometbft' }
    const { of } = await unitOf([], { ...env, BSN_TOKEN: 'x', SECRET: 'y' })
    const places = ['XDG_CACHE_HOME=/c', '"BSN_ENGINE_COMETBFT=/opt/my engines/cometbft"']
    assert.deepEqual(of('Environment'), places)
  })

  it('quotes what systemd would read as something else', async () => {
    const { of } = await unitOf(['--home', '/srv/50% of "it"/$HOME', '--option', 'city:Sao Paulo'])
    const [line = ''] = of('ExecStart')
    assert.ok(line.endsWith(' --home "/srv/50%% of \\"it\\"/$$HOME" "--city=Sao Paulo"'), line)
  })

  it('is a unit that systemd takes', async (t) => {
    if (!needs(t, 'systemd-analyze')) return
    const folder = testFolder()
    t.after(folder.remove)
    const argv = ['--home', `${folder.path}/a folder`, '--option', 'city:Sao Paulo']
    const { text } = await unitOf(argv, { XDG_CACHE_HOME: '/with a space' })
    const verify = (name: string, unit: string) =>
      spawnSync('systemd-analyze', ['verify', '--man=no', folder.file(name, unit)], {
        encoding: 'utf8',
      })
    const good = verify('openbsn.service', text)
    assert.deepEqual([good.status, good.stderr], [0, ''])
    const wrong = verify('wrong.service', text.replace(program, '/nowhere/bsn'))
    assert.notEqual(wrong.status, 0)
  })
})
