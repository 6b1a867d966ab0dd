/** Where artifacts are kept, as an operator says it. */
import { resolve } from "node:path";
import { z } from "zod";
import { openBucket } from "./bucket.js";
import { openDirectory } from "./directory.js";
import { createArtifactStore, type ArtifactStore } from "./store.js";

/** `file:<folder>`, which all processes of the fleet see, or `s3://<bucket>/<prefix>`. */
export const ArtifactAddress = z.string().transform((text, context) => {
  const [, folder] = /^file:(?:\/\/(?=\/))?(.+)$/.exec(text) ?? [];
  if (folder !== undefined) return { kind: "directory", folder: resolve(folder) } as const;
  const [, bucket, prefix = ""] = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/([\w-][\w.-]*(?:\/[\w-][\w.-]*)*)?\/?)?$/.exec(text) ?? [];
  if (bucket !== undefined) return { kind: "bucket", bucket, prefix } as const;
  context.addIssue({ code: "custom", message: "expected file:/a/folder or s3://bucket/prefix" });
  return z.NEVER;
});

/** What an operator sets for every process that keeps or serves models; part of its environment. */
export const ArtifactEnv = {
  ARTIFACT_STORE: ArtifactAddress.default({ kind: "directory", folder: resolve(".levain/artifacts") }),
  /** Of an S3 server other than Amazon's. */
  S3_ENDPOINT: z.url({ protocol: /^https?$/, error: "expected an address such as https://minio:9000" }).optional(),
  S3_REGION: z.string().min(1).default("us-east-1"),
  /** The bucket in the path instead of the host's name; usual wherever S3_ENDPOINT is set. */
  S3_PATH_STYLE: z.stringbool().optional(),
};

export type ArtifactSettings = z.infer<z.ZodObject<typeof ArtifactEnv>>;

/** Connects at the first use. To be closed. */
export function openArtifacts({
  ARTIFACT_STORE: address,
  S3_ENDPOINT: endpoint,
  S3_REGION: region,
  S3_PATH_STYLE: isPathStyle = endpoint !== undefined,
}: ArtifactSettings): ArtifactStore {
  if (address.kind === "directory") return createArtifactStore(openDirectory(address.folder));
  return createArtifactStore(openBucket({ bucket: address.bucket, prefix: address.prefix, endpoint, region, isPathStyle }));
}
