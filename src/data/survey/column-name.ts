// Names of a table's columns as names of Slipway's own, which stand in addresses, JSON and code.

const GERMAN: Record<string, string> = { ä: 'ae', ö: 'oe', ü: 'ue', ß: 'ss', æ: 'ae', ø: 'o', å: 'a', ł: 'l', đ: 'd', ı: 'i', œ: 'oe', þ: 'th', ð: 'd' }
const LONGEST = 60
/** Columns of every training set. */
const RESERVED = new Set(['time', 'label'])

/** Letters a to z, digits and _; empty when nothing of the text can be written so. `isActive` becomes `is_active`. */
export function slugOf(text: string): string {
  return text.normalize('NFC').replace(/([a-z\d])([A-Z])/g, '$1_$2').toLowerCase().replace(/[äöüßæøåłđıœþð]/g, c => GERMAN[c])
    .replaceAll('%', ' percent ').replaceAll('&', ' and ').replaceAll('#', ' number ')
    .normalize('NFD').replace(/\p{M}/gu, '').replace(/[^a-z0-9]+/g, '_').replace(/^_+|_+$/g, '').slice(0, LONGEST).replace(/_+$/, '')
}

/** One name for each column, no two alike, in their order. Names without a letter of ours are numbered: `column_3`. */
export function nameColumns(originals: readonly string[]): string[] {
  const taken = new Set<string>()
  return originals.map((original, i) => {
    let slug = slugOf(original)
    if (slug === '') slug = `column_${i + 1}`
    if (!/^[a-z]/.test(slug)) slug = `c_${slug}`
    if (RESERVED.has(slug)) slug = `${slug}_value`
    let name = slug
    for (let n = 2; taken.has(name); n++) name = `${slug}_${n}`
    taken.add(name)
    return name
  })
}
