import assert from 'node:assert/strict'
import { it } from 'node:test'
import { programName } from './up.ts'

it('bsn up names the command that works where it was started', () => {
  const npm = { npm_lifecycle_event: 'start', npm_package_name: 'openbsn' }
  assert.equal(programName({}, 'linux'), 'bsn')
  assert.equal(programName({ ...npm, npm_package_name: 'theirs' }, 'linux'), 'bsn')
  assert.equal(programName(npm, 'linux'), 'bin/bsn')
  assert.equal(programName(npm, 'win32'), 'npm run bsn --')
})
