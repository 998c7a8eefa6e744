import { GatewayOptions } from '../options.ts'

type Row = { readonly type?: string; readonly default?: unknown; readonly description?: string }

const intro = `# Options of the gateway

Every option with its default; times and sizes name their unit.

This page is printed from the code by \`bsn docs\`; change it there.

| option | type | default | what it does, and why |
| --- | --- | --- | --- |
`

/** docs/reference/gateway-options.md. */
export function printOptionsPage(): string {
  const rows = Object.entries(GatewayOptions.properties).map(([name, schema]) => {
    const { type, default: value, description } = schema as Row
    return `| \`${name}\` | ${type} | \`${JSON.stringify(value)}\` | ${description} |\n`
  })
  return intro + rows.join('')
}
