import { tokenVaultContract } from '../../contract/token-vault.ts';
import { openTestStore } from './sqlite-store.ts';

tokenVaultContract('sqlite', openTestStore);
