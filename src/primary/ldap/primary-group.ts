import { octetsOf, textOf, type DirectoryEntry } from './entry.ts';
import { anything } from './filters.ts';
import { Code, refuseFailure, type Searching } from './search.ts';

/** What an entry of Active Directory has to be asked for: its primary group stands in no `memberOf`. */
export const primaryGroupAttributes = ['objectSid', 'primaryGroupID'] as const;

// Revision, number of parts, authority, parts of 32 bits (MS-DTYP §2.4.2.2).
const HEAD_OCTETS = 8;
const PART_OCTETS = 4;
const REVISION = 1;
const MAX_PARTS = 15;
const MAX_RID = 0xffff_ffff;

/** The SID of an entry's primary group: its own with another last part; `undefined` where it has none. */
export function primaryGroupSid(entry: DirectoryEntry): string | undefined {
  const own = sidParts(entry);
  const rid = textOf(entry, 'primaryGroupID');
  if (own === undefined || rid === undefined || !/^\d{1,10}$/.test(rid) || Number(rid) > MAX_RID) return undefined;
  return ['S', ...own.slice(0, -1), Number(rid)].join('-');
}

/** The last part of a group's own SID, by which members have it as primary group. */
export function ridOf(entry: DirectoryEntry): string | undefined {
  return sidParts(entry)?.at(-1)?.toString();
}

/** The entry of that SID; `undefined` where there is none, or none for our account. */
export async function findBySid(sid: string, searching: Searching): Promise<DirectoryEntry | undefined> {
  const { connection, deadlineMs } = searching;
  // MS-ADTS §3.1.1.3.1.2.4: wherever it stands, also above `baseDn`.
  const question = { base: `<SID=${sid}>`, scope: 'base', filter: anything(), attributes: ['cn'] } as const;
  const { entries, result } = await connection.search({ ...question, sizeLimit: 1 }, deadlineMs);
  const isElsewhere = result.code === Code.noSuchObject || result.code === Code.referral;
  if (!isElsewhere) refuseFailure(result);
  return entries[0];
}

function sidParts(entry: DirectoryEntry): number[] | undefined {
  const octets = octetsOf(entry, 'objectSid')[0];
  const count = octets?.[1] ?? 0;
  if (octets?.[0] !== REVISION || count === 0 || count > MAX_PARTS) return undefined;
  if (octets.length !== HEAD_OCTETS + PART_OCTETS * count) return undefined;
  const parts = Array.from({ length: count }, (_, index) => octets.readUInt32LE(HEAD_OCTETS + PART_OCTETS * index));
  return [REVISION, octets.readUIntBE(2, 6), ...parts];
}
