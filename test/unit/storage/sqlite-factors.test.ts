import { factorStorageContract } from '../../contract/storage-factors.ts';
import { openTestStore } from './sqlite-store.ts';

factorStorageContract('SQLite', () => openTestStore());
