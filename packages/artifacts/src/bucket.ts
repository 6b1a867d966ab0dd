/**
 * Objects in a bucket of any server that speaks S3's protocol.
 *
 * An upload is one request that the server takes as a whole or not at all: it carries the SHA-256 of its bytes, which the
 * server compares, and the condition that the name is free. A server that knows no such condition stores the same bytes
 * once more, because a name is its content's digest. A download is read as it comes in and given up as soon as it is
 * longer than it should be.
 */
import { createHash } from "node:crypto";
import { CopyObjectCommand, DeleteObjectCommand, GetObjectCommand, ListObjectsV2Command, PutObjectCommand, S3Client, type ListObjectsV2CommandOutput } from "@aws-sdk/client-s3";
import { Failure } from "@levain/contracts";
import pLimit from "p-limit";
import type { Objects } from "./objects.js";

export type BucketSettings = {
  readonly bucket: string;
  /** Before each name; empty, or words joined by slashes. */
  readonly prefix: string;
  /** Undefined for Amazon's own. */
  readonly endpoint?: string | undefined;
  readonly region: string;
  /** The bucket in the path instead of the host's name, as most servers but Amazon's want it. */
  readonly isPathStyle: boolean;
};

/** Milliseconds until a connection stands. */
const CONNECT_WITHIN_MS = 2_000;
/** Milliseconds until a request is answered; an artifact has some kilobytes. */
const ANSWER_WITHIN_MS = 10_000;
/** The first attempt included. The SDK waits in between, at most some hundred milliseconds; a job's own retries come after these. */
const ATTEMPTS_MAX = 3;
/** Requests at once. More of them wait here, where their time does not run yet. */
const REQUESTS_MAX = 32;

/** Names that a server tells at once. Some read each object's description for it. */
const NAMES_PER_PAGE = 250;

/** Credentials are found as the SDK finds them: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, a profile, or the machine's role. */
export function openBucket({ bucket, prefix, endpoint, region, isPathStyle }: BucketSettings): Objects {
  const agent = { keepAlive: true, maxSockets: REQUESTS_MAX };
  const client = new S3Client({
    region,
    ...(endpoint !== undefined && { endpoint }),
    forcePathStyle: isPathStyle,
    maxAttempts: ATTEMPTS_MAX,
    requestHandler: { connectionTimeout: CONNECT_WITHIN_MS, requestTimeout: ANSWER_WITHIN_MS, throwOnRequestTimeout: true, httpAgent: agent, httpsAgent: agent },
    // Ours are SHA-256; a second one of another kind is more than some servers understand.
    requestChecksumCalculation: "WHEN_REQUIRED",
    responseChecksumValidation: "WHEN_REQUIRED",
  });
  const limit = pLimit(REQUESTS_MAX);
  const asked = <T, Refused>(name: string, ask: () => Promise<T>, expected: Readonly<Record<string, Refused>>): Promise<T | Refused> => limit(() => translated(name, ask, expected));
  const keyOf = (name: string): string => (prefix === "" ? name : `${prefix}/${name}`);
  const place = (name: string): { Bucket: string; Key: string } => ({ Bucket: bucket, Key: keyOf(name) });

  return {
    create: async (name, bytes) => {
      const sha256 = createHash("sha256").update(bytes).digest("base64");
      const put = new PutObjectCommand({ ...place(name), Body: bytes, ContentLength: bytes.length, ContentType: "application/json", ChecksumSHA256: sha256, IfNoneMatch: "*" });
      // Two who write the same name at once may be told so instead of which of them came first.
      return asked(name, async () => (await client.send(put), true), { PreconditionFailed: false, ConditionalRequestConflict: false });
    },

    read: (name, bytesMax) =>
      asked(
        name,
        async () => {
          const { Body } = await client.send(new GetObjectCommand(place(name)));
          return Body ? await upTo(Body as AsyncIterable<Uint8Array>, bytesMax + 1) : Buffer.alloc(0);
        },
        { NoSuchKey: null },
      ),

    move: async (name, to) => {
      const hasCopy = await asked(name, async () => (await client.send(new CopyObjectCommand({ ...place(to), CopySource: `${bucket}/${keyOf(name)}` })), true), { NoSuchKey: false });
      if (hasCopy) await asked(name, () => client.send(new DeleteObjectCommand(place(name))), {});
      return hasCopy;
    },

    remove: (name) => asked(name, async () => void (await client.send(new DeleteObjectCommand(place(name)))), { NoSuchKey: undefined }),

    async *list() {
      let token: string | undefined;
      do {
        const next = new ListObjectsV2Command({ Bucket: bucket, Prefix: keyOf(""), MaxKeys: NAMES_PER_PAGE, ...(token !== undefined && { ContinuationToken: token }) });
        const page: ListObjectsV2CommandOutput = await asked("", () => client.send(next), {});
        for (const { Key, Size, LastModified } of page.Contents ?? []) {
          if (Key !== undefined && LastModified !== undefined) yield { name: Key.slice(keyOf("").length), bytes: Size ?? 0, storedAt: LastModified };
        }
        token = page.NextContinuationToken;
      } while (token !== undefined);
    },

    close: () => client.destroy(),
  };
}

/** Leaving the loop early closes the connection: nobody waits for the rest of what is too long. */
async function upTo(body: AsyncIterable<Uint8Array>, bytesMax: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body) {
    chunks.push(chunk);
    length += chunk.length;
    if (length >= bytesMax) break;
  }
  return Buffer.concat(chunks).subarray(0, bytesMax);
}

/** @param expected what the server's refusals of these names come to; any other is its trouble, or the operator's */
async function translated<T, Refused>(name: string, ask: () => Promise<T>, expected: Readonly<Record<string, Refused>>): Promise<T | Refused> {
  try {
    return await ask();
  } catch (cause) {
    const sign = signOf(cause);
    if (Object.hasOwn(expected, sign)) return expected[sign] as Refused;
    throw new Failure("artifact.unavailable", `the artifact store's bucket could not be used: ${sign}`, { sign, name }, { cause: withoutExchange(cause) });
  }
}

/** The SDK's errors carry the whole request with them, its credentials included. */
const withoutExchange = (fault: unknown): Error =>
  fault instanceof Error ? Object.assign(new Error(fault.message), { name: fault.name, stack: fault.stack }) : new Error(String(fault));

function signOf(fault: unknown): string {
  if (!(fault instanceof Error)) return String(fault);
  return "code" in fault && typeof fault.code === "string" ? fault.code : fault.name;
}
