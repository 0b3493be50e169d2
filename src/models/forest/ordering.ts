import { refuse } from '../reading.ts'

/**
 * Checks that the children of inner nodes make one tree: every inner node but the first and every leaf is reached once, children stand after
 * their parents. So there is no circle and nothing out of reach.
 * @param name what a side is called in the file.
 */
export function checkChildren(left: ArrayLike<number>, right: ArrayLike<number>, leaves: number, name: (side: 'left' | 'right', node: number) => string): void {
  const inner = left.length
  const reached = new Uint8Array(inner + leaves)
  for (let i = 0; i < inner; i++) {
    for (const side of ['left', 'right'] as const) {
      const child = (side === 'left' ? left : right)[i]
      if (!Number.isInteger(child) || child >= inner || child < -leaves) refuse(name(side, i), `must be a whole number from ${-leaves} to ${inner - 1}`)
      if (child >= 0 && child <= i) refuse(name(side, i), 'must stand after its parent')
      const place = child >= 0 ? child : inner + ~child
      if (reached[place] === 1) refuse(name(side, i), 'is reached twice')
      reached[place] = 1
    }
  }
}
