import { limitStorageContract } from '../../contract/storage-limits.ts';
import { openTestStore } from './sqlite-store.ts';

limitStorageContract('SQLite', () => openTestStore());
