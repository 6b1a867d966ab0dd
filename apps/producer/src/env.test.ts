import { ConfigError, readConfig } from "@levain/runtime";
import { expect, test } from "vitest";
import { ProducerEnv } from "./env.js";

test("the settings of a producer · default to this machine only", () => {
  const env = readConfig(ProducerEnv, { DATABASE_URL: "postgresql://levain@localhost/levain", REDIS_URL: "redis://localhost:6379" });
  expect(env).toMatchObject({ HOST: "127.0.0.1", PORT: 3000, RUN_DEADLINE_HOURS: 6 });
});

test("the settings of a producer · are refused with all problems at once, and no value of theirs", () => {
  const read = () => readConfig(ProducerEnv, { REDIS_URL: "http://secret@cache", PORT: "80 80", RUN_DEADLINE_HOURS: "0" });
  expect(read).toThrow(ConfigError);
  expect(read).toThrow(/DATABASE_URL: is not set[\s\S]*REDIS_URL: expected[\s\S]*PORT[\s\S]*RUN_DEADLINE_HOURS/);
  expect(read).not.toThrow(/secret/);
});
