import { describe, expect, test } from "vitest";
import { z } from "zod";
import { ConfigError, readConfig } from "./config.js";

const Env = z.object({
  DATABASE_URL: z.url(),
  PORT: z.coerce.number().int().min(1).default(3000),
  LOG_LEVEL: z.enum(["error", "info"]).default("info"),
});

const problemsOf = (env: NodeJS.ProcessEnv): readonly string[] => {
  try {
    readConfig(Env, env);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
};

describe("configuration", () => {
  test("is read once, with defaults where nothing is set", () => {
    expect(readConfig(Env, { DATABASE_URL: "postgres://db/levain", PORT: "8080", HOME: "/root" })).toEqual({
      DATABASE_URL: "postgres://db/levain",
      PORT: 8080,
      LOG_LEVEL: "info",
    });
  });

  test("takes an empty variable for one that is not set", () => {
    expect(readConfig(Env, { DATABASE_URL: "postgres://db/levain", PORT: " " }).PORT).toBe(3000);
    expect(problemsOf({ DATABASE_URL: "" })).toEqual([expect.stringMatching(/^DATABASE_URL: is not set/)]);
  });

  test("tells all problems together, each with what was expected", () => {
    const problems = problemsOf({ PORT: "eighty", LOG_LEVEL: "loud" });
    expect(problems).toHaveLength(3);
    expect(problems.join("\n")).toMatch(/DATABASE_URL: is not set.*\n.*PORT: .*expected number.*\n.*LOG_LEVEL: .*"error"\|"info"/);
  });

  test("never repeats a value, which may be a secret", () => {
    expect(() => readConfig(Env, { DATABASE_URL: "hunter2", LOG_LEVEL: "hunter2" })).toThrow(expect.not.stringContaining("hunter2"));
    expect(problemsOf({ DATABASE_URL: "hunter2" })).toHaveLength(1);
  });
});
