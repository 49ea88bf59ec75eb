import { createMemorySessions } from '../../../src/storage/index.ts';
import { sessionStoreContract } from '../../contract/session-store.ts';

sessionStoreContract('memory', ({ maxPending, clock }) => createMemorySessions({ maxPending }, { clock }));
