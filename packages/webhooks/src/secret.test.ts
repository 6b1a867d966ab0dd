import { Webhook } from "standardwebhooks";
import { describe, expect, test } from "vitest";
import { webhookSecret } from "./secret.js";

const ID = "7f2c1d9e-0f8e-4b77-9c3e-6f0f6f0f6f0f";

describe("a webhook's secret", () => {
  test("is the same wherever it is asked for, and another for each fleet, endpoint and rotation", () => {
    const secrets = [webhookSecret("a".repeat(32), ID, 1), webhookSecret("b".repeat(32), ID, 1), webhookSecret("a".repeat(32), `${ID.slice(0, -1)}0`, 1), webhookSecret("a".repeat(32), ID, 2)];
    expect(new Set(secrets).size).toBe(4);
    expect(webhookSecret("a".repeat(32), ID, 1)).toBe(secrets[0]);
    for (const secret of secrets) expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
  });

  test("signs as the specification's own example does", () => {
    const signature = new Webhook("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").sign("msg_p5jXN8AQM9LWM0D4loKWxJek", new Date(1_614_265_330_000), '{"test": 2432232314}');
    expect(signature).toBe("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
  });
});
