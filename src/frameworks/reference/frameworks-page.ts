import { adapters, frameworkPromises, type PromiseId } from '../framework-promises.ts'

const intro = `# Frameworks

A framework is a kind of ledger. Each is reached through an adapter, and one contract suite runs
on every adapter, with faults injected: \`yes\` here is a test that passes, on the real thing.

This page is printed from the code by \`bsn docs\`; change it there.
`

/** docs/reference/frameworks.md: adapter by promise. */
export function printFrameworksPage(): string {
  const about = adapters.map((one) => `- \`${one.name}\`: ${one.about}\n`).join('')
  const names = adapters.map(({ name }) => ` \`${name}\` |`).join('')
  const line = ' --- |'.repeat(adapters.length)
  const head = `| promise | what it says |${names}\n| --- | --- |${line}`
  const rows = Object.entries(frameworkPromises).map(([id, text]) => {
    const cells = adapters.map(({ exceptions }) => {
      const reason = exceptions[id as PromiseId]
      return reason === undefined ? ' yes |' : ` no: ${reason} |`
    })
    return `| \`${id}\` | ${text} |${cells.join('')}\n`
  })
  return `${intro}\n${about}\n${head}\n${rows.join('')}`
}
