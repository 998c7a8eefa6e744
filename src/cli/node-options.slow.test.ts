import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { actIn, testNetwork } from '../testing/cli.ts'

describe('a city node, by options', () => {
  it('is registered with its place in microdegrees', async (t) => {
    const network = await testNetwork(t)
    const place = ['--city', 'Lima', '--country', 'PE', '--latitude=-12.0464', '--longitude=-77']
    const register = ['node', 'register', 'lima', ...place]
    assert.equal((await network.run(...register)).code, 2)
    assert.equal((await network.run(...register, '--address', 'https://x.example')).code, 0)
    const { module, fields } = actIn(network)
    assert.equal(module, 'bsn:alliance')
    assert.deepEqual([fields.latitude, fields.longitude], [-12_046_400, -77_000_000])
    assert.deepEqual([fields.gateway, fields.frameworks], ['https://x.example', ['records']])
    for (const bad of ['91', 'north', '1e1']) {
      assert.equal((await network.run('node', 'update', 'lima', `--latitude=${bad}`)).code, 2)
    }
  })
})
