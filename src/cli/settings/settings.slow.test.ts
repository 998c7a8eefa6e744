import assert from 'node:assert/strict'
import { chownSync, mkdirSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { testCli } from '../../testing/cli.ts'
import { testFolder } from '../../testing/folder.ts'
import { needs } from '../../testing/needs.ts'
import { commandTable } from '../command-table.ts'
import { readSettings, settingFiles, settingRules, variableOf } from './settings.ts'

/** A folder of the user's settings, and of a project in which the user stands two folders down. */
function places(t: TestContext, files: { readonly user?: string; readonly project?: string }) {
  const { path, remove } = testFolder()
  t.after(remove)
  const { user, project } = files
  const folder = join(path, 'project/a/b')
  mkdirSync(folder, { recursive: true })
  mkdirSync(join(path, 'config/bsn'), { recursive: true })
  const write = (name: string, text: string) => writeFileSync(join(path, name), text)
  if (user !== undefined) write('config/bsn/config.json', user)
  if (project !== undefined) write('project/bsn.json', project)
  const env = { XDG_CONFIG_HOME: join(path, 'config') }
  return { env, folder, path }
}

describe('settings', () => {
  it('count by environment, then project, then user, paths from where they are said', (t) => {
    const { env, folder, path } = places(t, {
      user: '{"home": "~/net", "port": 9000, "gateway": "http://user", "group": "of-user"}',
      project: '{"credential": "keys/a.credential", "gateway": "http://project", "group": "one"}',
    })
    const all = { ...env, BSN_GROUP: 'two', BSN_PORT: '' }
    const [project, user] = ['project/bsn.json', 'config/bsn/config.json'].map((one) =>
      join(path, one),
    )
    const found = readSettings(all, settingFiles(all, folder))
    assert.deepEqual(
      found.map(({ name, value, origin }) => [name, value, origin]),
      [
        ['home', join(homedir(), 'net'), user],
        ['gateway', 'http://project', project],
        ['group', 'two', 'environment'],
        ['credential', join(path, 'project/keys/a.credential'), project],
        ['port', '9000', user],
      ],
    )
  })

  it('are the options that have a variable, each under the name of the option', async () => {
    const loaded = await Promise.all(Object.values(commandTable).map(({ load }) => load()))
    const options = loaded.flatMap(({ command }) => Object.entries(command.options ?? {}))
    // One of another name is not ours alone: DATABASE_URL has a password in it.
    const named = options.filter(([, { env }]) => env?.startsWith('BSN_'))
    for (const [name, { env }] of named) assert.equal(env, variableOf(name), name)
    const names = [...new Set(named.map(([name]) => name))]
    assert.deepEqual(Object.keys(settingRules).toSorted(), names.toSorted())
    for (const [name, { value }] of named) {
      const isFile = value === 'FILE' || value === 'DIR'
      assert.equal(settingRules[name]?.isPath ?? false, isFile, name)
    }
  })

  const wrong = {
    'unknown names': '{"gatway": "http://x"}',
    'wrong types': '{"gateway": ["http://x"]}',
    'empty texts': '{"gateway": ""}',
    'names twice': '{"group": "a", "group": "b"}',
    'names of every object': '{"__proto__": "x"}',
    'half a file': '{"group": "a"',
    'a list': '[]',
    'more than it may have': `{"group": "${'a'.repeat(70_000)}"}`,
  }
  for (const [what, text] of Object.entries(wrong)) {
    it(`with ${what} stop a command, not its help`, async (t) => {
      for (const files of [{ user: text }, { project: text }]) {
        const around = places(t, files)
        const { code, stdout, problem } = await testCli(['config', 'list', '--json'], around)
        assert.deepEqual([code, stdout, problem().code], [2, '', 'CONFIG_INVALID'])
        const name = files.user === undefined ? 'bsn.json' : 'config.json'
        assert.ok(String(problem().detail).includes(name))
        assert.equal((await testCli(['config', 'list', '--help'], around)).code, 0)
      }
    })
  }

  it('of a server count in the file of the user alone', async (t) => {
    const { env, folder } = places(t, { project: '{"oidc-issuer": "https://elsewhere"}' })
    const { code, problem } = await testCli(['up', '--json'], { env, folder })
    assert.deepEqual([code, problem().code], [2, 'CONFIG_INVALID'])
    assert.match(String(problem().detail), /oidc-issuer.*user's file/)
  })

  it('of another user say nothing', (t) => {
    if (!needs(t, 'root')) return
    const { env, folder, path } = places(t, { project: '{"group": "theirs"}' })
    chownSync(join(path, 'project/bsn.json'), 12_345, 12_345)
    assert.equal(settingFiles(env, folder).project, undefined)
  })
})

describe('bsn config list', () => {
  it('shows what is set, and where with --show-origin', async (t) => {
    const { env, folder, path } = places(t, { user: '{"environment": "sandbox"}' })
    const around = { env: { ...env, BSN_GROUP: 'airlines' }, folder }
    const plain = await testCli(['config', 'list'], around)
    assert.equal(plain.stdout, 'environment = sandbox\ngroup = airlines\n')
    const file = join(path, 'config/bsn/config.json')
    const told = await testCli(['config', 'list', '--show-origin'], around)
    const lines = [`environment = sandbox  (${file})`, 'group = airlines  (BSN_GROUP)', '']
    assert.equal(told.stdout, lines.join('\n'))
    const document = (await testCli(['config', 'list', '--json'], around)).json()
    assert.deepEqual(document, {
      settings: [
        { name: 'environment', value: 'sandbox', variable: 'BSN_ENVIRONMENT', origin: file },
        { name: 'group', value: 'airlines', variable: 'BSN_GROUP', origin: 'environment' },
      ],
      userFile: file,
    })
  })

  it('names the file that would be read where nothing is set', async (t) => {
    const { env, folder, path } = places(t, {})
    const { code, stdout, stderr } = await testCli(['config', 'list'], { env, folder })
    assert.deepEqual([code, stdout], [0, ''])
    assert.equal(stderr, `nothing is set; ${join(path, 'config/bsn/config.json')} would be read\n`)
  })
})
