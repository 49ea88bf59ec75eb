/** One thing wrong in a configuration file (or, as a warning, unwise). Never holds a secret's value. */
export interface Problem {
  /** The file as it was named by the operator. */
  readonly file: string;
  /** Counted from 1. */
  readonly line: number;
  /** Counted from 1: where the key (or the item of a list) begins. */
  readonly column: number;
  /** As in `clients[0].secret`; empty for the file as a whole. */
  readonly path: string;
  /** What is wrong and what to do, one sentence without a full stop. */
  readonly message: string;
}

/** Keys and list positions from the root of the document down. */
export type Path = readonly (string | number)[];

/** A problem before its place in the file is known. */
export interface Finding {
  readonly path: Path;
  readonly message: string;
}

/** `config/sallyport.yaml:12:5 clients[0].secret: is empty`, the form editors and terminals make clickable. */
export function formatProblem({ file, line, column, path, message }: Problem): string {
  return `${file}:${line}:${column} ${path === '' ? '' : `${path}: `}${message}`;
}

/** `clients[0].secret`. */
export function formatPath(path: Path): string {
  return path.reduce<string>((text, step) => {
    if (typeof step === 'number') return `${text}[${step}]`;
    return text === '' ? step : `${text}.${step}`;
  }, '');
}

/** Whether `path` is `root` or lies below it. */
export function isWithin(path: Path, root: Path): boolean {
  return root.length <= path.length && root.every((step, index) => step === path[index]);
}
