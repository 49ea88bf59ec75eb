import { describe, expect, it } from 'vitest';
import { median, spreadOf } from './figures.ts';
import { readOptions, UsageError } from './options.ts';

describe('the command line of the benchmark', () => {
  it('runs every part when none is named', () => {
    expect(readOptions([])).toMatchObject({
      parts: ['a', 'b', 'pending', 'pushes', 'rules', 'users', 'radsec', 'start'],
      isPinned: false,
    });
  });

  it('takes parts, numbers and arguments for Node', () => {
    const options = readOptions([
      '--only',
      'a,start',
      '--rounds',
      '3',
      '--seconds',
      '0.5',
      '--node-args=--cpu-prof -r x',
    ]);
    expect(options).toMatchObject({
      parts: ['a', 'start'],
      rounds: 3,
      seconds: 0.5,
      nodeArgs: ['--cpu-prof', '-r', 'x'],
    });
  });

  it.each(['--only=c', '--rounds=0', '--rounds=1.5', '--seconds=x', '--unknown'])('refuses %s', (argument) => {
    expect(() => readOptions([argument])).toThrow(UsageError);
  });
});

describe('the figures of the benchmark', () => {
  it('takes the middle of odd and even numbers of rounds', () => {
    expect(median([5, 1, 3])).toBe(3);
    expect(median([4, 1, 2, 3])).toBe(2.5);
  });

  it('takes percentiles by nearest rank, in any order of samples', () => {
    const samples = Float64Array.from({ length: 100 }, (_, index) => 100 - index);
    expect(spreadOf(samples)).toEqual({ p50: 50, p90: 90, p99: 99, max: 100 });
  });
});
