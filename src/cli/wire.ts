/** A component's answer as it comes over the wire: times are ISO 8601 there, so numbers under names of times are text. */
export type Wire<T> = T extends (infer Item)[] ? Wire<Item>[]
  : T extends object ? { [Key in keyof T]: Key extends TimeName ? (T[Key] extends number ? string : T[Key] extends number | null ? string | null : Wire<T[Key]>) : Wire<T[Key]> }
    : T

type TimeName = 'at' | 'from' | 'to' | 'since' | 'until' | 'now' | 'ends' | 'lastSeen' | 'resolvedAt' | 'openedAt' | 'closedAt' | 'evaluatedAt' | 'knownBy'
