import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { promisify } from 'node:util'
import {
  codeSample,
  type SampleLanguage,
  sampleLanguages,
} from '../../portal/src/pages/services/code-samples.ts'
import { needs } from '../../src/testing/needs.ts'
import { bsnHome } from '../cli/bsn.ts'

const root = join(import.meta.dirname, '../..')

/** How a person runs what the page shows: name of the file, program, its arguments before it. */
const runners: Readonly<Record<SampleLanguage, readonly [string, string, ...string[]]>> = {
  curl: ['sample.sh', 'sh', '-eu'],
  typescript: ['sample.mts', process.execPath, '--conditions=openbsn-source'],
  python: ['sample.py', 'python3'],
  go: ['sample.go', 'go', 'run'],
}

describe('the programs of the page of a service', () => {
  it('write a record and read it back, each as it stands', async (t) => {
    const net = await bsnHome()
    t.after(net.close)
    const done = async (...argv: readonly string[]) => {
      const { code, stdout, stderr } = await net.run(...argv)
      assert.equal(code, 0, stderr)
      return stdout
    }
    await done('service', 'create', 'notes', '--key-mode', 'key-trust')
    const create = ['credential', 'create', '--service', 'notes', '--label', 'x', '--api-key']
    const { apiKey, ledger } = JSON.parse(await done(...create, '--json'))
    const client = await fetch(`${net.address}/api/v1/ledgers/${ledger}/services/notes`)
    const { publisher } = (await client.json()) as { publisher: string }
    const operator = publisher.replace(/^\w+\//, '')
    const target = { gateway: net.address, operator, ledger, service: 'notes' }
    // Below node_modules, so that the SDK is found by its name.
    const cache = join(root, 'node_modules/.cache/openbsn')
    mkdirSync(cache, { recursive: true })
    const folder = mkdtempSync(join(cache, 'samples-'))
    t.after(() => rmSync(folder, { recursive: true, force: true }))
    for (const language of sampleLanguages) {
      await t.test(language, async (inner) => {
        if (language === 'python' && !needs(inner, 'python3')) return
        if (language === 'go' && !needs(inner, 'go')) return
        const [name, program, ...before] = runners[language]
        const file = join(folder, name)
        writeFileSync(file, `${codeSample(language, target)}\n`)
        const env = { ...process.env, OPENBSN_API_KEY: apiKey }
        const { stdout } = await promisify(execFile)(program, [...before, file], { env })
        assert.match(stdout, /"value":\s?\{"hello":\s?"world"\}/)
      })
    }
  })
})
