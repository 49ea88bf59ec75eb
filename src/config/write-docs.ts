import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { configFiles } from './generated-files.ts';

// `npm run docs`: writes what is made from the schema into config/.
const folder = join(import.meta.dirname, '../../config');
for (const [name, text] of Object.entries(configFiles())) writeFileSync(join(folder, name), text);
