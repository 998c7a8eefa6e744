/** Why two peers that run the same call may not come to the same result. */
export type Chance =
  | 'clock'
  | 'random'
  | 'network'
  | 'environment'
  | 'files'
  | 'processes'
  | 'threads'
  | 'order'
  | 'locale'
  | 'floats'

/** What a warning says of each. */
export const reasons: Readonly<Record<Chance, string>> = {
  clock: 'Peers have different clocks: take the time of the transaction (getTxTimestamp).',
  random: 'Each peer draws another number: take it from the call, or from the transaction id.',
  network: 'Peers may get different answers, or none; a contract here has no network.',
  environment: 'Peers run with different settings and on different machines.',
  files: 'Peers have different files; what a contract keeps belongs into the state.',
  processes: 'Other programs are not the same everywhere; a contract here may not start any.',
  threads: 'What comes first differs from peer to peer, and from call to call.',
  order: 'A map of Go is walked in another order each time: sort the keys first.',
  locale: 'What it gives depends on the language and version of the machine.',
  floats: 'Results may differ in their last digit between machines: count in whole numbers.',
}

export type Rule = {
  readonly chance: Chance
  /** In code, where strings and comments are blank. */
  readonly code?: RegExp
  /** Names of modules. */
  readonly imports?: RegExp
}

/** Whatever one of them finds. */
const any = (...parts: readonly RegExp[]) => new RegExp(parts.map((one) => one.source).join('|'))
const node = (names: string) => new RegExp(`^(?:node:)?(?:${names})(?:/|$)`)

/** JavaScript and TypeScript. */
export const scriptRules: readonly Rule[] = [
  {
    chance: 'clock',
    code: any(
      /\bDate\.now\b|\bnew Date\b(?!\s*\(\s*[^\s)])|(?<![\w.]|new )Date\s*\(/,
      /\bperformance\.\w|\bprocess\.(?:hrtime|uptime)\b/,
    ),
  },
  {
    chance: 'random',
    code: /\bMath\.random\b|\b(?:randomBytes|randomInt|randomUUID|randomFill\w*|getRandomValues)\b/,
    imports: /^(?:uuid|nanoid|ulid|seedrandom)(?:\/|$)/,
  },
  {
    chance: 'network',
    code: /(?<![\w.])fetch\s*\(|\bglobalThis\.fetch\b|\b(?:XMLHttpRequest|WebSocket|EventSource)\b/,
    imports: node('http|https|http2|net|tls|dgram|dns|axios|undici|node-fetch|got|request|ws'),
  },
  {
    chance: 'environment',
    code: /\bprocess\.(?:env|argv|cwd|pid|platform|arch|version|memoryUsage)\b/,
    imports: node('os'),
  },
  { chance: 'files', imports: node('fs|fs-extra|graceful-fs|sqlite') },
  { chance: 'processes', imports: node('child_process|cluster|worker_threads|vm|inspector') },
  {
    chance: 'threads',
    code: /(?<![\w.])set(?:Timeout|Interval|Immediate)\b|\bPromise\.(?:race|any)\b/,
  },
  { chance: 'locale', code: /\.(?:toLocale\w*|localeCompare)\b|\bIntl\./ },
  {
    chance: 'floats',
    code: any(
      /\bMath\.(?:a?(?:sin|cos|tan)h?|atan2|exp|expm1|log\w*|pow|cbrt|hypot)\b/,
      /\*\*\s*-?\d*\.\d/,
    ),
  },
]

/** Go. Maps are found apart, since their types stand elsewhere. */
export const goRules: readonly Rule[] = [
  {
    chance: 'clock',
    code: /\btime\.(?:Now|Since|Until|After|AfterFunc|Tick|Sleep|NewTimer|NewTicker)\b/,
  },
  { chance: 'random', imports: /^(?:math\/rand|crypto\/rand|github\.com\/google\/uuid)/ },
  { chance: 'network', imports: /^net(?:\/(?!url$|netip$|mail$|textproto$)|$)/ },
  {
    chance: 'environment',
    code: any(
      /\bos\.(?:Getenv|LookupEnv|Environ|Hostname|Getpid|Getwd|Args)\b/,
      /\bruntime\.(?:NumCPU|NumGoroutine|GOOS|GOARCH)\b/,
    ),
  },
  {
    chance: 'files',
    code: /\bos\.(?:Open|OpenFile|Create|ReadFile|WriteFile|ReadDir|Stat|Remove\w*|Mkdir\w*)\b/,
    imports: /^(?:io\/ioutil|embed\/|database\/sql)$/,
  },
  { chance: 'processes', imports: /^(?:os\/exec|plugin|syscall|C)$/ },
  { chance: 'threads', code: /(?:^|[;{]|\s)go\s+(?:func\b|[\w.]+\s*\()|\bselect\s*\{/ },
  { chance: 'floats', code: /\bfloat(?:32|64)\b|\bbig\.Float\b/ },
]
