import { parseConfig } from '../../src/config/index.ts';
import type { Config, LoadResult, SecretSources } from '../../src/config/index.ts';

/** A configuration with nothing to complain about; parts of it are replaced by tests. */
export const soundConfig = `server:
  id: gate-1
clients:
  - name: vpn
    address: 127.0.0.1
    secret: sixteen-octets-and-more
    primary: local
primaries:
  local: { type: local }
policies:
  default: { factors: [totp] }
`;

/** Surroundings in which nothing is set. */
export const bareSources: SecretSources = { env: {}, hostname: 'gate.example.com' };

/** Reads a configuration's text as if it stood in /etc/sallyport/sallyport.yaml. */
export function parse(text: string, sources: Partial<SecretSources> = {}): LoadResult {
  return parseConfig(text, '/etc/sallyport/sallyport.yaml', { ...bareSources, ...sources });
}

/** The configuration of a text that must be sound. */
export function configOf(text: string, sources: Partial<SecretSources> = {}): Config {
  const result = parse(text, sources);
  if (result.kind === 'loaded') return result.config;
  throw new Error(result.problems.map(({ line, path, message }) => `${line} ${path}: ${message}`).join('\n'));
}

/** Problems as `line path: message`. */
export function problemsOf(text: string, sources: Partial<SecretSources> = {}): string[] {
  const result = parse(text, sources);
  return result.kind === 'loaded'
    ? []
    : result.problems.map(({ line, path, message }) => `${line} ${path}: ${message}`);
}

/** Warnings as `path: message`. */
export function warningsOf(text: string, sources: Partial<SecretSources> = {}): string[] {
  const result = parse(text, sources);
  if (result.kind === 'invalid') throw new Error(problemsOf(text, sources).join('\n'));
  return result.warnings.map(({ path, message }) => `${path}: ${message}`);
}

/** The sound configuration with one piece of its text replaced. */
export function soundExcept(piece: string, replacement: string): string {
  if (!soundConfig.includes(piece)) throw new Error(`"${piece}" does not stand in the sound configuration`);
  return soundConfig.replace(piece, replacement);
}
