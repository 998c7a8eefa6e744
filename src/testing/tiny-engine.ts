import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { GoRecipe } from '../engines/recipes.ts'

/** A recipe whose program needs no module and is built in seconds; it prints its version. */
export function tinyRecipe(folder: string, more: Partial<GoRecipe> = {}): GoRecipe {
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'go.mod'), 'module openbsn.example/tiny\n\ngo 1.24.0\n')
  const code = `// In ${folder}: new to Go's own cache.\nfunc main() { println("tiny 1.2.3") }\n`
  writeFileSync(join(folder, 'main.go'), `package main\n\n${code}`)
  return {
    from: 'go',
    name: 'tiny',
    version: '1.2.3',
    about: 'tests',
    folder,
    packages: ['openbsn.example/tiny'],
    program: 'tiny',
    goVersionMin: '1.24',
    versionArgs: [],
    versionPattern: /^tiny (1\.2\.\d+)$/m,
    ...more,
  }
}
