import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadDictionary, readDictionary, type AttributeDefinition } from '../../src/radius/dictionary/index.ts';

const folder = '/usr/share/freeradius';
const present = existsSync(join(folder, 'dictionary'));
if (!present && process.env['CI'] === 'true') {
  throw new Error('not installed: freeradius-common; test/peers/install.sh installs it');
}

// Its whole dictionary keeps private numbers for HTTP Digest, from before RFC 5090, whose file it does not include.
const MORE_FILES = ['dictionary.rfc5090'];

describe.skipIf(!present)("Debian's FreeRADIUS dictionary (freeradius-common)", () => {
  test('is read in full without an error', () => {
    const theirs = loadDictionary(folder);
    expect([...theirs.attributes()].length).toBeGreaterThan(7000);
    expect([...theirs.vendors()].length).toBeGreaterThan(150);
    expect(theirs.vendorNamed('Lucent')).toMatchObject({ typeOctets: 2, lengthOctets: 1 });
  });

  test('has the same number, type, tag and encryption for every attribute of ours that it has', () => {
    const compared = pairs().map(([ours, theirs]) => [facts(ours), facts(theirs)] as const);
    expect(compared.length).toBeGreaterThan(650);
    expect(compared.map(([ours]) => ours)).toEqual(compared.map(([, theirs]) => theirs));
  });

  test('has the same number for every value of ours that it has', () => {
    const values = pairs().flatMap(([ours, theirs]) =>
      [...ours.values.byName].flatMap(([name, number]) => {
        const known = theirs.values.byName.get(name);
        return known === undefined
          ? []
          : [[`${ours.name} ${name} ${number}`, `${ours.name} ${name} ${known}`] as const];
      }),
    );
    expect(values.length).toBeGreaterThan(300);
    expect(values.map(([ours]) => ours)).toEqual(values.map(([, theirs]) => theirs));
  });

  test('has the same number and format for every vendor of ours that it has', () => {
    const theirs = loadDictionary(folder);
    const shape = ({ id, typeOctets, lengthOctets }: { id: number; typeOctets: number; lengthOctets: number }) =>
      `${id} ${typeOctets},${lengthOctets}`;
    const known = [...ourDictionary().vendors()].flatMap((vendor) => {
      const same = theirs.vendorNamed(vendor.name);
      return same === undefined ? [] : [[shape(vendor), shape(same)] as const];
    });
    expect(known.length).toBeGreaterThan(20);
    expect(known.map(([ours]) => ours)).toEqual(known.map(([, same]) => same));
  });
});

function ourDictionary(): ReturnType<typeof loadDictionary> {
  return loadDictionary(join(import.meta.dirname, '../../dictionaries'));
}

function pairs(): [AttributeDefinition, AttributeDefinition][] {
  const readFile = (path: string): string => readFileSync(path, 'utf8');
  const all = [...MORE_FILES.map((file) => readDictionary(join(folder, file), readFile)), loadDictionary(folder)];
  return [...ourDictionary().attributes()].flatMap((ours): [AttributeDefinition, AttributeDefinition][] => {
    const theirs = all.map((one) => one.attribute(ours.name)).find((found) => found !== undefined);
    return theirs === undefined ? [] : [[ours, theirs]];
  });
}

function facts({ encryption, hasTag, isConcat, lengthOctets, name, path, type }: AttributeDefinition): string {
  return [name, path, type, lengthOctets ?? '', encryption, hasTag ? 'tag' : '', isConcat ? 'concat' : ''].join(' ');
}
