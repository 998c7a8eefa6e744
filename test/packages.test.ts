import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { isProgram } from '../src/testing/is-program.ts'
import { startBsn, stopInOrder } from './cli/bsn.ts'

const root = join(import.meta.dirname, '..')

/** What a user of the SDK writes first; prints the SHA-256 of the empty string. */
const program = `
import { encodeCbor, sha256, toHex } from '@openbsn/sdk'
import { createBsnClient } from '@openbsn/sdk/bsn'
console.log(toHex(sha256()), toHex(encodeCbor([1, 'a'])), typeof createBsnClient)
`
const empty = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'
const printed = `${empty} 82016161 function`

/** The machine's own Node, which may be older than the one that runs the tests. */
function plainNode(): string {
  const folders = (process.env.PATH ?? '').split(delimiter)
  const outside = folders.filter((folder) => !folder.includes('node_modules'))
  return outside.map((folder) => join(folder, 'node')).find(isProgram) ?? process.execPath
}

/** Lays what `npm pack` of a folder makes into `target`, as `npm install` of it would. */
function unpack(folder: string, target: string, scratch: string): string[] {
  const args = ['pack', '--json', '--pack-destination', scratch]
  const json = execFileSync('npm', args, { cwd: folder, encoding: 'utf8', stdio: 'pipe' })
  const [packed] = JSON.parse(json.slice(json.indexOf('['))) as [
    { filename: string; files: { path: string }[] },
  ]
  mkdirSync(target, { recursive: true })
  const tarball = join(scratch, packed.filename)
  execFileSync('tar', ['-xzf', tarball, '--strip-components=1', '-C', target])
  return packed.files.map(({ path }) => path)
}

/** Links a package of the clone, so that the test needs no registry. */
function link(name: string, modules: string): void {
  mkdirSync(dirname(join(modules, name)), { recursive: true })
  symlinkSync(join(root, 'node_modules', name), join(modules, name))
}

/** Every installed package but our own, scoped ones by their full name. */
function installedPackages(): string[] {
  return readdirSync(join(root, 'node_modules'))
    .filter((name) => !name.startsWith('.') && name !== '@openbsn')
    .flatMap((name) =>
      name.startsWith('@')
        ? readdirSync(join(root, 'node_modules', name)).map((inner) => `${name}/${inner}`)
        : [name],
    )
}

/** A folder as after `npm install` of the given packages of ours, removed by `remove`. */
function createUser(packages: Readonly<Record<string, string>>) {
  const scratch = mkdtempSync(join(tmpdir(), 'openbsn-packages-'))
  const user = join(scratch, 'user')
  const modules = join(user, 'node_modules')
  const files: Record<string, string[]> = {}
  for (const [name, folder] of Object.entries(packages)) {
    files[name] = unpack(folder, join(modules, name), scratch)
  }
  for (const name of installedPackages()) link(name, modules)
  writeFileSync(join(user, 'package.json'), '{ "type": "module" }')
  return { user, modules, files, remove: () => rmSync(scratch, { recursive: true, force: true }) }
}

/** Both packages hold what is built and the license; neither sources nor tests. */
function assertBuilt(files: readonly string[] = [], wanted: readonly string[]): void {
  const unwanted = files.filter((path) => /\.test\.|(?<!\.d)\.ts$|(^|\/)testing\//.test(path))
  assert.deepEqual(unwanted, [])
  assert.deepEqual(
    ['LICENSE', ...wanted].filter((path) => !files.includes(path)),
    [],
  )
}

describe('package @openbsn/sdk', () => {
  const { user, files, remove } = createUser({ '@openbsn/sdk': join(root, 'sdk') })
  before(() => writeFileSync(join(user, 'main.js'), program))
  after(remove)

  it('holds what is built', () => {
    assertBuilt(files['@openbsn/sdk'], ['dist/index.js', 'dist/index.d.ts'])
  })

  it('imports in plain Node, whatever its version from 20 on', (t) => {
    const node = plainNode()
    t.diagnostic(`Node ${execFileSync(node, ['--version'], { encoding: 'utf8' }).trim()}`)
    const { NODE_OPTIONS: _, ...env } = process.env
    const output = execFileSync(node, ['main.js'], { cwd: user, env, encoding: 'utf8' })
    assert.equal(output.trim(), printed)
  })

  it('bundles for browsers, without a module of Node, and runs there', async () => {
    const { outputFiles } = await build({
      absWorkingDir: user,
      entryPoints: ['main.js'],
      bundle: true,
      format: 'esm',
      platform: 'browser',
      write: false,
    })
    const bundle = outputFiles[0]?.text ?? ''
    assert.doesNotMatch(bundle, /['"]node:|\brequire\(/)
    // Only what browsers have too: no process, no Buffer.
    const prelude = 'delete globalThis.process; delete globalThis.Buffer;'
    writeFileSync(join(user, 'bundle.js'), `${prelude}\n${bundle}`)
    const output = execFileSync(process.execPath, ['bundle.js'], { cwd: user })
    assert.equal(output.toString().trim(), printed)
  })

  it('is small in a browser: what is not used is left out', async (t) => {
    const sizeOf = async (name: string) => {
      const contents = `import { ${name} } from '@openbsn/sdk'; globalThis.used = ${name}`
      const stdin = { contents, resolveDir: user }
      const how = { bundle: true, minify: true, format: 'esm', platform: 'browser' } as const
      const { outputFiles } = await build({ stdin, ...how, write: false })
      return gzipSync(outputFiles[0]?.contents ?? new Uint8Array()).length
    }
    const [client, portal] = [await sizeOf('createClient'), await sizeOf('createPortalClient')]
    t.diagnostic(`createClient ${client} bytes, createPortalClient ${portal} bytes, compressed`)
    // 44.7 and 3.3 kB as measured; the portal's pages have 250 kB for everything.
    assert.ok(client < 46_000, `createClient: ${client}`)
    assert.ok(portal < 3_500, `createPortalClient: ${portal}`)
  })

  it('has types that hold for those who compile against it', () => {
    const typed = `${program}\nexport const wrong: number = sha256()\n`
    writeFileSync(join(user, 'typed.ts'), typed)
    const page = readFileSync(join(root, 'sdk/README.md'), 'utf8')
    const examples = [...page.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, code = ''], i) => {
      writeFileSync(join(user, `example-${i}.ts`), code)
      return `example-${i}.ts`
    })
    assert.equal(examples.length, 2)
    const tsc = join(root, 'node_modules/typescript/bin/tsc')
    for (const resolution of ['nodenext', 'bundler']) {
      const module = resolution === 'bundler' ? 'esnext' : 'nodenext'
      const flags = ['--strict', '--noEmit', '--target', 'es2022', '--types', 'node']
      const args = [
        ...flags,
        '--module',
        module,
        '--moduleResolution',
        resolution,
        'typed.ts',
        ...examples,
      ]
      const { stdout } = spawnSync(process.execPath, [tsc, ...args], {
        cwd: user,
        encoding: 'utf8',
      })
      assert.equal(stdout.match(/error TS/g)?.length, 1, `${resolution}: ${stdout}`)
      assert.match(stdout, /TS2322: Type 'Uint8Array.*' is not assignable to type 'number'/)
    }
  })
})

describe('package openbsn', () => {
  const packages = { '@openbsn/sdk': join(root, 'sdk'), openbsn: root }
  const { user, modules, files, remove } = createUser(packages)
  const program = join(modules, '.bin/bsn')
  before(() => {
    mkdirSync(dirname(program), { recursive: true })
    symlinkSync('../openbsn/bin/bsn', program)
  })
  after(remove)

  it('holds what is built', () => {
    const recipe = ['engines/cometbft/go.mod', 'engines/cometbft/go.sum']
    const points = 'dist/frameworks/evm/contracts/templates/Points.sol'
    assertBuilt(files.openbsn, [
      'bin/bsn',
      'dist/cli/main.js',
      'dist/portal/index.html',
      ...recipe,
      points,
    ])
  })

  it('holds the files that threads and contracts begin with', () => {
    const built = (files.openbsn ?? []).filter((path) => /^dist\/(?!portal).*\.js$/.test(path))
    const begun = built.flatMap((path) => {
      const text = readFileSync(join(modules, 'openbsn', path), 'utf8')
      const names = [
        ...text.matchAll(/\.ts' : '(\.\/[\w-]+\.js)'|`(serve-[a-z]+)\$\{extension\}`/g),
      ]
      return names.map(([, name, script]) => join(dirname(path), name ?? `${script}.js`))
    })
    assert.equal(begun.length, 6)
    assert.deepEqual(
      begun.filter((path) => !built.includes(path)),
      [],
    )
  })

  it('starts through the link that npm makes, on the Node beside it', () => {
    const output = execFileSync(program, ['--version'], { cwd: user, encoding: 'utf8' })
    assert.match(output, /\d+\.\d+\.\d+/)
  })

  it('does the main job with the threads, the portal and the SDK that were built', async (t) => {
    const file = (name: string) => join(user, name)
    const env = { BSN_HOME: file('home') }
    const start = (...argv: readonly string[]) => startBsn(argv, { program, env })
    const run = async (...argv: readonly string[]) => {
      const { code, stdout, stderr } = await start(...argv).ended
      assert.equal(code, 0, `${argv.join(' ')}: ${stderr}`)
      return JSON.parse(stdout)
    }
    const up = start('up', '--port', '0', '--json', '--quiet')
    t.after(() => up.child.kill('SIGKILL'))
    const { address } = JSON.parse(await up.until(/^\{.*"address".*\}\n/))
    assert.match(await (await fetch(`${address}/`)).text(), /<script type="module"/)

    await run('service', 'create', 'flights', '--framework', 'records', '--json')
    const named = ['--service', 'flights', '--json']
    const credential = file('flights.credential')
    const [rows, receipts] = [file('rows.csv'), file('out.ndjson')]
    await run('credential', 'create', ...named, '--label', 'test', '--out', credential)
    writeFileSync(rows, 'id,to\n1,LHR\n2,PEK\n3,JFK\n')
    const put = ['--credential', credential, '--receipts', receipts]
    await run('record', 'put', ...named, ...put, rows)
    await stopInOrder(up)

    await run('ledger', 'verify', '--json')
    const proven = ['--file', receipts, '--keys', credential, '--json']
    assert.equal((await run('receipt', 'verify', ...proven)).verified, 3)
  })
})
