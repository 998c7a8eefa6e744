import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, it } from 'node:test'
import { testFolder } from '../../../testing/folder.ts'
import { readKind } from './package-kind.ts'

const manifest = {
  name: '@shop/assets',
  version: '1.2.0',
  main: 'dist/index.js',
  dependencies: { 'fabric-contract-api': '2.5.8', 'fabric-shim': '2.5.8' },
  devDependencies: { typescript: '5.9.3' },
}
const node = (change: object = {}) => JSON.stringify({ ...manifest, ...change })
const goMod = `module example.org/shop/assets/v2

go 1.20

require (
	github.com/hyperledger/fabric-contract-api-go v1.2.2 // the contract
)
`

async function kindOf(files: Readonly<Record<string, string>>) {
  const folder = testFolder()
  try {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder.path, name)), { recursive: true })
      writeFileSync(join(folder.path, name), text)
    }
    return await readKind(folder.path)
  } finally {
    folder.remove()
  }
}

describe('the kind of a package', () => {
  it('is told by its own files', async () => {
    const lock = { 'package-lock.json': '{}' }
    const typescript = await kindOf({ 'package.json': node(), 'tsconfig.json': '{}', ...lock })
    assert.deepEqual(typescript, {
      ...{ name: '@shop/assets', version: '1.2.0', language: 'node', style: 'contract-api' },
      ...{ main: 'dist/index.js', isTypeScript: true },
    })
    const low = node({ main: undefined, dependencies: { 'fabric-shim': '2.5.8' } })
    assert.deepEqual(await kindOf({ 'package.json': low, 'npm-shrinkwrap.json': '{}' }), {
      ...{ name: '@shop/assets', version: '1.2.0', language: 'node', style: 'shim' },
      ...{ main: 'index.js', isTypeScript: false },
    })
    const go = { name: 'assets', version: '0.0.0', language: 'go' }
    assert.deepEqual(await kindOf({ 'go.mod': goMod, 'go.sum': '' }), { ...go, isVendored: false })
    const vendored = { 'go.mod': goMod, 'vendor/modules.txt': '' }
    assert.deepEqual(await kindOf(vendored), { ...go, isVendored: true })
  })

  it('is refused where it is none, or says too little of itself', async () => {
    const lock = { 'package-lock.json': '{}' }
    const unknown: [Record<string, string>, RegExp][] = [
      [{ 'readme.md': '' }, /neither a package.json nor a go.mod/],
      [{ 'assets/package.json': node() }, /neither/],
      [{ 'package.json': '{', ...lock }, /not the JSON/],
      [{ 'package.json': '[]', ...lock }, /not the JSON/],
      [{ 'package.json': ' '.repeat(2 ** 20 + 1), ...lock }, /larger than/],
      [{ 'package.json': node({ name: '../x y' }), ...lock }, /no name/],
      [{ 'package.json': node({ version: 'latest' }), ...lock }, /no version/],
      [{ 'package.json': node({ main: '../../other.js' }), ...lock }, /main/],
      [{ 'package.json': node({ main: '/etc/passwd' }), ...lock }, /main/],
      [{ 'package.json': node({ dependencies: {} }), ...lock }, /does not depend/],
      [{ 'go.mod': 'go 1.20', 'go.sum': '' }, /no line/],
      [{ 'go.mod': 'module a.b/c', 'go.sum': '' }, /requires neither/],
      [{ 'go.mod': `${goMod}replace a.b/c => ../c\n`, 'go.sum': '' }, /replaces/],
    ]
    for (const [files, message] of unknown) {
      const label = JSON.stringify(files).slice(0, 300)
      await assert.rejects(kindOf(files), { code: 'PACKAGE_KIND_UNKNOWN', message }, label)
    }
  })

  it('has its dependencies pinned, and no settings of its own for npm', async () => {
    for (const files of [{ 'package.json': node() }, { 'go.mod': goMod }]) {
      await assert.rejects(kindOf(files), { code: 'PACKAGE_LOCK_MISSING' })
    }
    const npmrc = { 'package.json': node(), 'package-lock.json': '{}', '.npmrc': 'git=./evil' }
    await assert.rejects(kindOf(npmrc), { code: 'PACKAGE_NAME_REFUSED' })
  })
})
