/**
 * The REST producer as the stories ask it: any address, any body, and an answer that is held to what the story expects. The
 * typed client would refuse to compile what some of them try.
 */
import { ApiProblem, connectLevain, type Levain } from "@levain/client";
import { Problem } from "@levain/contracts";
import type { z } from "zod";

export type Api = Pick<Levain, "follow"> & {
  /** @throws ApiProblem for an answer other than 2xx */
  call<T>(method: "GET" | "PUT" | "POST", path: string, answer: z.ZodType<T>, body?: unknown): Promise<T>;
};

export const connectApi = (url: string, key: string): Api => ({
  follow: connectLevain(url, key).follow,
  call: async (method, path, answer, body) => {
    const content = body === undefined ? {} : { body: JSON.stringify(body) };
    const headers = { authorization: `Bearer ${key}`, ...(body !== undefined && { "content-type": "application/json" }) };
    const response = await fetch(new URL(path, url), { method, headers, ...content });
    const came: unknown = await response.json();
    if (!response.ok) throw new ApiProblem(Problem.parse(came));
    return answer.parse(came);
  },
});
