import { SlipwayError } from '../../core/errors.ts'

export type Arrow = typeof import('apache-arrow')

/** The optional package for Arrow, loaded on use. @throws SlipwayError `unsupported_media_type` with the line that installs it. */
export async function loadArrow(): Promise<Arrow> {
  try { return await import('apache-arrow') } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException
    if (code !== 'ERR_MODULE_NOT_FOUND' || !message.includes("'apache-arrow'")) throw cause
    throw new SlipwayError('unsupported_media_type', 'Arrow needs the package apache-arrow on the server, and it is not installed.', { cause, remedy: 'Run `npm install apache-arrow@21` there, or use Parquet.' })
  }
}
