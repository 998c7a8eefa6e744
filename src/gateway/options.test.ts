import assert from 'node:assert/strict'
import { it } from 'node:test'
import { GatewayOptions, gatewayOptions } from './options.ts'

it('every option has a default and a reason; given ones count, and none changes later', () => {
  for (const [name, schema] of Object.entries(GatewayOptions.properties)) {
    assert.ok('default' in schema && 'description' in schema, name)
  }
  const options = gatewayOptions({ port: 1 })
  assert.deepEqual([options.host, options.port, options.drainTimeoutMs], ['127.0.0.1', 1, 30_000])
  assert.throws(() => Object.assign(options, { port: 2 }), TypeError)
})
