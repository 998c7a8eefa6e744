import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { run } from './mounts.ts'

/** Where the system keeps named network namespaces. */
const places = '/run/netns'
/** Begins every name, so that what a killed test left behind is told from all else. */
const prefix = 'bsn-fault-'

/** A machine of a network: a network namespace with one address. */
export type Host = {
  readonly name: string
  readonly address: string
  /** What a program runs under to be on this machine. It does not outlive the test. */
  readonly under: readonly string[]
}

export type NetworkHostsOptions = {
  /** The longest pause before TCP sends again what had no answer; the system's where not said. */
  readonly retryMsMax?: number
}

type Faults = { readonly deafTo: Set<Host>; lossPercent: number }

/** Machines on one switch, and what goes wrong between them. Needs root. */
export class NetworkHosts {
  readonly #names: string[] = []
  readonly #faults = new Map<Host, Faults>()
  readonly #switch: string
  readonly #options: NetworkHostsOptions
  /** Packets that rules dropped which are gone since; from the last time that all was well. */
  #lost = 0

  constructor(options: NetworkHostsOptions = {}) {
    this.#options = options
    removeLeftovers()
    this.#switch = this.#addNamespace('switch')
    run('ip', '-n', this.#switch, 'link', 'add', 'bridge', 'type', 'bridge')
    run('ip', '-n', this.#switch, 'link', 'set', 'bridge', 'up')
  }

  #addNamespace(what: string): string {
    const name = `${prefix}${process.pid}-${what}`
    run('ip', 'netns', 'add', name)
    this.#names.push(name)
    return name
  }

  add(name: string): Host {
    const number = this.#faults.size + 1
    const namespace = this.#addNamespace(String(number))
    const [address, port] = [`10.83.0.${number}`, `port${number}`]
    const within = (...args: readonly string[]) => run('ip', '-n', namespace, ...args)
    const toSwitch = ['type', 'veth', 'peer', 'name', port, 'netns', this.#switch]
    run('ip', 'link', 'add', 'eth0', 'netns', namespace, ...toSwitch)
    run('ip', '-n', this.#switch, 'link', 'set', port, 'master', 'bridge', 'up')
    within('address', 'add', `${address}/24`, 'dev', 'eth0')
    for (const device of ['lo', 'eth0']) within('link', 'set', device, 'up')
    const under = ['setpriv', '--pdeathsig', 'KILL', 'nsenter', `--net=${places}/${namespace}`]
    const host = { name, address, under }
    const { retryMsMax } = this.#options
    if (retryMsMax !== undefined) {
      runOn(host, 'sh', '-c', `echo ${retryMsMax} > /proc/sys/net/ipv4/tcp_rto_max_ms`)
    }
    this.#faults.set(host, { deafTo: new Set(), lossPercent: 0 })
    return host
  }

  get #all(): Host[] {
    return [...this.#faults.keys()]
  }

  #faultsOf(host: Host): Faults {
    const faults = this.#faults.get(host)
    assert(faults, `${host.name} is a host of this network`)
    return faults
  }

  /** Nothing that `from` sends reaches `host`; the other way stays as it is. */
  deafen(host: Host, from: readonly Host[]): void {
    for (const one of from) if (one !== host) this.#faultsOf(host).deafTo.add(one)
    this.#apply(host)
  }

  /** Hosts of different groups hear nothing of each other. */
  split(...groups: readonly (readonly Host[])[]): void {
    for (const group of groups) {
      const others = groups.filter((one) => one !== group).flat()
      for (const host of group) this.deafen(host, others)
    }
  }

  /** So much of what is sent to any host is lost. */
  lose(percent: number): void {
    for (const host of this.#all) {
      this.#faultsOf(host).lossPercent = percent
      this.#apply(host)
    }
  }

  /** These hosts hear everybody, and everybody hears them; all where none are named. */
  heal(hosts: readonly Host[] = this.#all): void {
    for (const host of this.#all) {
      const { deafTo } = this.#faultsOf(host)
      if (hosts.includes(host)) deafTo.clear()
      for (const one of hosts) deafTo.delete(one)
    }
    if (hosts.length < this.#all.length) {
      for (const host of this.#all) this.#apply(host)
      return
    }
    this.lose(0)
    assert.ok(this.#lost > 0, 'nothing was lost on the way: that was no fault')
    this.#lost = 0
  }

  /** What is dropped on arrival: its sender hears nothing of it, as in a real partition. */
  #apply(host: Host): void {
    const { deafTo, lossPercent } = this.#faultsOf(host)
    const addresses = [...deafTo].map(({ address }) => address)
    const percent = `iifname eth0 numgen random mod 100 < ${lossPercent}`
    const drops = [
      ...(addresses.length > 0 ? [`ip saddr { ${addresses.join(', ')} } counter drop`] : []),
      ...(lossPercent > 0 ? [`${percent} counter drop`] : []),
    ]
    this.#lost += lostAt(host)
    const rules = [
      'add table inet fault',
      'add chain inet fault arriving { type filter hook input priority 0; }',
      'flush chain inet fault arriving',
      ...drops.map((rule) => `add rule inet fault arriving ${rule}`),
    ]
    runOn(host, 'nft', rules.join('\n'))
  }

  /** After all that ran there has ended. */
  remove(): void {
    for (const name of this.#names) run('ip', 'netns', 'del', name)
  }
}

/** Packets that the rules of a host have dropped. */
function lostAt({ under: [command = '', ...args] }: Host): number {
  const list = ['nft', 'list', 'chain', 'inet', 'fault', 'arriving']
  const { stdout } = spawnSync(command, [...args, ...list], { encoding: 'utf8' })
  return [...stdout.matchAll(/counter packets (\d+)/g)].reduce((sum, [, n]) => sum + Number(n), 0)
}

function runOn({ under }: Host, ...program: readonly string[]): void {
  const [command = '', ...args] = [...under, ...program]
  run(command, ...args)
}

/** Namespaces of tests that were killed; what ran there has ended with them. */
function removeLeftovers(): void {
  const names = existsSync(places) ? readdirSync(places) : []
  for (const name of names) {
    const [, pid] = new RegExp(`^${prefix}(\\d+)-`).exec(name) ?? []
    // Another one may have been faster.
    if (pid && !existsSync(`/proc/${pid}`)) spawnSync('ip', ['netns', 'del', name])
  }
}
