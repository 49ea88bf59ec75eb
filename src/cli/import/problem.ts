/** Why one row cannot be imported: a sentence without a full stop that quotes no secret. */
export class RowProblem extends Error {
  override readonly name = 'RowProblem';
}

/** Why a whole file cannot be read: a sentence without a full stop, to stand behind the name of the file. */
export class FileProblem extends Error {
  override readonly name = 'FileProblem';
}
