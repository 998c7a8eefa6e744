import assert from 'node:assert/strict'
import { it } from 'node:test'
import { newApiKey } from '@openbsn/sdk'
import {
  type Check,
  checkApiKey,
  checkBackupCode,
  checkCode,
  checkEmail,
  checkId,
  checkIfGiven,
  checkJson,
  checkName,
  checkNewPassword,
  checkPresentPassword,
  checkRecordKey,
  checkSame,
  checkSome,
  checkText,
  checkWhole,
} from './form-checks.ts'

const faults = (check: Check, ...texts: readonly string[]) => texts.map((one) => check(one)?.what)
const none = undefined

it('fields say what is wrong with a text, and let be what is a name in some script', () => {
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
  assert.deepEqual(faults(checkSame('Bob'), 'Bob ', 'bob', ''), [none, 'other', 'empty'])
  const json = faults(
    checkJson,
    '{"a":[1]}',
    '7',
    "{'a':1}",
    '{"a":1',
    ' ',
    `"${'é'.repeat(40_000)}"`,
  )
  assert.deepEqual(json, [none, none, 'json', 'json', 'empty', 'long'])
  const keys = faults(checkRecordKey, 'שלום', ' ', 'é'.repeat(128), 'é'.repeat(129))
  assert.deepEqual(keys, [none, 'empty', none, 'long'])
  assert.deepEqual(faults(checkSome, 'put get', ''), [none, 'none'])
  assert.deepEqual(faults(checkId, ' bob-2 ', 'B', '-bob', '<b>', ''), [
    ...[none, 'id', 'id', 'id', 'empty'],
  ])
  assert.deepEqual(faults(checkText(3), '王小明', 'four', 'a\nb', ' '), [
    ...[none, 'long', 'control', 'empty'],
  ])
  const whole = faults(checkWhole({ least: -1, most: 10 }), '-1', '10', '11', '1.5', '1e1', '')
  assert.deepEqual(whole, [none, none, 'whole', 'whole', 'whole', 'empty'])
})

it('an API key of the other environment is told at once', () => {
  const [live, test] = [newApiKey('live').key, newApiKey('sandbox').key]
  const wrong = [`${live}x`, `x${live}`, 'live_short', '<script>', 'שלום', '']
  const wrongly = ['apiKey', 'apiKey', 'apiKey', 'apiKey', 'apiKey', 'empty']
  const ofLive = faults(checkApiKey('live'), ` ${live} `, test, ...wrong)
  assert.deepEqual(ofLive, [none, 'environment', ...wrongly])
  assert.deepEqual(faults(checkApiKey('sandbox'), test, live), [none, 'environment'])
  const ifGiven = faults(checkIfGiven(checkApiKey('live')), ' ', live, test, 'x')
  assert.deepEqual(ifGiven, [none, none, 'environment', 'apiKey'])
})
