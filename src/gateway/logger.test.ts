import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { CodedError } from '@openbsn/sdk'
import { createLogger, type LogFields } from './logger.ts'

function logged(level?: 'debug') {
  const lines: string[] = []
  const stream = { write: (line: string) => void lines.push(line) }
  const options = { service: 'bsn', node: 'n1', ...(level ? { level } : {}) }
  return { lines, log: createLogger(options, { stream }) }
}

describe('createLogger', () => {
  it('writes one line of JSON with the names that the operator looks for', () => {
    const { lines, log } = logged()
    log.info({ event: 'test', request_id: 'r1', duration_ms: 3 }, 'done')
    const { time, ...rest } = JSON.parse(lines[0] ?? '')
    assert.match(time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
    assert.deepEqual(rest, {
      ...{ level: 'info', service: 'bsn', node: 'n1' },
      ...{ request_id: 'r1', event: 'test', duration_ms: 3, msg: 'done' },
    })
  })

  it('lets nothing through that is not on its list', () => {
    const { lines, log } = logged()
    const planted = { event: 'x', secret: 'planted', headers: { authorization: 'planted' } }
    log.warn({ ...planted, actor: { key: 'planted' } } as unknown as LogFields, 'done')
    assert.doesNotMatch(lines.join(''), /planted/)
  })

  it('keeps a line break inside of its line', () => {
    const { lines, log } = logged()
    const name = 'a\n{"level":"error"}\r\n'
    log.error({ actor: name, err: new Error(name) }, name)
    assert.equal(lines.length, 1)
    assert.equal(lines[0]?.trimEnd().split(/[\r\n]/).length, 1)
    assert.equal(JSON.parse(lines[0] ?? '').actor, name)
  })

  it('shows what drives a terminal, or ends a line for some, in plain letters', () => {
    const { lines, log } = logged()
    const text = 'é \u001b[2J \u009b2J \u007f \u0085 \u2028 \u202e 中'
    log.error({ actor: text, err: new Error(text) }, text)
    log.error({ err: text }, text)
    for (const line of lines) assert.doesNotMatch(line.trimEnd(), /[\p{Cc}\u2028\u202e]/u)
    const plain = 'é \u001b[2J \\u009b2J \\u007f \\u0085 \\u2028 \\u202e 中'
    const [first, second] = lines.map((line) => JSON.parse(line))
    assert.deepEqual([first.actor, first.msg, first['exception.message']], [plain, plain, plain])
    assert.equal(second['exception.message'], plain)
  })

  it('tells of a coded error its code, of another one its place', () => {
    const { lines, log } = logged()
    log.error({ err: new CodedError('PORT_IN_USE', 'Port 1') }, 'a')
    log.error({ err: new TypeError('b') }, 'b')
    log.error({ err: 'text' }, 'c')
    const [coded, other, text] = lines.map((line) => JSON.parse(line))
    assert.deepEqual([coded.code, 'exception.stacktrace' in coded], ['PORT_IN_USE', false])
    assert.match(other['exception.stacktrace'], /logger\.test/)
    assert.equal(text['exception.message'], 'text')
  })

  it('says debug only where it was asked for', () => {
    const [info, debug] = [logged(), logged('debug')]
    for (const { log } of [info, debug]) log.debug({}, 'x')
    assert.deepEqual([info.lines.length, info.log.isDebug()], [0, false])
    assert.deepEqual([debug.lines.length, debug.log.isDebug()], [1, true])
  })
})
