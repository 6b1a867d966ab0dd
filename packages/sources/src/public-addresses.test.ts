import { once } from "node:events";
import { createServer, type AddressInfo, type LookupFunction, type Server } from "node:net";
import { createServer as createHttpServer } from "node:http";
import { Failure } from "@levain/contracts";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { openClient, type Client } from "./client.js";
import { AllowedAddressesSetting, guardAddresses } from "./public-addresses.js";

/** Listens where nobody may connect to, and counts who does. */
const canaries: Server[] = [];
let connections = 0;
let port = 0;
beforeAll(async () => {
  for (const host of ["127.0.0.1", "::1"]) {
    const canary = createServer((socket) => {
      connections += 1;
      socket.destroy();
    }).listen(port, host);
    await once(canary, "listening");
    port = (canary.address() as AddressInfo).port;
    canaries.push(canary);
  }
});
afterAll(() => canaries.forEach((canary) => canary.close()));

let client: Client;
beforeEach(() => {
  connections = 0;
  client = openClient();
});
afterEach(() => client.close());

const ask = (asking: Client, address: string): Promise<unknown> =>
  asking.get("sales", new URL(address), z.unknown(), AbortSignal.timeout(20_000)).catch((error: unknown) => error);

describe("an upstream without a public address", () => {
  test.each([
    "http://127.0.0.1:PORT/",
    "https://127.0.0.1:PORT/",
    "http://127.1:PORT/",
    "http://2130706433:PORT/",
    "http://0x7f000001:PORT/",
    "http://0177.0.0.1:PORT/",
    "http://0x7f.0.0x1:PORT/",
    "http://①②⑦.0.0.1:PORT/",
    "http://127.0.0.1.:PORT/",
    "http://127.255.255.254:PORT/",
    "http://0:PORT/",
    "http://0.0.0.0:PORT/",
    "http://[::1]:PORT/",
    "http://[::]:PORT/",
    "http://[::ffff:127.0.0.1]:PORT/",
    "http://[::ffff:7f00:1]:PORT/",
    "http://[::127.0.0.1]:PORT/",
    "http://[64:ff9b::127.0.0.1]:PORT/",
    "http://[2002:7f00:1::]:PORT/",
    "http://localhost:PORT/",
    "http://till.example@127.0.0.1:PORT/",
    "http://127.0.0.1:PORT@till.example/",
    "http://127.0.0.1:6379/",
    "http://10.0.0.1/",
    "http://172.16.0.1/",
    "http://172.31.255.255/",
    "http://192.168.1.1/",
    "http://100.64.0.1/",
    "http://169.254.169.254/latest/meta-data/",
    "http://[fd00:ec2::254]/latest/meta-data/",
    "http://[fe80::1]/",
    "http://[fc00::1]/",
    "http://[ff02::1]/",
    "http://224.0.0.1/",
    "http://255.255.255.255/",
    "http://192.0.2.1/",
    "http://198.18.0.1/",
    "http://unix:/var/run/docker.sock:/containers/json",
    "file:///etc/passwd",
    "ftp://127.0.0.1:PORT/",
    "gopher://127.0.0.1:PORT/_PING",
  ])("is refused for good and never connected to: %s", async (address) => {
    const failure = await ask(client, address.replace("PORT", String(port)));
    expect(failure).toBeInstanceOf(Failure);
    expect(failure).toMatchObject({ code: "source.forbidden-address", disposition: "fail" });
    expect(connections).toBe(0);
  });

  test("is not connected to by a redirect either", async () => {
    const upstream = createHttpServer((_request, response) => void response.writeHead(302, { location: `http://127.0.0.1:${port}/` }).end()).listen(0, "127.0.0.2");
    await once(upstream, "listening");
    const allowing = openClient({ allow: ["127.0.0.2"] });
    expect(await ask(allowing, `http://127.0.0.2:${(upstream.address() as AddressInfo).port}/`)).toMatchObject({ code: "source.rejected" });
    expect(connections).toBe(0);
    await allowing.close();
    upstream.close();
  });
});

type Answer = { readonly address: string; readonly family: number };

/** What a name stands for, each time it is asked for. */
const resolving = (answers: readonly (readonly Answer[])[]) => {
  let asked = 0;
  return (_name: string, _options: unknown, done: (fault: null, addresses: Answer[]) => void): void => done(null, [...(answers[asked++] ?? [])]);
};

const lookedUp = (lookup: LookupFunction, name: string): Promise<unknown> => new Promise((resolve) => lookup(name, { all: true }, (fault, addresses) => resolve(fault ?? addresses)));

const PUBLIC = { address: "93.184.215.14", family: 4 };
const INNER = { address: "10.0.0.8", family: 4 };

describe("a name", () => {
  test("is judged anew at each connection, by the addresses that are then connected to", async () => {
    const { lookup } = guardAddresses([], resolving([[PUBLIC], [INNER]]));
    expect(await lookedUp(lookup, "rebound.example")).toEqual([PUBLIC]);
    expect(await lookedUp(lookup, "rebound.example")).toMatchObject({ code: "source.forbidden-address" });
  });

  test("that stands for a public and an inner address is refused, and the inner one is not told", async () => {
    const { lookup } = guardAddresses([], resolving([[PUBLIC, INNER]]));
    const failure = await lookedUp(lookup, "two-faced.example");
    expect(failure).toMatchObject({ code: "source.forbidden-address", facts: { host: "two-faced.example" } });
    expect(JSON.stringify([String(failure), failure])).not.toContain(INNER.address);
  });

  test("is asked for one address by those who take one", async () => {
    const { lookup } = guardAddresses([], resolving([[PUBLIC]]));
    const answer = await new Promise((resolve) => lookup("till.example", { family: 4 }, (_fault, address, family) => resolve([address, family])));
    expect(answer).toEqual([PUBLIC.address, 4]);
  });
});

describe("the list of what is allowed after all", () => {
  test("names hosts, addresses and networks, and opens nothing else", () => {
    const { check } = guardAddresses(["sandbox", "10.1.0.0/16", "::1"]);
    for (const address of ["http://sandbox:3000/", "http://10.1.2.3/", "http://[::1]:4000/", "http://1.1.1.1/", "http://[2606:4700::1111]/"]) expect(() => check(new URL(address)), address).not.toThrow();
    for (const address of ["http://10.2.0.1/", "http://127.0.0.1/", "http://[::2]/", "http://a:b@sandbox/"]) expect(() => check(new URL(address)), address).toThrow(Failure);
  });

  test("holds for names by their host or by all of their addresses", async () => {
    const answers = [[INNER], [INNER], [INNER]];
    expect(await lookedUp(guardAddresses(["Till.Internal"], resolving(answers)).lookup, "till.internal")).toEqual([INNER]);
    expect(await lookedUp(guardAddresses(["10.0.0.0/8"], resolving(answers)).lookup, "till.internal")).toEqual([INNER]);
    expect(await lookedUp(guardAddresses(["other.internal"], resolving(answers)).lookup, "till.internal")).toBeInstanceOf(Failure);
  });

  test("is read from one text, and a slip in it is told at the start", () => {
    expect(AllowedAddressesSetting.parse(" 127.0.0.0/8, ::1 ,sandbox,")).toEqual(["127.0.0.0/8", "::1", "sandbox"]);
    for (const slip of ["127.0.0.0/33", "10.0.0", "http://till", "a b", "/8", "::/129"]) expect(AllowedAddressesSetting.safeParse(slip).success, slip).toBe(false);
  });
});
