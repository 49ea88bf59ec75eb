/** Why a dictionary was refused. */
export type DictionaryErrorCode =
  | 'unreadable-file'
  | 'include-loop'
  | 'unknown-keyword'
  | 'bad-arguments'
  | 'bad-name'
  | 'bad-number'
  | 'bad-format'
  | 'unknown-type'
  | 'unknown-option'
  | 'bad-option'
  | 'unknown-vendor'
  | 'unknown-attribute'
  | 'unknown-parent'
  | 'duplicate-attribute'
  | 'duplicate-value'
  | 'duplicate-vendor'
  | 'unbalanced-block';

/** Where a statement stands. */
export interface Place {
  /** The path of the file, as it was handed to `readFile`. */
  readonly file: string;
  /** Counted from 1; 0 is the file as a whole. */
  readonly line: number;
}

/** A dictionary cannot be read; the message starts with `file:line:`. */
export class DictionaryError extends Error {
  override readonly name = 'DictionaryError';
  readonly code: DictionaryErrorCode;
  readonly file: string;
  readonly line: number;

  constructor(code: DictionaryErrorCode, message: string, place: Place, options?: ErrorOptions) {
    super(`${place.file}:${place.line}: ${message}`, options);
    this.code = code;
    this.file = place.file;
    this.line = place.line;
  }
}
