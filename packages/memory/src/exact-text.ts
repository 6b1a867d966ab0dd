/**
 * Plain data as JSON text and back, bit for bit: columns of numbers keep their type and every digit, as base64 of their
 * little-endian bytes, and numbers that JSON lacks (NaN, ±∞, −0) keep their names.
 */

/** @throws TypeError for what is not plain data, such as a Map or a function */
export const toExactText = (value: unknown): string =>
  JSON.stringify(value, function (this: Readonly<Record<string, unknown>>, key) {
    // Not what JSON would make of it: a Date would already be text.
    const each = this[key];
    if (typeof each === "number" && !Number.isFinite(each)) return { $number: String(each) };
    if (Object.is(each, -0)) return { $number: "-0" };
    if (typeof each === "function" || typeof each === "bigint" || typeof each === "symbol") throw new TypeError(`expected plain data, got a ${typeof each}`);
    if (typeof each !== "object" || each === null || Array.isArray(each)) return each;
    const kind = Object.entries(COLUMNS).find(([, Column]) => each instanceof Column)?.[0];
    if (kind !== undefined && ArrayBuffer.isView(each)) return { [`$${kind}`]: Buffer.from(each.buffer, each.byteOffset, each.byteLength).toString("base64") };
    if (Object.getPrototypeOf(each) !== Object.prototype) throw new TypeError(`expected plain data, got a ${each.constructor.name}`);
    return each;
  });

/** @throws SyntaxError for text that is no JSON, RangeError for a damaged column */
export const fromExactText = (text: string): unknown =>
  JSON.parse(text, (_key, each: unknown) => {
    if (typeof each !== "object" || each === null || Array.isArray(each)) return each;
    const [[name, content] = ["", ""], ...more] = Object.entries(each);
    if (more.length > 0 || typeof content !== "string" || !name.startsWith("$")) return each;
    if (name === "$number") return Number(content);
    const Column = COLUMNS[name.slice(1)];
    // A copy, because a column's bytes must begin at a multiple of its numbers' size.
    return Column === undefined ? each : new Column(Uint8Array.from(Buffer.from(content, "base64")).buffer);
  });

type Column = Float64Array | Float32Array | Int32Array | Uint8Array;
const COLUMNS: Readonly<Record<string, new (bytes: ArrayBuffer) => Column>> = { Float64Array, Float32Array, Int32Array, Uint8Array };
