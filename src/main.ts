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

// Kept inside the installation: a shared temporary folder could be filled by another user of the machine.
const compileCache =
  process.env['NODE_COMPILE_CACHE'] ?? join(import.meta.dirname, '..', 'node_modules', '.cache', 'sallyport');

// A young generation of 32 MB instead of 16 lets most of what a login needs die before the collector looks. It begins with
// 8 MB instead of 1: the writer's thread never earned more by itself, and was collected every few dozen logins.
const ENGINE_FLAGS = ['--max-semi-space-size=32', '--min-semi-space-size=8'];
const STARTED_OVER = 'SALLYPORT_STARTED_OVER';

// Some settings of the engine count from its first moment only, and the compiler that has just read this very file keeps
// some 35 MB, in this thread and in each other one, where it finds no cache then. So a server, which runs for months,
// starts over: the same process, with everything in place.
if (process.argv[2] === 'serve' && process.env[STARTED_OVER] === undefined && process.platform !== 'win32') {
  const args = [process.execPath, ...ENGINE_FLAGS, ...process.execArgv, ...process.argv.slice(1)];
  process.execve?.(process.execPath, args, { ...process.env, NODE_COMPILE_CACHE: compileCache, [STARTED_OVER]: '1' });
}
enableCompileCache(compileCache);

const { runCommandLine } = await import('./cli/index.ts');
await runCommandLine(process.argv.slice(2));
