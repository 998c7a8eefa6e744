import type { ChildProcess } from 'node:child_process'

const children = new Set<ChildProcess>()

/** Has a process ended with this one, however this one ends. */
export function rememberChild(child: ChildProcess): void {
  children.add(child)
  child.once('exit', () => children.delete(child))
}

/** For the end of the program: nothing may run on. */
export function killChildren(): void {
  for (const child of children) child.kill('SIGKILL')
}
