/** Comma-separated files with a header, read so that whoever made them can find what is wrong. */
import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import { parse, CsvError } from "csv-parse/sync";

/** A tenant folder cannot be read. The message names file, line and column, what was expected and what came. */
export class FolderError extends Error {
  override readonly name = "FolderError";
}

export type Row = {
  /** What stands in a column that the table is known to have. */
  text(column: string): string;
  /** A number, or null for an empty cell. @throws FolderError on anything else */
  number(column: string): number | null;
  /** The fault to throw: the cell does not hold what was expected. */
  fault(column: string, expected: string): FolderError;
};

/**
 * Hands each row to `onRow`, with the columns that have a name: spreadsheets leave empty ones at the right. Returns those; null
 * when the file does not exist. @throws FolderError
 */
export async function readTable(path: string, required: readonly string[], onRow: (row: Row, header: readonly string[]) => void): Promise<readonly string[] | null> {
  const file = basename(path);
  const bytes = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return null;
    throw new FolderError(`${path}: expected a readable file, got ${error.code ?? "an error"}`, { cause: error });
  });
  if (bytes === null) return null;

  let header: readonly string[] | null = null;
  let index = new Map<string, number>();
  const read = (cells: string[], line: number): void => {
    if (header !== null) return onRow(rowOf(file, line, index, cells), header);
    header = cells.filter((name) => name !== "");
    index = new Map(cells.map((name, position) => [name, position]));
    checkHeader(file, header, required);
  };
  try {
    parse(bytes, {
      bom: true,
      trim: true,
      skip_empty_lines: true,
      on_record: (cells: string[], { lines }: { lines: number }) => {
        read(cells, lines);
        return null;
      },
    });
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    throw new FolderError(`${file}: expected comma-separated values, got: ${error.message}`, { cause: error });
  }
  if (header === null) throw new FolderError(`${file}: expected a header with the columns ${required.join(", ")}, got an empty file`);
  return header;
}

function checkHeader(file: string, header: readonly string[], required: readonly string[]): void {
  const missing = required.filter((name) => !header.includes(name));
  if (missing.length > 0) throw new FolderError(`${file}, line 1: expected the columns ${required.join(", ")}, got ${header.join(", ")}`);
  const repeated = header.find((name, position) => header.indexOf(name) !== position);
  if (repeated !== undefined) throw new FolderError(`${file}, line 1: expected each column once, got ${repeated} again`);
}

function rowOf(file: string, line: number, index: ReadonlyMap<string, number>, cells: readonly string[]): Row {
  const text = (column: string): string => cells[index.get(column) ?? -1] ?? "";
  const fault = (column: string, expected: string): FolderError =>
    new FolderError(`${file}, line ${line}, column ${column}: expected ${expected}, got ${JSON.stringify(text(column))}`);
  return {
    text,
    fault,
    number: (column) => {
      const value = text(column) === "" ? null : Number(text(column));
      if (value !== null && !Number.isFinite(value)) throw fault(column, "a number");
      return value;
    },
  };
}
