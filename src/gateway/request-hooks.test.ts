import assert from 'node:assert/strict'
import { it } from 'node:test'
import { CodedError } from '@openbsn/sdk'
import { testGateway, testStatement } from '../testing/gateway.ts'

it('a request that failed is in the log with its id, and its trace where that is one', async () => {
  const { app, ledger, lines, base } = await testGateway()
  ledger.submit = () => Promise.reject(new CodedError('LEDGER_STOPPED', 'It has stopped.'))
  const payload = Buffer.from(await testStatement(ledger, 'a'))
  const trace = '4bf92f3577b34da6a3ce929d0e0e4736'
  const ask = (traceparent: string) => {
    const headers = { 'content-type': 'application/cose', traceparent }
    return app.inject({ method: 'POST', url: `${base}/entries`, headers, payload })
  }
  for (const [traceparent, told] of [
    [`00-${trace}-00f067aa0ba902b7-01`, trace],
    [`00-${trace.toUpperCase()}-00f067aa0ba902b7-01`, undefined],
    ['planted', undefined],
  ] as const) {
    const { headers } = await ask(traceparent)
    const line = JSON.parse(lines.at(-1) ?? '{}')
    assert.equal(line.event, 'request.done')
    assert.equal(line.trace_id, told)
    assert.equal(line.request_id, headers['x-request-id'])
    assert.deepEqual([line.level, line.status], ['warn', 503])
  }
})
