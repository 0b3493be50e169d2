/** The five components, in the order in which one stands on the other. Each may run in a process of its own. */
export const COMPONENTS = ['metadata', 'data', 'intelligence', 'production', 'monitoring'] as const
export type Component = (typeof COMPONENTS)[number]
