import assert from 'node:assert/strict'
import { it } from 'node:test'
import {
  type Check,
  checkApiKey,
  checkBackupCode,
  checkCode,
  checkEmail,
  checkName,
  checkNewPassword,
  checkPresentPassword,
  checkSame,
} from './form-checks.ts'

it('fields say what is wrong with a text, and let be what is a name in some script', () => {
  const faults = (check: Check, ...texts: readonly string[]) => texts.map((one) => check(one)?.what)
  const none = undefined
  const names = faults(checkName, '王小明', 'שלום', '<script>x</script>', ' ', 'a\u0000b')
  assert.deepEqual(names, [none, none, none, 'empty', 'control'])
  // Characters are counted as people do.
  assert.deepEqual(faults(checkName, '😀'.repeat(80), 'a'.repeat(81)), [none, 'long'])
  const emails = faults(checkEmail, 'ann@example.org', 'ann', `${'a'.repeat(250)}@b.org`, '')
  assert.deepEqual(emails, [none, 'email', 'long', 'empty'])
  const passwords = faults(checkNewPassword, 'twelve chars', 'short', 'a'.repeat(257), '')
  assert.deepEqual(passwords, [none, 'short', 'long', 'empty'])
  assert.deepEqual(faults(checkPresentPassword, 'x', '', 'a'.repeat(1025)), [none, 'empty', 'long'])
  assert.deepEqual(faults(checkCode, '123 456', '12345', 'abcdef', ''), [
    ...[none, 'code', 'code', 'empty'],
  ])
  assert.deepEqual(faults(checkBackupCode, 'Ab3-x', '', 'a'.repeat(33)), [none, 'empty', 'long'])
  const [live, test] = ['live', 'test'].map((one) => `${one}_${'a'.repeat(43)}`)
  const keys = [` ${live}`, test, 'live_short', '', `x${live}`].map(String)
  assert.deepEqual(faults(checkApiKey('live'), ...keys), [
    ...[none, 'apiKeyLive', 'apiKey', 'empty', 'apiKey'],
  ])
  assert.deepEqual(faults(checkApiKey('sandbox'), ...keys.slice(0, 2)), ['apiKeyTest', none])
  assert.deepEqual(faults(checkSame('Bob'), 'Bob ', 'bob', ''), [none, 'other', 'empty'])
})
