import { storageContract } from '../../contract/storage.ts';
import { openTestStore } from './sqlite-store.ts';

storageContract('SQLite', () => openTestStore());
