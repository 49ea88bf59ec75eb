#!/usr/bin/env node
import { enableCompileCache } from 'node:module';
import { join } from 'node:path';

const OLDEST_NODE = 24;

const nodeMajor = Number(process.versions.node.split('.')[0]);
if (nodeMajor < OLDEST_NODE) {
  process.stderr.write(
    `Sallyport needs Node ${OLDEST_NODE} or newer; this is ${process.version}. After "npm ci" the npm scripts bring their own: npm start, or npm run sallyport -- COMMAND.\n`,
  );
  process.exit(2);
}

// Kept inside the installation: a shared temporary folder could be filled by another user of the machine. Threads
// find it in the environment.
const compileCache = join(import.meta.dirname, '..', 'node_modules', '.cache', 'sallyport');
process.env['NODE_COMPILE_CACHE'] ??= compileCache;
enableCompileCache(process.env['NODE_COMPILE_CACHE']);

const { runCommandLine } = await import('./cli/index.ts');
await runCommandLine(process.argv.slice(2));
