import assert from 'node:assert/strict'
import { describe, it, type TestContext } from 'node:test'
import { isCodedError } from '@openbsn/sdk'
import { type CompilerOptions, createCompiler } from './compile.ts'
import type { CompileInput } from './compile-input.ts'

const signal = new AbortController().signal
const head = '// SPDX-License-Identifier: Apache-2.0\npragma solidity ^0.8.24;\n'
const plain: CompileInput = {
  sources: { 'A.sol': `${head}contract A { uint256 public immutable one = 1; }` },
}

/** So many functions that each take some work. */
function heavy(count: number): CompileInput {
  const functions = Array.from(
    { length: count },
    (_, i) => `function f${i}(uint a, uint b) external {
      for (uint j = 0; j < a; ++j) { m[j * b + ${i}] += a * b % (${i} + 1 + j); }
    }`,
  )
  const body = `mapping(uint => uint) m;\n${functions.join('\n')}`
  return { sources: { 'A.sol': `${head}contract A {\n${body}\n}` }, settings: { viaIR: true } }
}

function setUp(t: TestContext, options: CompilerOptions = {}) {
  const compiler = createCompiler({ timeoutMs: 120_000, ...options })
  t.after(() => compiler.close())
  const refusal = (input: CompileInput, how = signal) =>
    compiler.compile(input, how).then(
      () => assert.fail('it compiled'),
      (error: unknown) => {
        assert.ok(isCodedError(error), String(error))
        return `${error.code} ${error.message}`
      },
    )
  return { compiler, refusal, compile: (input: CompileInput) => compiler.compile(input, signal) }
}

describe('compiler', () => {
  it('says of each problem where it is, in characters', async (t) => {
    const { compile, refusal } = setUp(t)
    const broken = 'contract A {\n  string s = unicode"☕é"; uint x = y;\n  uint z = w;\n}'
    assert.equal(
      await refusal({ sources: { 'lib/A.sol': `${head}${broken}` } }),
      'COMPILE_FAILED The sources do not compile.\n' +
        'lib/A.sol:4:36: DeclarationError: Undeclared identifier.\n' +
        'lib/A.sol:5:12: DeclarationError: Undeclared identifier.',
    )
    const unused = `${head}contract A { function f(uint a) external pure returns (uint) {
      return 1; } }`
    const { warnings } = await compile({ sources: { 'A.sol': unused } })
    assert.deepEqual(
      warnings.map((one) => one.slice(0, 40)),
      ['A.sol:3:25: Warning: Unused function par'],
    )
    assert.match(
      await refusal({ sources: { 'A.sol': 'pragma solidity ^0.7.0; contract A {}' } }),
      /^COMPILE_FAILED .*\nA\.sol:1:1: ParserError: Source file requires different compiler/,
    )
  })

  it('imports what was sent and OpenZeppelin, and nothing else', async (t) => {
    const { compile, refusal } = setUp(t)
    const imports = ['./B.sol', '/etc/passwd', 'https://x.example/a.sol', 'node:fs']
    const climbing = '@openzeppelin/contracts/../../solc/package.json'
    for (const path of [...imports, climbing, '@openzeppelin/contracts/None.sol']) {
      const message = await refusal({ sources: { 'A.sol': `${head}import "${path}";` } })
      assert.match(message, /A\.sol:3:1: ParserError: .*not found: imports are of the sources sent/)
      assert.match(message, /\(A\.sol\) and of @openzeppelin\/contracts\/… \(5\.7\.0\)$/)
    }
    const ownable = '@openzeppelin/contracts/access/Ownable.sol'
    const { abi, packages, file, name } = await compile({
      sources: {
        'tokens/A.sol': `${head}import "./B.sol"; contract A is B { }`,
        'tokens/B.sol': `${head}import "${ownable}"; abstract contract B is Ownable(msg.sender) {}`,
      },
    })
    assert.deepEqual([file, name], ['tokens/A.sol', 'A'])
    assert.ok(abi.some((item) => item.type === 'function' && item.name === 'owner'))
    assert.deepEqual(packages, { '@openzeppelin/contracts': '5.7.0' })
  })

  it('asks which contract where there are several, and refuses those without code', async (t) => {
    const { compile, refusal } = setUp(t)
    const sources = { 'A.sol': `${head}contract A {} contract B {} interface I {}` }
    assert.equal(
      await refusal({ sources }),
      'ARGUMENT_INVALID contract: say which of A.sol:A, A.sol:B.',
    )
    assert.equal((await compile({ sources, contract: 'B' })).name, 'B')
    assert.equal((await compile({ sources, contract: 'A.sol:A' })).name, 'A')
    assert.match(await refusal({ sources, contract: 'C' }), /there is no C; there is A\.sol:A, A/)
    assert.match(await refusal({ sources, contract: 'I' }), /^ARGUMENT_INVALID .*has no code/)
  })

  it('leaves places for libraries that have no address yet', async (t) => {
    const { compile } = setUp(t)
    const library = 'library L { function f() external pure returns (uint) { return 7; } }'
    const sources = {
      'A.sol': `${head}${library} contract A {
        function g() external pure returns (uint) { return L.f(); } }`,
    }
    const open = await compile({ sources, contract: 'A' })
    assert.match(open.bytecode, /__\$[0-9a-f]{34}\$__/)
    assert.equal(open.libraryReferences.length, 1)
    assert.match(open.deployedBytecode, /^0x[0-9a-f]+$/)
    const libraries = { 'A.sol:L': `0x${'ab'.repeat(20)}` }
    const linked = await compile({ sources, contract: 'A', settings: { libraries } })
    assert.match(linked.bytecode, /73(ab){20}/)
  })

  it('keeps what was asked lately', async (t) => {
    const { compile } = setUp(t)
    const first = await compile(plain)
    assert.equal(first, await compile(structuredClone(plain)))
    const settings = { optimizer: { enabled: false, runs: 200 } }
    assert.notEqual(first, await compile({ ...plain, settings }))
    assert.deepEqual(first.immutableReferences.length > 0, true)
  })
})

describe('compiler, of sources that take too much', () => {
  it('ends what takes too long, and goes on with the next', async (t) => {
    const { compile, refusal } = setUp(t, { timeoutMs: 6000 })
    const begun = performance.now()
    const next = compile({ ...plain, contract: 'A' })
    const message = await refusal(heavy(1500))
    assert.equal(message, 'COMPILE_LIMIT The sources take more than 6 s to compile.')
    assert.ok(performance.now() - begun < 60_000)
    await next
    await compile(plain)
  })

  it('ends what takes too much memory, or nests without end, and goes on', async (t) => {
    const { compile, refusal } = setUp(t, { memoryBytesMax: 64 * 1024 * 1024 })
    const large = { ...heavy(5000), settings: {} }
    assert.match(await refusal(large), /^COMPILE_LIMIT .* more than 67108864 bytes/)
    const sum = Array(100_000).fill('a').join('+')
    const deep = `contract A { function f(uint a) external pure returns (uint) { return ${sum}; } }`
    assert.match(await refusal({ sources: { 'A.sol': `${head}${deep}` } }), /^COMPILE_LIMIT/)
    const blocks = `contract A { function f() external { ${'{'.repeat(1e5)}${'}'.repeat(1e5)} } }`
    assert.match(await refusal({ sources: { 'A.sol': `${head}${blocks}` } }), /recursion depth/)
    await compile(plain)
  })

  it('refuses contracts whose ABI is beyond what is kept', async (t) => {
    const { refusal } = setUp(t)
    const wide = 'contract A { function f() external pure returns (uint[99999] memory a) {} }'
    assert.match(await refusal({ sources: { 'A.sol': `${head}${wide}` } }), /^ABI_INVALID abi\[0\]/)
  })
})

describe('compiler, of many who ask', () => {
  it('lets so many wait, and those go who do not want it any more', async (t) => {
    const { compiler, compile, refusal } = setUp(t, { waitingMax: 1 })
    const [gone, late] = [new AbortController(), new AbortController()]
    const running = compiler.compile(heavy(1500), gone.signal)
    const waiting = compiler.compile(plain, late.signal)
    assert.match(await refusal(plain), /^COMPILER_UNAVAILABLE 1 compilations wait/)
    late.abort()
    await assert.rejects(waiting, { name: 'AbortError' })
    const next = compile(plain)
    gone.abort()
    await assert.rejects(running, { name: 'AbortError' })
    await next
    await assert.rejects(compiler.compile(heavy(1), gone.signal), { name: 'AbortError' })
  })

  it('goes on with another owner, of whom one has not all places', async (t) => {
    const { compiler, compile } = setUp(t, { timeoutMs: 3000 })
    const over: string[] = []
    const of = (owner: string, input: CompileInput) =>
      compiler.compile(input, undefined, owner).catch(({ code }) => over.push(`${owner} ${code}`))
    const all = [of('a', heavy(1500)), of('a', heavy(1501)), of('a', heavy(1502))]
    const plainOf = compile(plain).then(() => over.push('plain'))
    await Promise.all([...all, plainOf])
    const limit = 'a COMPILE_LIMIT'
    assert.deepEqual(over, ['a COMPILER_UNAVAILABLE', limit, 'plain', limit])
  })

  it('lets nobody wait for ever', async (t) => {
    const { compiler, refusal } = setUp(t, { waitMs: 200 })
    const gone = new AbortController()
    const running = compiler.compile(heavy(1500), gone.signal)
    assert.equal(await refusal(plain), 'COMPILER_UNAVAILABLE Others were compiled for 0.2 s.')
    gone.abort()
    await assert.rejects(running, { name: 'AbortError' })
  })

  it('takes nothing when it is being ended', async (t) => {
    const { compiler, refusal } = setUp(t)
    const told = [refusal(heavy(1500)), refusal(plain)]
    await new Promise((soon) => setTimeout(soon, 100))
    await compiler.close()
    for (const one of [...(await Promise.all(told)), await refusal(plain)]) {
      assert.match(one, /^COMPILER_UNAVAILABLE The compiler is being ended/)
    }
  })

  it('gives its memory back when nobody asks, and starts again', async (t) => {
    const { compile } = setUp(t, { idleMs: 50 })
    await compile(plain)
    await new Promise((soon) => setTimeout(soon, 500))
    await compile({ ...plain, contract: 'A' })
  })
})
