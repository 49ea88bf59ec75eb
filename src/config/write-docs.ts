import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { configFiles } from './generated-files.ts';

// `npm run docs`: writes what is made from the schema and the profiles into config/.
const folder = join(import.meta.dirname, '../../config');
for (const [name, text] of Object.entries(configFiles())) {
  mkdirSync(dirname(join(folder, name)), { recursive: true });
  writeFileSync(join(folder, name), text);
}
