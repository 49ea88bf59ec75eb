/** Why the store could not do what it was asked. */
export type StorageErrorCode =
  // What was asked for does not fit what is there.
  | 'user-exists'
  | 'user-unknown'
  | 'user-name-invalid'
  | 'serial-exists'
  | 'serial-invalid'
  | 'token-unknown'
  | 'code-unknown'
  // The master key.
  | 'master-key-missing'
  | 'master-key-invalid'
  | 'master-key-exposed'
  | 'master-key-wrong'
  | 'sealed-invalid'
  // The database and its surroundings.
  | 'directory-unusable'
  | 'database-unusable'
  | 'database-damaged'
  | 'schema-newer'
  | 'log-altered'
  | 'read-only'
  | 'disk-full'
  | 'busy'
  | 'io-failed'
  // The writer.
  | 'queue-full'
  | 'writer-down'
  | 'closed'
  | 'event-invalid';

/** The one error of this room: `message` is a sentence that tells the operator what to do. */
export class StorageError extends Error {
  override readonly name = 'StorageError';
  readonly code: StorageErrorCode;

  constructor(code: StorageErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
