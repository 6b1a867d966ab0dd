/**
 * Faults of PostgreSQL, of the way to it and of Prisma in between, translated once. What the database or the network did
 * to us becomes a failure; a fault that says that our own statement is wrong is thrown on as it is.
 */
import { Failure } from "@levain/contracts";

/** What the functions of the migrations raise for a writer whose fence or attempt was passed by another. */
const LATE_WRITER = "LV001";

/** What they raise for an artifact that a collection has condemned since it was stored. */
const CONDEMNED = "LV002";

/** Codes of a database that cannot answer now and may answer later: SQLSTATE, the socket's, Prisma's, its adapter's. */
const UNAVAILABLE = new RegExp(
  [
    "^08", // connection exceptions
    "^53", // out of connections, memory, disk
    "^57P", // shutting down, starting up
    "^57014$", // statement timeout
    "^55P03$", // lock timeout
    "^40001$|^40P01$", // serialisation, deadlock: the same again may well pass
    "^E(CONNREFUSED|CONNRESET|TIMEDOUT|PIPE|NOTFOUND|AI_AGAIN|HOSTUNREACH|NETUNREACH)$",
    "^P(1001|1002|1008|1017|2024|2034|2037)$",
    "^(DatabaseNotReachable|ConnectionClosed|SocketTimeout|TlsConnectionError|TooManyConnections|TransactionWriteConflict)$",
  ].join("|"),
);

/** Milliseconds until it is worth asking again: a restart takes about as long. */
const RETRY_AFTER_MS = 2_000;

/** pg says these without a code. */
const UNAVAILABLE_IN_WORDS = /timeout exceeded when trying to connect|connection terminated|query read timeout|client has encountered a connection error/i;

export function translate(fault: unknown): unknown {
  if (fault instanceof Failure) return fault;
  const signs = signsOf(fault);
  const late = signs.find(({ code }) => code === LATE_WRITER);
  if (late) return new Failure("stale-fence", late.message, {}, { cause: fault });
  const condemned = signs.find(({ code }) => code === CONDEMNED);
  if (condemned) return new Failure("artifact.unavailable", condemned.message, { sign: CONDEMNED }, { cause: fault });
  const unavailable = signs.find(({ code, message }) => UNAVAILABLE.test(code) || UNAVAILABLE_IN_WORDS.test(message));
  if (unavailable) return new Failure("db.unavailable", `PostgreSQL could not answer: ${unavailable.message || unavailable.code}`, { sign: unavailable.code || null }, { cause: fault, retryAfterMs: RETRY_AFTER_MS });
  return fault;
}

/** Whether the database refused a second row where one is allowed. */
export const isUniqueViolation = (fault: unknown): boolean => signsOf(fault).some(({ code }) => code === "23505" || code === "P2002");

/** Whether a commit was refused because its artifact must be stored anew; see `reprieve`. */
export const isCondemned = (fault: unknown): boolean => fault instanceof Failure && fault.facts["sign"] === CONDEMNED;

type Sign = { readonly code: string; readonly message: string };

/** Codes and messages of a fault and of those wrapped in it, the innermost first: Prisma keeps the driver's words inside its own. */
function signsOf(fault: unknown): Sign[] {
  const signs: Sign[] = [];
  for (let inner: unknown = fault; typeof inner === "object" && inner !== null && signs.length < 8; inner = innerOf(inner)) {
    signs.unshift({
      code: textOf(inner, "originalCode") || textOf(inner, "code") || textOf(inner, "kind"),
      message: textOf(inner, "originalMessage") || textOf(inner, "message"),
    });
  }
  return signs;
}

function innerOf(fault: object): unknown {
  if ("cause" in fault && fault.cause !== undefined) return fault.cause;
  if ("meta" in fault && typeof fault.meta === "object" && fault.meta !== null && "driverAdapterError" in fault.meta) return fault.meta.driverAdapterError;
  return undefined;
}

function textOf(fault: object, key: string): string {
  const value: unknown = Reflect.get(fault, key);
  return typeof value === "string" ? value : "";
}
