import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { needs } from '../src/testing/needs.ts'
import { bsn, bsnHome, program } from './cli/bsn.ts'

/** How each shell is asked what it would offer behind a line. The script's path is $1. */
const shells = {
  bash: `source "$1"; read -ra COMP_WORDS <<< "$2"; [[ "$2" == *' ' ]] && COMP_WORDS+=('')
    COMP_CWORD=$((\${#COMP_WORDS[@]} - 1)); _bsn; printf '%s\\n' "\${COMPREPLY[@]}"`,
  zsh: `compdef() { :; }; compadd() { print -l -- \${(M)\${(P)2}:#\${words[CURRENT]}*}; }
    _files() { print -l -- \${words[CURRENT]}*(N); }
    source "$1"; words=(\${=2}); [[ "$2" == *' ' ]] && words+=(''); CURRENT=$#words; _bsn`,
  fish: 'source $argv[1]; complete -C $argv[2]',
} as const
type Shell = keyof typeof shells

describe('completion', () => {
  let net: Awaited<ReturnType<typeof bsnHome>>
  before(async () => {
    net = await bsnHome()
    for (const argv of [
      ['service', 'create', 'flights'],
      ['service', 'create', 'points'],
      ['credential', 'create', '--service', 'flights', '--label', 'x', '--out', net.file('c.cred')],
    ]) {
      const { code, stderr } = await net.run(...argv)
      assert.equal(code, 0, stderr)
    }
  })
  after(() => net.close())

  async function write(shell: Shell): Promise<string> {
    const path = net.file(`completion.${shell}`)
    writeFileSync(path, (await bsn(['completion', shell])).stdout)
    return path
  }

  function offeredIn(shell: Shell, path: string, line: string): string[] {
    const argv = shell === 'fish' ? [path, line] : ['shell', path, line]
    const env = { ...net.env, HOME: dirname(path), PATH: `${dirname(program)}:${process.env.PATH}` }
    const flags = shell === 'fish' ? ['--no-config'] : shell === 'zsh' ? ['-f'] : ['--norc']
    const { stdout, stderr } = spawnSync(shell, [...flags, '-c', shells[shell], ...argv], {
      env,
      cwd: dirname(path),
      encoding: 'utf8',
    })
    assert.equal(stderr, '', line)
    // Fish tells what a word is for behind a tab.
    return stdout.split('\n').flatMap((one) => one.split('\t')[0] || [])
  }

  for (const shell of ['bash', 'zsh', 'fish'] as const) {
    it(`offers commands, options, ids and files in ${shell}`, async (t) => {
      if (!needs(t, shell)) return
      const path = await write(shell)
      const offered = (line: string) => offeredIn(shell, path, line)
      assert.deepEqual(offered('bsn aud'), ['audit'])
      const verbs = offered('bsn service ')
      for (const verb of ['create', 'freeze', 'list']) assert.ok(verbs.includes(verb), verb)
      assert.equal(verbs.includes('audit'), false)
      assert.deepEqual(offered('bsn help record g'), ['get'])
      assert.deepEqual(offered('bsn credential create --api'), ['--api-key'])
      assert.deepEqual(offered('bsn service freeze ').sort(), ['flights', 'points'])
      assert.deepEqual(offered('bsn record list --json --service po'), ['points'])
      assert.deepEqual(offered('bsn engine path c'), ['cometbft'])
      const [id, ...rest] = offered('bsn credential revoke ')
      assert.match(String(id), /^cred_[0-9a-f]{16}$/)
      assert.deepEqual(rest, [])
      assert.deepEqual(offered('bsn usage --credential c.c'), ['c.cred'])
      assert.deepEqual(offered('bsn service create '), [])
    })
  }

  it('is quiet where no network is up, and knows no other shell', async () => {
    const env = { BSN_HOME: '/nowhere' }
    assert.deepEqual(await bsn(['completion', 'services'], { env }), {
      ...{ code: 0, signal: null, stdout: '', stderr: '' },
    })
    assert.equal((await bsn(['completion', 'tcsh'])).code, 2)
  })
})
