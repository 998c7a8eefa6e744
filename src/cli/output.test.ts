import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { cliFailure } from './failure.ts'
import { createOutput, fields, type OutputOptions } from './output.ts'

function outputs(options: Partial<OutputOptions>, isTTY = false) {
  const written = { stdout: '', stderr: '' }
  const sink = (name: keyof typeof written) => ({
    isTTY,
    write: (text: string | Uint8Array) => {
      written[name] += text
    },
  })
  const plain = { json: false, quiet: false, verbose: false, color: false, ...options }
  return { written, out: createOutput(plain, sink('stdout'), sink('stderr')) }
}

describe('output', () => {
  it('keeps data on stdout and all else on stderr', () => {
    const { written, out } = outputs({})
    out.answer({ a: 1 }, 'text')
    out.note('note')
    out.detail('detail')
    assert.deepEqual(written, { stdout: 'text\n', stderr: 'note\n' })
  })

  it('prints one document with --json, and no notes', () => {
    const { written, out } = outputs({ json: true })
    out.answer({ a: 1 }, 'text')
    out.note('note')
    assert.deepEqual(written, { stdout: '{"a":1}\n', stderr: '' })
  })

  it('says more with --verbose and less with --quiet', () => {
    const loud = outputs({ json: true, verbose: true })
    loud.out.note('note')
    loud.out.detail('detail')
    assert.equal(loud.written.stderr, 'note\ndetail\n')
    const quiet = outputs({ quiet: true })
    quiet.out.note('note')
    assert.equal(quiet.written.stderr, '')
  })

  it('tells a failure with code and remedy, in colour only where asked', () => {
    const failure = cliFailure('FILE_EXISTS', 'x exists already.')
    const plain = outputs({})
    plain.out.failure(failure)
    const remedy = '  what to do: Name another file, or say --force.\n'
    assert.equal(plain.written.stderr, `error FILE_EXISTS: x exists already.\n${remedy}`)
    const painted = outputs({ color: true })
    painted.out.failure(failure)
    assert.ok(painted.written.stderr.startsWith('\u001b[31merror'))
  })

  it('shows what drives a terminal as dots in what a gateway said, line by line', () => {
    const { written, out } = outputs({})
    out.failure(cliFailure('FILE_EXISTS', 'a\u001b[2J\nb\u202ec'))
    assert.ok(written.stderr.startsWith('error FILE_EXISTS: a·[2J\nb·c\n'), written.stderr)
  })

  it('tells which request failed, as the log of the gateway has it', () => {
    const { written, out } = outputs({})
    out.failure({ ...cliFailure('FILE_EXISTS', 'x'), details: { requestId: 'req_1' } })
    assert.ok(written.stderr.endsWith('\n  request: req_1\n'), written.stderr)
  })

  it('tells a failure as problem details with --json', () => {
    const { written, out } = outputs({ json: true })
    out.failure({ ...cliFailure('FILE_EXISTS', 'x'), details: { status: 409, file: 'x' } })
    assert.deepEqual(JSON.parse(written.stderr), {
      type: '/docs/reference/errors.md#file_exists',
      title: 'The file to write exists already; it was left as it is.',
      status: 409,
      detail: 'x',
      code: 'FILE_EXISTS',
      remedy: 'Name another file, or say --force.',
      exitCode: 5,
      details: { file: 'x' },
    })
  })

  it('aligns tables on a terminal, and makes them easy to cut elsewhere', () => {
    const rows = [
      ['1', 'long value'],
      ['22', 'x'],
    ]
    assert.equal(outputs({}).out.table(['A', 'B'], rows), '1\tlong value\n22\tx')
    const shown = outputs({}, true).out.table(['A', 'B'], rows)
    assert.equal(shown, 'A   B         \n1   long value\n22  x')
  })

  it('lets no record drive the terminal', () => {
    const { out } = outputs({})
    assert.equal(out.table(['A'], [['a\u001b[2Jb\nc']]), 'a·[2Jb·c')
    assert.equal(fields({ key: 'a\u0007', none: undefined, long: 1 }), 'key:  a·\nlong: 1')
  })
})
