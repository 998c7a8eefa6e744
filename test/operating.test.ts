import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { closedPort } from '../src/testing/cli.ts'
import { testFolder } from '../src/testing/folder.ts'
import { needs } from '../src/testing/needs.ts'
import { cloneInto } from './clone.ts'

/**
 * The console blocks of docs/operating/network.md, in order. What is before `$` says on which
 * machine a line is typed; here all are this one, with a data folder and ports for each. What a
 * command prints may differ in ids, times and places.
 */

const root = join(import.meta.dirname, '..')
const folder = testFolder()

type Step = { readonly machine: string; readonly command: string; readonly output: string[] }

function stepsOf(page: string): Step[] {
  const steps: Step[] = []
  for (const [, block = ''] of page.matchAll(/```console\n([\s\S]*?)```/g)) {
    for (const line of block.trimEnd().split('\n')) {
      const [, machine = '', command] = /^([a-z]*)\$ (.*)$/.exec(line) ?? []
      if (command !== undefined) steps.push({ machine, command, output: [] })
      else if (line === '^C') steps.push({ machine: '', command: line, output: [] })
      else steps.at(-1)?.output.push(line)
    }
  }
  return steps
}

/** What is different in every run, by a word that says what it is. */
const normal = (line: string) =>
  line
    .replace(/bsn1[0-9a-f]{40}/g, 'LEDGER')
    .replace(/[0-9a-f]{64}/g, 'KID')
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME')
    .replace(/\S*\/issuer\.pem/g, 'HOME/issuer.pem')
    .replace(/\/\S+/g, 'FOLDER')
    .replace(/(height|entry) \d+/g, '$1 N')
    .trimEnd()

type Started = { readonly child: ChildProcess; printed(): string }

/** A line in a shell, with what it prints; Ctrl-C reaches the whole group, as in a terminal. */
function begin(line: string, cwd: string, env: NodeJS.ProcessEnv): Started {
  const child = spawn('sh', ['-c', line], { cwd, env, detached: true })
  let text = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (part: string) => {
      text += part
    })
  }
  return { child, printed: () => text }
}

/** Where each machine's gateway and CometBFT are here, and its data folder. */
async function createPlaces() {
  const ports: Record<string, string> = {}
  for (const one of ['rome:8420', 'rome:8430', 'berlin:8420', 'berlin:8430']) {
    ports[one] = String(await closedPort())
  }
  const kept = /^(PATH|HOME|XDG_CACHE_HOME|BSN_ENGINE_.*|npm_config_.*|.*_proxy)$/i
  const own = Object.entries(process.env).filter(([name]) => kept.test(name))
  return {
    /** Names and ports of the page are those of this machine. */
    here: (machine: string, text: string) =>
      text
        .replace(/(rome|berlin)\.example\.org:(\d+)/g, (_, name, port) => {
          return `${port === '8430' ? '127.0.0.1' : 'localhost'}:${ports[`${name}:${port}`]}`
        })
        .replace('--listen 0.0.0.0:8430', `--listen 127.0.0.1:${ports[`${machine}:8430`]}`),
    envOf: (machine: string) => ({
      ...Object.fromEntries(own),
      ...{ NO_COLOR: '1', BSN_HOME: join(folder.path, machine), npm_config_prefer_offline: 'true' },
      ...{ BSN_PORT: ports[`${machine}:8420`] ?? '', SOURCES: join(folder.path, 'sources') },
      // Nodes ask each other whether they are there, which on loopback has to be allowed.
      BSN_WEBHOOK_ALLOW: '127.0.0.0/8',
    }),
  }
}

/** The terminals of the page: what runs until Ctrl-C goes on while other lines are typed. */
async function createTerminal() {
  const { here, envOf } = await createPlaces()
  const running: ChildProcess[] = []
  let cwd = folder.path
  const type = ({ machine, command }: Step) => begin(here(machine, command), cwd, envOf(machine))

  /** Starts what runs until Ctrl-C, and waits until it has said what the page shows. */
  async function start(step: Step): Promise<void> {
    const { child, printed } = type(step)
    running.push(child)
    while (!step.output.every((line) => printed().includes(line))) {
      if (child.exitCode !== null) assert.fail(`${step.command}\n${printed()}`)
      await new Promise((done) => setTimeout(done, 50))
    }
  }

  async function interrupt(signal: NodeJS.Signals = 'SIGINT'): Promise<void> {
    const child = running.pop()
    if (child?.pid === undefined || child.exitCode !== null) return
    const ended = once(child, 'exit')
    process.kill(-child.pid, signal)
    await ended
  }

  /** Runs a line to its end: what is wrong with it, where something is. */
  async function run(step: Step): Promise<string | undefined> {
    const [, to] = /^cd (\S+)$/.exec(step.command) ?? []
    if (to !== undefined) {
      cwd = join(cwd, to)
      return undefined
    }
    const { child, printed } = type(step)
    const [code] = await once(child, 'close')
    const lines = printed().split('\n').map(normal)
    let at = 0
    const lacks = step.output.map(normal).find((line) => {
      at = lines.indexOf(line, at) + 1
      return at === 0
    })
    if (code === 0 && lacks === undefined) return undefined
    return `${step.command}\nlacks: ${lacks}\n${printed()}`
  }
  return {
    take: async (step: Step) => {
      if (step.command === '^C') return interrupt()
      if (/ (up|node start) /.test(step.command)) return start(step)
      // What shows a state is asked again, as the page says; what changes one is not.
      const tries = / node status /.test(step.command) ? 60 : 1
      let wrong: string | undefined
      for (let i = 0; i < tries; i++) {
        wrong = await run(step)
        if (wrong === undefined) return
        await new Promise((done) => setTimeout(done, 500))
      }
      assert.fail(wrong)
    },
    close: async () => {
      while (running.length > 0) await interrupt('SIGKILL')
    },
  }
}

describe('docs/operating/network.md', { timeout: 300_000 }, () => {
  let terminal: Awaited<ReturnType<typeof createTerminal>> | undefined
  after(async () => {
    await terminal?.close()
    folder.remove()
  })

  it('leads from an empty machine to a second node that signs blocks', async (t) => {
    if (!needs(t, 'cometbft') || !needs(t, 'git')) return
    cloneInto(join(folder.path, 'sources'))
    terminal = await createTerminal()
    const steps = stepsOf(readFileSync(join(root, 'docs/operating/network.md'), 'utf8'))
    assert.ok(steps.length > 12)
    for (const step of steps) await terminal.take(step)
  })
})
