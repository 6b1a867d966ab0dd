/**
 * The producer as its callers use it. `src/generated/api.ts` is written from `openapi.json` when this package is built, and
 * a test of the producer's holds that file to what is served: a field that the API does not have does not compile.
 */
import type { NumberedEvent, Problem, RunId, SalesUploadView, TenantId } from "@levain/contracts";
import createClient, { type FetchOptions } from "openapi-fetch";
import type { FilterKeys, PathsWithMethod, RequiredKeysOf } from "openapi-typescript-helpers";
import { followEvents } from "./follow.js";
import type { paths } from "./generated/api.js";
import { problemOf } from "./problem.js";

type Method = "get" | "put" | "post" | "delete";

/** As callers have it: nothing of it is changed on the way, and what is undefined is left out. */
type Given<T> = T extends readonly (infer Item)[]
  ? readonly Given<Item>[]
  : T extends object
    ? { readonly [Key in keyof T]: object extends Pick<T, Key> ? Given<T[Key]> | undefined : Given<T[Key]> }
    : T;

type Taken<Path extends keyof paths, M extends Method> = FetchOptions<FilterKeys<paths[Path], M>>;
type Options<Path extends keyof paths, M extends Method> = { [Key in keyof Taken<Path, M>]: Key extends "params" | "body" ? Given<Taken<Path, M>[Key]> : Taken<Path, M>[Key] };

/** What an address answers with; undefined where it answers without a body. */
export type AnswerOf<Path extends keyof paths, M extends Method> = paths[Path][M] extends { responses: infer Responses }
  ? {
      [Status in keyof Responses & (200 | 201 | 202 | 204)]: Responses[Status] extends { content: { "application/json": infer Body } } ? Body : undefined;
    }[keyof Responses & (200 | 201 | 202 | 204)]
  : never;

type Call<M extends Method> = <Path extends PathsWithMethod<paths, M>>(
  path: Path,
  ...options: RequiredKeysOf<Options<Path, M>> extends never ? [options?: Options<Path, M>] : [options: Options<Path, M>]
) => Promise<AnswerOf<Path, M>>;

/** Every promise ends in an ApiProblem where the answer is not 2xx, and in what `fetch` throws where there is none. */
export type Levain = {
  readonly get: Call<"get">;
  readonly put: Call<"put">;
  readonly post: Call<"post">;
  readonly delete: Call<"delete">;
  /** Uploads sales while they come into being, no faster than they are taken. */
  uploadSales(tenantId: TenantId, contentType: "text/csv" | "application/x-ndjson", rows: AsyncIterable<Uint8Array>): Promise<SalesUploadView>;
  /** A run's events from the first on, until it has finished; a lost connection is opened again where it ended. */
  follow(tenantId: TenantId, runId: RunId, signal?: AbortSignal): AsyncGenerator<NumberedEvent>;
};

type Answered = { readonly data?: unknown; readonly error?: Problem | undefined; readonly response: Response };

/** @param url of the producer, such as http://127.0.0.1:3000 @param key a tenant's or an operator's */
export function connectLevain(url: string, key: string): Levain {
  const client = createClient<paths>({ baseUrl: url, headers: { authorization: `Bearer ${key}` } });
  const run = "/v1/tenants/{tenantId}/training-runs/{runId}/events";

  /** One method of the client, with its answer in hand. To the compiler each path has types of its own, which `Call` gives back. */
  const call = <M extends Method>(method: M): Call<M> => {
    const send = Reflect.get(client, method.toUpperCase()) as (path: string, options?: object) => Promise<Answered>;
    return (async (path: string, options?: object) => dataOf(await send(path, options))) as Call<M>;
  };

  return {
    get: call("get"),
    put: call("put"),
    post: call("post"),
    delete: call("delete"),
    uploadSales: async (tenantId, contentType, rows) =>
      dataOf(
        await client.POST("/v1/tenants/{tenantId}/sales", {
          params: { path: { tenantId } },
          headers: { "content-type": contentType },
          // In the description a body is a text; one that is still growing has no other type.
          body: "",
          bodySerializer: () => ReadableStream.from(rows),
          duplex: "half",
        }),
      ),
    follow: (tenantId, runId, signal) =>
      followEvents(async (lastEventId) => {
        const header = lastEventId === null ? {} : { "last-event-id": lastEventId };
        const answer = await client.GET(run, { params: { path: { tenantId, runId }, header }, parseAs: "stream", ...(signal && { signal }) });
        return dataOf(answer) ?? null;
      }, signal),
  };
}

/** @throws ApiProblem */
function dataOf<T>({ data, error, response }: { readonly data?: T; readonly error?: unknown; readonly response: Response }): T {
  if (!response.ok) throw problemOf(error, response);
  return data as T;
}
