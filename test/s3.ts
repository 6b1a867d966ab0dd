/**
 * An S3 server (s3rver) as a process of its own, for the tests that need one: started by them, stopped by them, with one
 * empty bucket. Another server can stand in for it: LEVAIN_TEST_S3 is then the address of one, such as
 * http://127.0.0.1:9000, with credentials in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY and a bucket "levain-test".
 */
import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { openServerProcess } from "../apps/cli/src/embedded/server-process.js";
import { ownPort } from "./own-port.js";

export type S3 = {
  /** What a process is told to keep its artifacts there, below a prefix of this test's own. */
  readonly env: { readonly ARTIFACT_STORE: string; readonly S3_ENDPOINT: string; readonly AWS_ACCESS_KEY_ID: string; readonly AWS_SECRET_ACCESS_KEY: string };
  readonly port: number;
  /** Whether it does as Amazon's does with a condition and a checksum on an upload; s3rver looks at neither. */
  readonly isStrict: boolean;
  /** Until it is started again, nobody answers at its port; what it stores stays. */
  stop(): Promise<void>;
  start(): Promise<void>;
  close(): Promise<void>;
};

const BUCKET = "levain-test";
const program = join(dirname(createRequire(import.meta.url).resolve("s3rver/package.json")), "bin", "s3rver.js");

export async function openS3(): Promise<S3> {
  const ARTIFACT_STORE = `s3://${BUCKET}/${randomUUID()}`;
  const { LEVAIN_TEST_S3: other, AWS_ACCESS_KEY_ID = "", AWS_SECRET_ACCESS_KEY = "" } = process.env;
  if (other) {
    const cannot = async (): Promise<void> => Promise.reject(new Error("expected s3rver: somebody else's server is not stopped"));
    return { env: { ARTIFACT_STORE, S3_ENDPOINT: other, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY }, port: Number(new URL(other).port), isStrict: true, stop: cannot, start: cannot, close: async () => undefined };
  }
  const folder = await mkdtemp(join(tmpdir(), "levain-s3-"));
  const port = await ownPort();
  const open = () =>
    openServerProcess({
      name: "s3rver",
      command: process.execPath,
      // It seals the place where a listing goes on with a cipher that OpenSSL 3 keeps among the old ones.
      args: ["--openssl-legacy-provider", program, "--directory", folder, "--address", "127.0.0.1", "--port", String(port), "--configure-bucket", BUCKET],
      readyText: "listening on",
      stopSignal: "SIGKILL",
    });
  let server = await open();
  return {
    env: { ARTIFACT_STORE, S3_ENDPOINT: `http://127.0.0.1:${port}`, AWS_ACCESS_KEY_ID: "S3RVER", AWS_SECRET_ACCESS_KEY: "S3RVER" },
    port,
    isStrict: false,
    stop: () => server.close(),
    start: async () => {
      server = await open();
    },
    close: async () => {
      await server.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
