import assert from 'node:assert/strict'
import { it } from 'node:test'
import { readWaiting } from './waiting.ts'

it('what a contract waits for is told apart: by itself, by an error, with what a tool said', () => {
  const itself = 'the organisations of oslo have not agreed to books yet'
  assert.deepEqual(readWaiting(itself), { code: undefined, what: itself, log: undefined })
  assert.deepEqual(readWaiting('ENGINE_MISSING: fabric is not here'), {
    ...{ code: 'ENGINE_MISSING', what: 'fabric is not here', log: undefined },
  })
  const failed = 'The build failed while TypeScript compiles. It said last:'
  assert.deepEqual(readWaiting(`PACKAGE_BUILD_FAILED: ${failed}\na.ts(1,2): error\n  here\n`), {
    ...{ code: 'PACKAGE_BUILD_FAILED', what: failed, log: 'a.ts(1,2): error\n  here' },
  })
})
