// What `connect` refuses: there and then, in its own words, and never later in a socket's.

import { describe, expect, it } from "vitest";
import { ClientError, type ConnectOptions, connect } from "../../src/client.js";

function refusalOf(options: unknown): ClientError {
  try {
    connect(options as ConnectOptions);
  } catch (error) {
    expect(error).toBeInstanceOf(ClientError);
    return error as ClientError;
  }
  return expect.fail("nothing was refused");
}

const URL_OF_NOBODY = "http://127.0.0.1:1";

describe("connect refuses", () => {
  it.each(["nope", "", undefined, 5, "ftp://x", "http://", "http://ann:pw@127.0.0.1:1"])(
    "%j as the address of a hub",
    (url) => {
      expect(refusalOf({ url }).code).toBe("BAD_URL");
    },
  );

  it.each([[undefined], [null], ["http://127.0.0.1:1"]])("%j in place of options", (options) => {
    expect(refusalOf(options)).toMatchObject({
      code: "OPTIONS",
      message: `connect: ${String(options)}; give { url: "http://127.0.0.1:8080" }`,
    });
  });

  it("an option that it does not know, and names those that it takes", () => {
    expect(refusalOf({ url: URL_OF_NOBODY, tokn: "x" })).toMatchObject({
      code: "OPTIONS",
      message: "connect knows no tokn; it takes url, token, retryForMs, requestTimeoutMs, concurrency",
    });
  });

  it("a token that no header and no socket can carry, and does not repeat it", () => {
    for (const token of ["secret\n", "a secret", "gehört", 5]) {
      const { code, message } = refusalOf({ url: URL_OF_NOBODY, token });
      expect(code).toBe("OPTIONS");
      expect(message).toMatch(/^token: .*give what `hive token` prints$/);
      expect(message).not.toContain("secret");
    }
  });

  it.each([
    { retryForMs: Number.NaN },
    { retryForMs: -1 },
    { requestTimeoutMs: Number.NaN },
    { requestTimeoutMs: -1 },
    { concurrency: 0 },
    { concurrency: "5" },
  ])("%j, and says what it takes", (option) => {
    const { code, message } = refusalOf({ url: URL_OF_NOBODY, ...option });
    const [[name, given]] = Object.entries(option) as [[string, unknown]];
    expect(code).toBe("OPTIONS");
    expect(message.startsWith(`${name}: ${String(given)}; give `)).toBe(true);
  });

  it("nothing that can be meant: no limit, no second attempt, one at a time", async () => {
    for (const requestTimeoutMs of [0, Number.POSITIVE_INFINITY]) {
      const client = connect({ url: URL_OF_NOBODY, retryForMs: 0, requestTimeoutMs, concurrency: 1 });
      const message = await client.status().catch((error: ClientError) => error.message);
      expect(message).toMatch(/cannot be reached/);
      await client.close();
    }
    await connect({ url: URL_OF_NOBODY, retryForMs: Number.POSITIVE_INFINITY }).close();
  });
});
