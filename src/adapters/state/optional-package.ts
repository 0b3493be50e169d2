import { SlipwayError } from '../../core/errors.ts'

/** Loads an optional package on use. @throws SlipwayError `invalid_config` with the line that installs it. */
export async function loadPackage<T>(name: string, install: string, load: () => Promise<T>): Promise<T> {
  try { return await load() } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException
    if (code !== 'ERR_MODULE_NOT_FOUND' || !message.includes(`'${name}'`)) throw cause
    throw new SlipwayError('invalid_config', `Online state is to be kept on a server for which the package ${name} is needed, and it is not installed.`, { cause, remedy: `Run \`${install}\`, or set features.state to sqlite.` })
  }
}
